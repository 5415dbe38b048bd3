"""Replication policies and the mappings between containers, as Site Recovery tells of them; they cannot be changed."""

from collections.abc import Iterator

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.fabrics import fabric_name
from drd.sandbox.recovery_services.protection import REPLICATION_POLICY
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

POLICY_TYPE = f"{addresses.VAULT_TYPE}/replicationPolicies"
MAPPING_TYPE = f"{addresses.CONTAINER_TYPE}/replicationProtectionContainerMappings"


def list_policies(call: Call) -> Response:
    """List the vault's policies: one, in a vault that replicates between regions."""
    return page(call, list(_policies(call, vault_in_path(call))))


def get_policy(call: Call) -> Response:
    """Answer one policy."""
    wanted = call.params["policy"].casefold()
    found = next((one for one in _policies(call, vault_in_path(call)) if one["name"].casefold() == wanted), None)
    if found is None:
        raise ArmError(404, "PolicyNotFound", f"The policy '{call.params['policy']}' was not found in this vault.")
    return answer(200, found)


def list_mappings(call: Call) -> Response:
    """List the mappings of the vault, or of one container: each container to that of every other region."""
    vault = vault_in_path(call)
    container = call.params.get("container", "").casefold()
    found = [one for one in _mappings(call, vault) if not container or f"/{container}/" in one["id"].casefold()]
    return page(call, found)


def get_mapping(call: Call) -> Response:
    """Answer one mapping."""
    container, wanted = f"/{call.params['container'].casefold()}/", call.params["mapping"].casefold()
    for one in _mappings(call, vault_in_path(call)):
        if one["name"].casefold() == wanted and container in one["id"].casefold():
            return answer(200, one)
    message = f"The protection container mapping '{call.params['mapping']}' was not found."
    raise ArmError(404, "ProtectionContainerMappingNotFound", message)


def _policies(call: Call, vault: Resource) -> Iterator[JsonObject]:
    if not any(call.world.store.each(addresses.FABRIC_TYPE, under=vault.id)):
        return
    details = {
        "instanceType": "A2A",
        "recoveryPointThresholdInMinutes": 60,
        "recoveryPointHistory": 1440,
        "appConsistentFrequencyInMinutes": 60,
        "multiVmSyncStatus": "Enable",
        "crashConsistentFrequencyInMinutes": 5,
    }
    yield {
        "id": f"{addresses.shouted(vault.id)}/replicationPolicies/{REPLICATION_POLICY}",
        "name": REPLICATION_POLICY,
        "type": POLICY_TYPE,
        "properties": {"friendlyName": REPLICATION_POLICY, "providerSpecificDetails": details},
    }


def _mappings(call: Call, vault: Resource) -> Iterator[JsonObject]:
    regions = [one.hidden["region"] for one in call.world.store.each(addresses.FABRIC_TYPE, under=vault.id)]
    for source in regions:
        for target in regions:
            if source != target:
                yield _mapping(addresses.shouted(vault.id), source, target)


def _mapping(vault: str, source: str, target: str) -> JsonObject:
    name = f"{source}-{target}-{REPLICATION_POLICY}"
    here, there = (
        f"{vault}/replicationFabrics/{fabric_name(one)}/replicationProtectionContainers/{fabric_name(one)}-container"
        for one in (source, target)
    )
    properties: JsonObject = {
        "targetProtectionContainerId": there,
        "targetProtectionContainerFriendlyName": there.rsplit("/", 1)[-1],
        "sourceProtectionContainerFriendlyName": here.rsplit("/", 1)[-1],
        "sourceFabricFriendlyName": source,
        "targetFabricFriendlyName": target,
        "policyId": f"{vault}/replicationPolicies/{REPLICATION_POLICY}",
        "policyFriendlyName": REPLICATION_POLICY,
        "state": "Paired",
        "health": "Normal",
        "healthErrorDetails": [],
        "providerSpecificDetails": {
            "instanceType": "A2A",
            "agentAutoUpdateStatus": "Disabled",
            "automationAccountArmId": None,
            "automationAccountAuthenticationType": None,
            "scheduleName": None,
            "jobScheduleName": None,
        },
    }
    own = f"{here}/replicationProtectionContainerMappings/{name}"
    return {"id": own, "name": name, "type": MAPPING_TYPE, "properties": properties}


_POLICIES = addresses.VAULT + "/replicationPolicies"
_CONTAINER = addresses.REPLICATED_ITEM.removesuffix("/replicationProtectedItems/{item}")
_MAPPINGS = "/replicationProtectionContainerMappings"

ROUTES = tuple(
    Route(method="GET", template=template, handler=handler, operation=f"{kind}/read", regions=vault_region)
    for template, handler, kind in (
        (_POLICIES, list_policies, POLICY_TYPE),
        (_POLICIES + "/{policy}", get_policy, POLICY_TYPE),
        (addresses.VAULT + _MAPPINGS, list_mappings, f"{addresses.VAULT_TYPE}{_MAPPINGS}"),
        (_CONTAINER + _MAPPINGS, list_mappings, MAPPING_TYPE),
        (_CONTAINER + _MAPPINGS + "/{mapping}", get_mapping, MAPPING_TYPE),
    )
)
"""What a vault tells of its policies and mappings."""
