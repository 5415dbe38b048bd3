"""Restore of a machine in the vault's own region."""

from drd.sandbox.body import object_at
from drd.sandbox.call import Call
from drd.sandbox.longrunning import accepted
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_items import item_in_path, points_of
from drd.sandbox.recovery_services.backup_points import find_point
from drd.sandbox.recovery_services.guard import guard_refusal
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.restore_order import read_order
from drd.sandbox.recovery_services.restore_work import journaled, place_order
from drd.sandbox.router import Route
from drd.sandbox.wire import Response

_RETRY_AFTER = 60


def trigger(call: Call) -> Response:
    """Restore a recovery point: its disks, a new machine, or the disks of the machine that it was taken of.

    Raises:
        ArmError: the order cannot be had, or the vault's resource guard wants a second token.
    """
    item, body = item_in_path(call), object_at(call.body, "properties")
    refusal = guard_refusal(call, vault_in_path(call), body)
    if refusal is not None:
        raise refusal
    point = find_point(call, points_of(call, item, secondary=False))
    order = read_order(call, item, point, body, secondary=False)
    operation, job = place_order(call, order)
    call.effect("backup.restore", **journaled(order, operation, job))
    return accepted(
        call,
        operation,
        monitor=f"{item.id}/operationsStatus/{operation.id}",
        location=f"{item.id}/operationResults/{operation.id}",
        retry_after=_RETRY_AFTER,
    )


ROUTES = (
    Route(
        method="POST",
        template=addresses.BACKUP_ITEM + "/recoveryPoints/{point}/restore",
        handler=trigger,
        operation=addresses.BACKUP_POINT_TYPE + "/restore/action",
        regions=vault_region,
    ),
)
"""The restore that the vault's own region carries out."""
