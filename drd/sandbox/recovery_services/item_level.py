"""Item level recovery: the files of a point offered to a machine for some hours, and taken back."""

from datetime import datetime, timedelta

from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.longrunning import accepted
from drd.sandbox.operations import Operation, Outcome
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_items import backed_up, change, item_in_path, points_of
from drd.sandbox.recovery_services.backup_points import find_point
from drd.sandbox.recovery_services.regions_needed import vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response
from drd.sandbox.world import World

_OFFERED = timedelta(hours=12)
"""Documented: how long the files stay mounted."""
_RETRY_AFTER = 60


def provision(call: Call) -> Response:
    """Offer the files of a point.

    Raises:
        ArmError: 400 the request is of another kind, 409 they are offered already and no renewal is asked.
    """
    item = item_in_path(call)
    point = find_point(call, points_of(call, item, secondary=False))
    asked = object_at(call.body, "properties")
    if text_at(asked, "objectType") != "IaasVMILRRegistrationRequest":
        message = f"The request '{asked.get('objectType')}' does not fit: expected 'IaasVMILRRegistrationRequest'."
        raise bad_request("BMSUserErrorInvalidInput", message)
    if _is_mounted(item, point.name, call.now) and not asked.get("renewExistingRegistration"):
        message = f"The files of recovery point '{point.name}' are offered already."
        raise ArmError(409, "UserErrorInstantItemRecoverySessionActive", message)
    operation = _start(call, item, lambda at: _mount(call.world, item.id, point.name, at))
    operation.details["extended"] = _scripts(item, point.name)
    call.effect("backup.mount", item=item.id, point=point.name, operation=operation.id)
    return _accepted(call, item, operation)


def revoke(call: Call) -> Response:
    """Take the files of a point back; nothing happens when they are not offered."""
    item = item_in_path(call)
    point = find_point(call, points_of(call, item, secondary=False))
    operation = _start(call, item, lambda at: _unmount(call.world, item.id, point.name, at))
    call.effect("backup.unmount", item=item.id, point=point.name, operation=operation.id)
    return _accepted(call, item, operation)


def _is_mounted(item: Resource, point: str, now: datetime) -> bool:
    until = backed_up(item).mounted.get(point)
    return until is not None and now < until


def _mount(world: World, item_id: str, point: str, at: datetime) -> None:
    item = world.store.get(item_id)
    if item is not None:
        change(world, item_id, at, mounted={**backed_up(item).mounted, point: at + _OFFERED})


def _unmount(world: World, item_id: str, point: str, at: datetime) -> None:
    item = world.store.get(item_id)
    if item is not None:
        left = {name: until for name, until in backed_up(item).mounted.items() if name != point}
        change(world, item_id, at, mounted=left)


def _scripts(item: Resource, point: str) -> JsonObject:
    windows = backed_up(item).original.os_type == "Windows"
    script = {
        "scriptContent": "",
        "scriptExtension": "exe" if windows else "py",
        "osType": backed_up(item).original.os_type,
        "scriptNameSuffix": f"_{backed_up(item).original.name}_{point}",
        "url": "https://download.example/ilr",
    }
    return {"objectType": "OperationStatusProvisionILRExtendedInfo", "recoveryTarget": {"clientScripts": [script]}}


def _start(call: Call, item: Resource, outcome: Outcome) -> Operation:
    return call.world.operations.start(
        "backup.mount",
        item.id,
        region=item.location,
        at=call.now,
        took=call.world.profile.duration("backup.mount", item.id),
        outcome=outcome,
    )


def _accepted(call: Call, item: Resource, operation: Operation) -> Response:
    return accepted(
        call,
        operation,
        monitor=f"{item.id}/operationsStatus/{operation.id}",
        location=f"{item.id}/operationResults/{operation.id}",
        retry_after=_RETRY_AFTER,
    )


ROUTES = tuple(
    Route(
        method="POST",
        template=f"{addresses.BACKUP_ITEM}/recoveryPoints/{{point}}/{verb}",
        handler=handler,
        operation=f"{addresses.BACKUP_POINT_TYPE}/{verb}/action",
        regions=vault_region,
    )
    for verb, handler in (("provisionInstantItemRecovery", provision), ("revokeInstantItemRecovery", revoke))
)
"""Files of a point, offered and taken back."""
