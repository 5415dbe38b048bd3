"""Key vaults, and those that somebody deleted: they are kept for a while, and their keys answer nobody meanwhile."""

from datetime import timedelta

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.faults import Fault
from drd.sandbox.identities import TENANT
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

KEY_VAULT_TYPE = "Microsoft.KeyVault/vaults"
SUBSCRIPTION = "/subscriptions/{subscription}/providers/Microsoft.KeyVault"
VAULTS = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.KeyVault/vaults"
VAULT = VAULTS + "/{vault}"
_READ = "Microsoft.KeyVault/vaults/read"
_KEPT_DAYS = 90


def build_key_vault(*, id: str, location: str, purge_protection: bool = True) -> Resource:  # noqa: A002 - ARM's word
    """Return a vault whose keys are given out by roles. Azure leaves purge protection out where it is off."""
    name = id.rsplit("/", 1)[-1]
    properties: JsonObject = {
        "sku": {"family": "A", "name": "standard"},
        "tenantId": TENANT,
        "accessPolicies": [],
        "enabledForDeployment": False,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": _KEPT_DAYS,
        "enableRbacAuthorization": True,
        "vaultUri": f"https://{name}.vault.azure.net/",
        "provisioningState": "Succeeded",
        "publicNetworkAccess": "Enabled",
    }
    if purge_protection:
        properties["enablePurgeProtection"] = True
    return Resource(id=id, type=KEY_VAULT_TYPE, location=location, properties=properties)


def deletion(call: Call, vault: Resource) -> Fault | None:
    """Return what deleted a vault, or None."""
    return call.world.faults.condition("key-vault-deleted", target=vault.id, region=vault.location, at=call.now)


def vault_in_path(call: Call) -> Resource:
    """Return the vault that the call's path names.

    Raises:
        ArmError: 404, there is none, or somebody deleted it.
    """
    vault = call.world.store.require(VAULT.format(**call.params))
    if deletion(call, vault) is not None:
        name = f"Microsoft.KeyVault/vaults/{vault.name}"
        message = f"The Resource '{name}' under resource group '{vault.group}' was not found."
        raise ArmError(404, "ResourceNotFound", message)
    return vault


def get(call: Call) -> Response:
    """Answer a vault."""
    return answer(200, vault_in_path(call).wire())


def list_group(call: Call) -> Response:
    """List a group's vaults."""
    found = call.world.store.each(KEY_VAULT_TYPE, subscription=call.subscription, group=call.group)
    return page(call, [one.wire() for one in found if deletion(call, one) is None])


def list_subscription(call: Call) -> Response:
    """List the subscription's vaults; Azure keeps this list in every region."""
    found = call.world.store.each(KEY_VAULT_TYPE, subscription=call.subscription)
    return page(call, [one.wire() for one in found if deletion(call, one) is None])


def list_deleted(call: Call) -> Response:
    """List the subscription's vaults that were deleted and can still be brought back."""
    found = call.world.store.each(KEY_VAULT_TYPE, subscription=call.subscription)
    return page(call, [_deleted(call, one) for one in found if deletion(call, one) is not None])


def _deleted(call: Call, vault: Resource) -> JsonObject:
    place = f"/subscriptions/{vault.subscription}/providers/Microsoft.KeyVault/locations/{vault.location}"
    return {
        "id": f"{place}/deletedVaults/{vault.name}",
        "name": vault.name,
        "type": "Microsoft.KeyVault/deletedVaults",
        "properties": {
            "vaultId": vault.id,
            "location": vault.location,
            "tags": {},
            "deletionDate": instant_text(call.now),
            "scheduledPurgeDate": instant_text(call.now + timedelta(days=_KEPT_DAYS)),
            "purgeProtectionEnabled": bool(vault.properties.get("enablePurgeProtection")),
        },
    }


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET", template=SUBSCRIPTION + "/vaults", handler=list_subscription, operation=_READ, regions=no_region
    ),
    Route(
        method="GET",
        template=SUBSCRIPTION + "/deletedVaults",
        handler=list_deleted,
        operation="Microsoft.KeyVault/deletedVaults/read",
        regions=no_region,
    ),
    Route(method="GET", template=VAULTS, handler=list_group, operation=_READ),
    Route(method="GET", template=VAULT, handler=get, operation=_READ),
)
