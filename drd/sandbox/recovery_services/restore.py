"""Restore in the vault's own region."""

from drd.sandbox.call import Call
from drd.sandbox.longrunning import accepted
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_items import find_point, history, item_in_path
from drd.sandbox.recovery_services.regions_needed import vault_region
from drd.sandbox.recovery_services.restore_order import place_order, read_order
from drd.sandbox.router import Route
from drd.sandbox.wire import Response

_RETRY_AFTER = 60


def trigger(call: Call) -> Response:
    """Restore the disks of a recovery point into a resource group."""
    item = item_in_path(call)
    point = find_point(call, history(call.world, item).primary(call.now))
    order = read_order(call, item, point, call.body.get("properties", {}), secondary=False)
    operation, job = place_order(call, order)
    call.effect(
        "backup.restore",
        item=item.id,
        source=order.original.id,
        point=point.name,
        group=order.group_id,
        operation=operation.id,
        job=job,
    )
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
