"""What a backup policy looks like on the wire, for machines, databases and shares."""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from drd.sandbox.recovery_services.backup_schedule import Consistency, DailyBackup
from drd.sandbox.wire import JsonObject

MACHINE, DATABASE, SHARE = "machine", "database", "share"
_LOG_MINUTES = 15
ZONES: Mapping[str, str] = MappingProxyType({"UTC": "UTC", "Europe/Brussels": "Romance Standard Time"})
"""Zones as Windows, and with it Azure Backup, names them."""


def policy_body(policy: DailyBackup, protects: str) -> JsonObject:
    """Return the properties of a policy that protects machines, databases or shares."""
    return _BODIES[protects](policy)


def _machine(policy: DailyBackup) -> JsonObject:
    crash = policy.consistency is Consistency.CRASH
    body: JsonObject = {
        "backupManagementType": "AzureIaasVM",
        "policyType": "V2",
        "snapshotConsistencyType": "OnlyCrashConsistent" if crash else None,
        "resourceGuardOperationRequests": None,
        "instantRpRetentionRangeInDays": 2,
        "timeZone": ZONES[policy.zone],
        "schedulePolicy": {
            "schedulePolicyType": "SimpleSchedulePolicyV2",
            "scheduleRunFrequency": "Daily",
            "dailySchedule": {"scheduleRunTimes": [_run_time(policy)]},
        },
        "retentionPolicy": _retention(policy),
    }
    if policy.archive_after is not None:
        rule = {"tieringMode": "TierAfter", "duration": policy.archive_after.days, "durationType": "Days"}
        body["tieringPolicy"] = {"ArchivedRP": rule}
    return body


def _database(policy: DailyBackup) -> JsonObject:
    log = {
        "policyType": "Log",
        "schedulePolicy": {"schedulePolicyType": "LogSchedulePolicy", "scheduleFrequencyInMins": _LOG_MINUTES},
        "retentionPolicy": {
            "retentionPolicyType": "SimpleRetentionPolicy",
            "retentionDuration": {"count": policy.retention.days, "durationType": "Days"},
        },
    }
    full = {"policyType": "Full", "schedulePolicy": _daily(policy), "retentionPolicy": _retention(policy)}
    return {
        "backupManagementType": "AzureWorkload",
        "workLoadType": "SQLDataBase",
        "settings": {"timeZone": ZONES[policy.zone], "issqlcompression": False, "isCompression": False},
        "subProtectionPolicy": [full, log],
        "makePolicyConsistent": False,
    }


def _share(policy: DailyBackup) -> JsonObject:
    return {
        "backupManagementType": "AzureStorage",
        "workLoadType": "AzureFileShare",
        "timeZone": ZONES[policy.zone],
        "schedulePolicy": _daily(policy),
        "retentionPolicy": _retention(policy),
    }


_BODIES: Mapping[str, Callable[[DailyBackup], JsonObject]] = MappingProxyType(
    {MACHINE: _machine, DATABASE: _database, SHARE: _share}
)


def _daily(policy: DailyBackup) -> JsonObject:
    return {
        "schedulePolicyType": "SimpleSchedulePolicy",
        "scheduleRunFrequency": "Daily",
        "scheduleRunTimes": [_run_time(policy)],
        "scheduleWeeklyFrequency": 0,
    }


def _retention(policy: DailyBackup) -> JsonObject:
    body: JsonObject = {
        "retentionPolicyType": "LongTermRetentionPolicy",
        "dailySchedule": {
            "retentionTimes": [_run_time(policy)],
            "retentionDuration": {"count": policy.retention.days, "durationType": "Days"},
        },
    }
    if policy.weeks:
        body["weeklySchedule"] = {
            "daysOfTheWeek": ["Sunday"],
            "retentionTimes": [_run_time(policy)],
            "retentionDuration": {"count": policy.weeks, "durationType": "Weeks"},
        }
    return body


def _run_time(policy: DailyBackup) -> str:
    return (datetime(2020, 1, 1) + policy.at).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: DTZ001 - a time of day
