"""What a vault counts: items, jobs and storage, of Azure Backup and of Site Recovery; and vaults that were deleted."""

from collections.abc import Iterable
from datetime import timedelta

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import bad_request
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, workloads
from drd.sandbox.recovery_services.backup_items import backed_up, is_machine
from drd.sandbox.recovery_services.backup_jobs import filtered, jobs_of
from drd.sandbox.recovery_services.odata import read_filter
from drd.sandbox.recovery_services.regions_needed import region_in_path, vault_in_path, vault_region
from drd.sandbox.router import Handler, Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response

_PURGED_AFTER = timedelta(days=14)
_PLAN_TYPE = addresses.VAULT_TYPE + "/replicationRecoveryPlans"
_COUNTED = (
    ("MABContainersCount", "Backup management servers"),
    ("ProtectedItemCount", "Backup items"),
    ("ProtectedItemCriticalCount", "Critical"),
    ("ProtectedItemWarningCount", "Warning"),
    ("IaaSVMProtectedItemCount", "Azure Virtual Machines"),
    ("IaaSVMProtectedItemCriticalCount", "Critical"),
    ("IaaSVMProtectedItemWarningCount", "Warning"),
    ("MABProtectedItemCount", "File-Folders"),
    ("DPMProtectedItemCount", "DPM Protected Items Count"),
    ("AzureBackupServerProtectedItemCount", "Azure Backup Server Protected Items Count"),
    ("InProgressJobsCount", "In progress"),
    ("FailedJobsCount", "Failed"),
    ("ManagedInstances", "Protected Instances"),
)
_STORED = (
    ("GRSStorageUsage", "Cloud - GRS"),
    ("LRSStorageUsage", "Cloud - LRS"),
    ("GRSDedupStorageUsage", "Dedup - GRS"),
    ("LRSDedupStorageUsage", "Dedup - LRS"),
    ("UsedDiskSize", "Backup Engines' Disk Used"),
)
_PER_DAY = frozenset({"InProgressJobsCount", "FailedJobsCount"})
_SUMMARIES = {
    "backupprotecteditemcountsummary": (
        ("AzureIaasVM", "Azure Virtual Machine"),
        ("AzureWorkload", "SQL in Azure VM"),
        ("AzureStorage", "Azure Storage (Azure Files)"),
    ),
    "backupprotectioncontainercountsummary": (
        ("AzureIaasVM", "Azure Virtual Machine"),
        ("AzureWorkload", "SQL in Azure VM"),
        ("AzureStorage", "Azure Storage (Azure Files)"),
    ),
}


def list_usages(call: Call) -> Response:
    """List what the vault holds and how much of it is in trouble."""
    vault = vault_in_path(call)
    items = list(call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault.id))
    machines = [one for one in items if is_machine(one)]
    jobs = filtered(call, jobs_of(call, vault, secondary=False))
    kind = vault.properties.get("redundancySettings", {}).get("standardTierStorageRedundancy", "GeoRedundant")
    counts = {
        "ProtectedItemCount": len(items),
        "IaaSVMProtectedItemCount": len(machines),
        "ManagedInstances": len(items),
        "InProgressJobsCount": sum(job.status == "InProgress" for job in jobs),
        "FailedJobsCount": sum(job.status == "Failed" for job in jobs),
        "GRSStorageUsage" if kind == "GeoRedundant" else "LRSStorageUsage": _bytes(machines),
    }
    named = [_usage(name, words, counts.get(name, 0), "Count") for name, words in _COUNTED]
    return page(call, named + [_usage(name, words, counts.get(name, 0), "Bytes") for name, words in _STORED])


def list_summaries(call: Call) -> Response:
    """List counts by kind of workload: of items, or of containers, as the filter's `type` says.

    Raises:
        ArmError: 400, the filter names no summary.
    """
    vault = vault_in_path(call)
    wanted = read_filter(call.query.get("$filter"), known=frozenset({"type"})).value("type") or ""
    kinds = _SUMMARIES.get(wanted.casefold())
    if kinds is None:
        message = f"The $filter must say type eq 'BackupProtectedItemCountSummary' or the containers', not {wanted!r}."
        raise bad_request("BMSUserErrorInvalidODataQuery", message)
    items = call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault.id)
    of_items = wanted.casefold() == "backupprotecteditemcountsummary"
    found = {(_kind(one), one.id if of_items else one.id.split("/protectedItems/")[0]) for one in items}
    return page(call, [_usage(name, words, sum(kind == name for kind, _ in found), "Count") for name, words in kinds])


def list_replication_usages(call: Call) -> Response:
    """Count what Site Recovery does in the vault."""
    vault = vault_in_path(call)
    store = call.world.store
    states = [str(one.hidden["job"].state) for one in store.each(addresses.REPLICATION_JOB_TYPE, under=vault.id)]
    usage = {
        "monitoringSummary": {
            "unHealthyVmCount": 0,
            "unHealthyProviderCount": 0,
            "eventsCount": 0,
            "deprecatedProviderCount": 0,
            "supportedProviderCount": 0,
            "unsupportedProviderCount": 0,
        },
        "jobsSummary": {
            "failedJobs": states.count("Failed"),
            "suspendedJobs": states.count("Suspended"),
            "inProgressJobs": states.count("InProgress"),
        },
        "protectedItemCount": sum(1 for _ in store.each(addresses.REPLICATED_ITEM_TYPE, under=vault.id)),
        "recoveryPlanCount": sum(1 for _ in store.each(_PLAN_TYPE, under=vault.id)),
        "registeredServersCount": 0,
        "recoveryServicesProviderAuthType": 1,
    }
    return page(call, [usage])


def list_deleted(call: Call) -> Response:
    """List the vaults of a region that were deleted and are not yet purged."""
    deleted = [
        change
        for change in call.world.store.history
        if change.verb == "deleted"
        and fold(change.type) == fold(addresses.VAULT_TYPE)
        and change.at + _PURGED_AFTER > call.now
        and call.world.store.get(change.id) is None
        and change.id.split("/")[2].lower() == call.subscription.lower()
    ]
    location = addresses.LOCATION.format(**call.params)
    return page(
        call,
        [
            {
                "id": f"{location}/deletedVaults/{one.id.rsplit('/', 1)[-1]}",
                "name": one.id.rsplit("/", 1)[-1],
                "type": "Microsoft.RecoveryServices/locations/deletedVaults",
                "properties": {
                    "vaultId": one.id,
                    "vaultDeletionTime": instant_text(one.at),
                    "purgeAt": instant_text(one.at + _PURGED_AFTER),
                },
            }
            for one in deleted
        ],
    )


def _usage(name: str, words: str, value: int, unit: str) -> JsonObject:
    usage: JsonObject = {
        "name": {"value": name, "localizedValue": words},
        "currentValue": value,
        "limit": -1,
        "unit": unit,
    }
    return {**usage, "quotaPeriod": "P1D"} if name in _PER_DAY else usage


def _kind(item: Resource) -> str:
    return "AzureIaasVM" if is_machine(item) else workloads.facts(item)["backupManagementType"]


def _bytes(machines: Iterable[Resource]) -> int:
    return sum(disk.size_bytes for one in machines for disk in backed_up(one).original.disks)


_OF_VAULT: tuple[tuple[str, Handler, str], ...] = (
    ("usages", list_usages, "usages/read"),
    ("replicationUsages", list_replication_usages, "replicationUsages/read"),
    ("backupUsageSummaries", list_summaries, "backupUsageSummaries/read"),
)

ROUTES = (
    *(
        Route(
            method="GET",
            template=f"{addresses.VAULT}/{path}",
            handler=handler,
            operation=f"Microsoft.RecoveryServices/vaults/{action}",
            regions=vault_region,
        )
        for path, handler, action in _OF_VAULT
    ),
    Route(
        method="GET",
        template=addresses.LOCATION + "/deletedVaults",
        handler=list_deleted,
        operation="Microsoft.RecoveryServices/locations/deletedVaults/read",
        regions=region_in_path,
    ),
)
"""What a vault counts, and which are gone."""
