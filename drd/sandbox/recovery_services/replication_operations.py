"""What Site Recovery tells of an operation: it runs until the action is done."""

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.longrunning import accepted
from drd.sandbox.operations import FAILED, Operation
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.regions_needed import vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_RETRY_AFTER = 30


def accept(call: Call, item: Resource, operation: Operation) -> Response:
    """Return the 202 that starts a move of an item; the operation's id is not the job's."""
    own, vault = addresses.shouted(item.id), addresses.shouted(addresses.vault_of(item.id))
    return accepted(
        call,
        operation,
        monitor=f"{vault}/replicationOperationStatus/{operation.id}",
        location=f"{own}/operationresults/{operation.id}",
        retry_after=_RETRY_AFTER,
    )


def status_body(operation: Operation) -> JsonObject:
    """Return the status of an operation with the nulls that Site Recovery writes."""
    return {
        "error": operation.error,
        "id": None,
        "name": operation.id,
        "properties": None,
        "status": operation.status,
        "startTime": instant_text(operation.started_at),
        "endTime": instant_text(operation.ends_at) if operation.is_final else None,
        "percentComplete": None,
    }


def status(call: Call) -> Response:
    """Answer the status of an operation; Site Recovery gives no Retry-After here."""
    return answer(200, status_body(call.world.operations.get(call.params["operation"])))


def result(call: Call) -> Response:
    """Answer the Location of an operation: 202 while it runs, then its status once more.

    A client that takes that body for the item gets an item named like the operation, with nothing in it.
    """
    operation = call.world.operations.get(call.params["operation"])
    if not operation.is_final:
        return answer(202, None, {"location": call.link(call.request.path), "retry-after": f"{_RETRY_AFTER}"})
    if operation.status == FAILED:
        return answer(409, {"error": operation.error})
    return answer(200, status_body(operation))


ROUTES = (
    Route(
        method="GET",
        template=addresses.VAULT + "/replicationOperationStatus/{operation}",
        handler=status,
        operation="Microsoft.RecoveryServices/vaults/replicationOperationStatus/read",
        regions=vault_region,
    ),
    *(
        Route(
            method="GET",
            template=template + "/operationresults/{operation}",
            handler=result,
            operation=f"{kind}/operationresults/read",
            regions=vault_region,
        )
        for template, kind in (
            (addresses.REPLICATED_ITEM, addresses.REPLICATED_ITEM_TYPE),
            (addresses.REPLICATED_ITEM.removesuffix("/replicationProtectedItems/{item}"), addresses.CONTAINER_TYPE),
            (addresses.RECOVERY_PLAN, addresses.RECOVERY_PLAN_TYPE),
            (addresses.REPLICATION_JOB, addresses.REPLICATION_JOB_TYPE),
        )
    ),
)
"""Where operations of Site Recovery are told of."""
