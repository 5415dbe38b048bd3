"""What Azure Backup tells of an operation: it ends when the job is accepted, long before the job does."""

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.longrunning import operation_result
from drd.sandbox.operations import Operation
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_jobs import NO_END
from drd.sandbox.recovery_services.regions_needed import region_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.wire import JsonObject, Response, answer


def status_body(operation: Operation) -> JsonObject:
    """Return the status of an operation; the job's name is in here and nowhere in the headers."""
    body: JsonObject = {
        "id": operation.id,
        "name": operation.id,
        "status": operation.status,
        "startTime": instant_text(operation.started_at),
        # Recorded: a finished operation claims to have ended when it began.
        "endTime": instant_text(operation.started_at) if operation.is_final else NO_END,
    }
    if operation.error is not None:
        body["error"] = operation.error
    elif operation.is_final and "extended" in operation.details:
        body["properties"] = operation.details["extended"]
    elif operation.is_final and "job" in operation.details:
        body["properties"] = {"objectType": "OperationStatusJobExtendedInfo", "jobId": operation.details["job"]}
    return body


def status(call: Call) -> Response:
    """Answer the status of an operation; Azure gives no Retry-After here."""
    return answer(200, status_body(call.world.operations.get(call.params["operation"])))


_ITEM = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"

ROUTES = (
    Route(
        method="GET",
        template=addresses.BACKUP_ITEM + "/operationsStatus/{operation}",
        handler=status,
        operation=_ITEM + "/operationsStatus/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.BACKUP_ITEM + "/operationResults/{operation}",
        handler=operation_result,
        operation=_ITEM + "/operationResults/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.VAULT + "/backupOperations/{operation}",
        handler=status,
        operation="Microsoft.RecoveryServices/vaults/backupOperations/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.VAULT + "/backupOperationResults/{operation}",
        handler=operation_result,
        operation="Microsoft.RecoveryServices/vaults/backupOperationResults/read",
        regions=vault_region,
    ),
    Route(
        method="GET",
        template=addresses.LOCATION + "/backupCrrOperationsStatus/{operation}",
        handler=status,
        operation="Microsoft.RecoveryServices/locations/backupCrrOperationsStatus/read",
        versions=("2021-11-15",),
        regions=region_in_path,
    ),
    Route(
        method="GET",
        template=addresses.LOCATION + "/backupCrrOperationResults/{operation}",
        handler=operation_result,
        operation="Microsoft.RecoveryServices/locations/backupCrrOperationResults/read",
        versions=("2021-11-15",),
        regions=region_in_path,
    ),
)
"""Where operations of Azure Backup are told of."""
