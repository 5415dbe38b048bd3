"""Protection containers: what Azure Backup files protected items under."""

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, workloads
from drd.sandbox.recovery_services.backup_items import backed_up, is_machine
from drd.sandbox.recovery_services.odata import read_filter
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_WELL = {"code": "Success", "message": "Not Available", "recommendations": ["Not Available"]}
_INQUIRED = {
    "status": "Success",
    "errorDetail": _WELL,
    "inquiryDetails": [
        {"type": "SQL", "itemCount": 1, "inquiryValidation": {"status": "Success", "errorDetail": _WELL}}
    ],
}
_TYPE = addresses.VAULT_TYPE + "/backupFabrics/protectionContainers"
_FILTERS = frozenset({"backupmanagementtype", "friendlyname", "status", "containertype"})


def list_containers(call: Call) -> Response:
    """List the vault's containers that pass the filter."""
    wanted = read_filter(call.query.get("$filter"), known=_FILTERS)
    return page(call, [one for one in _containers(call) if wanted.accepts(_facts(one))])


def get_container(call: Call) -> Response:
    """Answer one container.

    Raises:
        ArmError: 404, nothing is registered under that name.
    """
    wanted = call.params["container"].casefold()
    found = next((one for one in _containers(call) if str(one["name"]).casefold() == wanted), None)
    if found is None:
        message = f"The container '{call.params['container']}' is not registered with this vault."
        raise ArmError(404, "BMSUserErrorContainerNotFound", message)
    return answer(200, found)


def _containers(call: Call) -> list[JsonObject]:
    vault = vault_in_path(call)
    items = call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault.id)
    return list({str(body["name"]).casefold(): body for body in map(_body, items)}.values())


def _facts(container: JsonObject) -> dict[str, str]:
    properties = container["properties"]
    return {
        "backupManagementType": properties["backupManagementType"],
        "friendlyName": properties["friendlyName"],
        "status": "Registered",
        "containerType": properties["containerType"],
    }


def _body(item: Resource) -> JsonObject:
    container_id = item.id.split("/protectedItems/")[0]
    properties = _machine(item) if is_machine(item) else _workload(item)
    common = {"registrationStatus": "Registered", "healthStatus": "Healthy", **properties}
    return {"id": container_id, "name": container_id.rsplit("/", 1)[-1], "type": _TYPE, "properties": common}


def _machine(item: Resource) -> JsonObject:
    original = backed_up(item).original
    return {
        "containerType": "Microsoft.Compute/virtualMachines",
        "backupManagementType": "AzureIaasVM",
        "protectableObjectType": "Microsoft.Compute/virtualMachines",
        "friendlyName": original.name,
        "virtualMachineId": original.id,
        "virtualMachineVersion": "Compute",
        "resourceGroup": original.group,
    }


def _workload(item: Resource) -> JsonObject:
    known = workloads.workload(item)
    properties: JsonObject = {
        "friendlyName": known.holder.rsplit("/", 1)[-1],
        "sourceResourceId": known.holder,
        "backupManagementType": workloads.facts(item)["backupManagementType"],
    }
    if known.kind == "share":
        return {
            **properties,
            "containerType": "StorageContainer",
            "protectableObjectType": "StorageContainer",
            "storageAccountVersion": "Storage",
            "resourceGroup": known.holder.split("/")[4],
            "protectedItemCount": 1,
        }
    return {
        **properties,
        "containerType": "VMAppContainer",
        "protectableObjectType": "VMAppContainer",
        "workloadType": "SQLDataBase",
        "extendedInfo": {"hostServerName": known.server, "nodesList": [], "inquiryInfo": _INQUIRED},
    }


ROUTES = (
    Route(
        method="GET",
        template=addresses.VAULT + "/backupProtectionContainers",
        handler=list_containers,
        operation="Microsoft.RecoveryServices/vaults/backupProtectionContainers/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.VAULT + "/backupFabrics/{fabric}/protectionContainers/{container}",
        handler=get_container,
        operation=_TYPE + "/read",
        regions=vault_region,
    ),
)
"""What the vault tells of its containers."""
