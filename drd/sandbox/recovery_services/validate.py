"""Pre-flight of a restore: whether it could be had, told at once or through an operation; nothing is started."""

from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted, operation_result
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_items import is_machine, points_of
from drd.sandbox.recovery_services.backup_operations import status
from drd.sandbox.recovery_services.backup_points import find_point
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.restore_order import read_order
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_KIND = "ValidateIaasVMRestoreOperationRequest"
_RETRY_AFTER = 10


def validate(call: Call) -> Response:
    """Answer at once what stands in the way of a restore; nothing does when the list is empty."""
    return answer(200, {"validateOperationResponse": {"validationResults": _findings(call)}})


def trigger(call: Call) -> Response:
    """Look into a restore, and tell through an operation what stands in the way."""
    vault = vault_in_path(call)
    findings = _findings(call)
    operation = call.world.operations.start(
        "backup.validate",
        vault.id,
        region=vault.location,
        at=call.now,
        took=call.world.profile.duration("backup.validate", vault.id),
    )
    operation.details["extended"] = {
        "objectType": "OperationStatusValidateOperationExtendedInfo",
        "validateOperationResponse": {"validationResults": findings},
    }
    call.effect("backup.validate", vault=vault.id, operation=operation.id)
    return accepted(
        call,
        operation,
        monitor=f"{vault.id}/backupValidateOperationsStatuses/{operation.id}",
        location=f"{vault.id}/backupValidateOperationResults/{operation.id}",
        retry_after=_RETRY_AFTER,
    )


def _findings(call: Call) -> list[JsonObject]:
    body = object_at(call.body, "properties")
    if text_at(body, "objectType") != _KIND:
        raise bad_request("BMSUserErrorInvalidInput", f"The request must be a '{_KIND}'.")
    try:
        order = object_at(body, "restoreRequest")
        item = _item(call, text_at(call.body, "id"), text_at(order, "sourceResourceId"))
        point = find_point(call, points_of(call, item, secondary=False), text_at(order, "recoveryPointId"))
        read_order(call, item, point, order, secondary=False)
    except ArmError as refusal:
        advice = ["Mend what the message names, and validate again."]
        return [{"code": refusal.code, "message": refusal.message, "recommendations": advice}]
    return []


def _item(call: Call, point_id: str, source: str) -> Resource:
    """Return the item: the one of the point's id, or the one that protects the source."""
    vault = vault_in_path(call)
    wanted = call.world.store.get(point_id.partition("/recoveryPoints/")[0]) if point_id else None
    for item in call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault.id):
        if is_machine(item) and (item == wanted or _protects(item, source)):
            return item
    raise ArmError(404, "BMSUserErrorItemNotFound", f"'{source}' is not protected in vault '{vault.name}'.")


def _protects(item: Resource, source: str) -> bool:
    return bool(item.hidden["backed-up"].original.id.casefold() == source.casefold())


_NAME = "Microsoft.RecoveryServices/vaults"

ROUTES = (
    Route(
        method="POST",
        template=addresses.VAULT + "/backupValidateOperation",
        handler=validate,
        operation=_NAME + "/backupValidateOperation/action",
        regions=vault_region,
    ),
    Route(
        method="POST",
        template=addresses.VAULT + "/backupTriggerValidateOperation",
        handler=trigger,
        operation=_NAME + "/backupTriggerValidateOperation/action",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.VAULT + "/backupValidateOperationsStatuses/{operation}",
        handler=status,
        operation=_NAME + "/backupValidateOperationsStatuses/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.VAULT + "/backupValidateOperationResults/{operation}",
        handler=operation_result,
        operation=_NAME + "/backupValidateOperationResults/read",
        regions=vault_region,
    ),
)
"""Where a restore can be looked into beforehand."""
