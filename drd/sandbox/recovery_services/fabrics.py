"""Fabrics and protection containers of Site Recovery: one of each for each of the two regions."""

from drd.sandbox.call import Call
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, chance
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer


def fabric_name(region: str) -> str:
    """Return the name of a region's fabric."""
    return f"asr-a2a-{region}"


def build_fabric(vault_id: str, vault_region: str, region: str) -> tuple[Resource, Resource]:
    """Return the fabric of a region and its container; like all in a vault they live in the vault's region."""
    fabric = Resource(
        id=f"{vault_id}/replicationFabrics/{fabric_name(region)}",
        type=addresses.FABRIC_TYPE,
        location=vault_region,
        hidden={"region": region},
    )
    container = Resource(
        id=f"{fabric.id}/replicationProtectionContainers/{fabric_name(region)}-container",
        type=addresses.CONTAINER_TYPE,
        location=vault_region,
        hidden={"region": region},
    )
    return fabric, container


def list_fabrics(call: Call) -> Response:
    """List the vault's fabrics."""
    vault = vault_in_path(call)
    fabrics = call.world.store.each(addresses.FABRIC_TYPE, under=vault.id)
    return page(call, [_fabric(call, one) for one in fabrics])


def get_fabric(call: Call) -> Response:
    """Answer one fabric."""
    vault = vault_in_path(call)
    fabric = call.world.store.require(f"{vault.id}/replicationFabrics/{call.params['fabric']}")
    return answer(200, _fabric(call, fabric))


def list_containers(call: Call) -> Response:
    """List the protection containers of the vault, or of one fabric."""
    vault = vault_in_path(call)
    under = f"{vault.id}/replicationFabrics/{call.params['fabric']}" if "fabric" in call.params else vault.id
    containers = call.world.store.each(addresses.CONTAINER_TYPE, under=under)
    return page(call, [_container(call, one) for one in containers])


def _fabric(call: Call, fabric: Resource) -> JsonObject:
    region = fabric.hidden["region"]
    own = addresses.shouted(fabric.id)
    properties: JsonObject = {
        "friendlyName": region,
        "encryptionDetails": {"kekState": "None", "kekCertThumbprint": None},
        "rolloverEncryptionDetails": {"kekState": "None", "kekCertThumbprint": None},
        "internalIdentifier": chance.name(str(call.world.seed), fabric.key),
        "bcdrState": "Valid",
        "health": "Normal",
        "healthErrorDetails": [],
        "customDetails": {
            "instanceType": "Azure",
            "location": region,
            "containerIds": [f"{own}/replicationProtectionContainers/{fabric.name}-container"],
        },
    }
    return {"id": own, "name": fabric.name, "type": fabric.type, "properties": properties}


def _container(call: Call, container: Resource) -> JsonObject:
    items = list(call.world.store.each(addresses.REPLICATED_ITEM_TYPE, under=container.id))
    properties: JsonObject = {
        "fabricFriendlyName": container.hidden["region"],
        "friendlyName": container.name,
        "fabricType": "Azure",
        "protectedItemCount": len(items),
        "pairingStatus": "Paired",
        "role": "Primary" if items else "Recovery",
        "fabricSpecificDetails": None,
    }
    own = addresses.shouted(container.id)
    return {"id": own, "name": container.name, "type": container.type, "properties": properties}


_FABRICS = addresses.VAULT + "/replicationFabrics"

ROUTES = tuple(
    Route(
        method="GET",
        template=template,
        handler=handler,
        operation=f"Microsoft.RecoveryServices/vaults/{action}/read",
        regions=vault_region,
    )
    for template, handler, action in (
        (_FABRICS, list_fabrics, "replicationFabrics"),
        (_FABRICS + "/{fabric}", get_fabric, "replicationFabrics"),
        (addresses.VAULT + "/replicationProtectionContainers", list_containers, "replicationProtectionContainers"),
        (
            _FABRICS + "/{fabric}/replicationProtectionContainers",
            list_containers,
            "replicationFabrics/replicationProtectionContainers",
        ),
    )
)
"""What a vault tells of its fabrics."""
