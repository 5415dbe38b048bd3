"""Policies and jobs of vaults, of Azure Backup and of Site Recovery alike: one list each, for any number of items."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from drd.domain.estate import Mechanism
from drd.domain.ids import ArmId
from drd.ports.clock import Clock
from drd.ports.vault_lists import Listed
from drd.providers.azure.backup_policies import read_policy
from drd.providers.azure.backups import jobs_filter as backup_jobs_filter
from drd.providers.azure.body import Body, bodies, branch, plain, text, value
from drd.providers.azure.by_id import ById
from drd.providers.azure.clients import Clients
from drd.providers.azure.instant import real_instant
from drd.providers.azure.reading import Reader
from drd.providers.azure.replication import JOBS, jobs_filter

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class AzureVaultLists:
    """Answers `drd.ports.vault_lists.VaultLists`.

    Permissions, under `Microsoft.RecoveryServices/vaults/`:
        policies: `backupPolicies/read` and `replicationPolicies/read`.
        jobs: `backupJobs/read` and `replicationJobs/read`.
    """

    def __init__(self, *, clients: Clients, reader: Reader, resources: ById, clock: Clock) -> None:
        """Take the clients, what asks, what reads lists by id, and world time."""
        self._clients = clients
        self._reader = reader
        self._resources = resources
        self._clock = clock

    async def policies(self, vault: ArmId, mechanism: Mechanism) -> tuple[Listed, ...]:
        """Give the policies by which the vault makes points."""
        if mechanism is Mechanism.SITE_RECOVERY:
            found = await self._resources.read_all(vault, "replicationPolicies", what="list Site Recovery's policies")
            return _listed(found, _replication_policy)
        client = self._clients.backup(vault.subscription).backup_policies
        models = await self._reader.read_all(
            lambda: client.list(vault.name, vault.resource_group),
            what="list the vault's backup policies",
            target=str(vault),
        )
        return _listed((plain(each) for each in models), _backup_policy)

    async def jobs(self, vault: ArmId, mechanism: Mechanism, *, since: datetime) -> tuple[Listed, ...]:
        """Give the jobs that began at or after `since`, newest first."""
        now = self._clock.now()
        if mechanism is Mechanism.SITE_RECOVERY:
            found = await self._resources.read_all(
                vault, JOBS, what="list Site Recovery's jobs", query=jobs_filter(since, now)
            )
            return _newest_first(_listed(found, _replication_job), since)
        client = self._clients.backup(vault.subscription).backup_jobs
        wanted = backup_jobs_filter(operation="", since=since, until=now)
        models = await self._reader.read_all(
            lambda: client.list(vault.name, vault.resource_group, filter=wanted),
            what="list the vault's jobs",
            target=str(vault),
        )
        return _newest_first(_listed((plain(each) for each in models), _backup_job), since)


def _listed(found: Iterable[Body], read: Callable[[Body], Listed]) -> tuple[Listed, ...]:
    return tuple(read(each) for each in found)


def _newest_first(jobs: Iterable[Listed], since: datetime) -> tuple[Listed, ...]:
    """Put the newest first; Site Recovery's filter is wider than what was asked for."""
    wanted = (each for each in jobs if each.at is None or each.at >= since)
    return tuple(sorted(wanted, key=lambda each: each.at or _LONG_AGO, reverse=True))


def _backup_policy(body: Body) -> Listed:
    properties = branch(body, "properties")
    schedule, retention = branch(properties, "schedulePolicy"), branch(properties, "retentionPolicy")
    parts = bodies(properties, "subProtectionPolicy")
    if parts and not schedule:
        schedule, retention = branch(parts[0], "schedulePolicy"), branch(parts[0], "retentionPolicy")
    return Listed(
        name=text(body, "name"),
        about=_words(
            text(properties, "backupManagementType"), text(schedule, "scheduleRunFrequency"), _kept(retention)
        ),
        policy=read_policy(body),
    )


def _kept(retention: Body) -> str:
    daily = branch(retention, "dailySchedule", "retentionDuration") or branch(retention, "retentionDuration")
    count, unit = text(daily, "count"), text(daily, "durationType")
    return f"kept {count} {unit.casefold()}" if count else ""


def _replication_policy(body: Body) -> Listed:
    details = branch(body, "properties", "providerSpecificDetails")
    history = text(details, "recoveryPointHistory")
    return Listed(
        name=text(body, "name"),
        about=_words(text(details, "instanceType"), f"kept {history} minutes" if history else ""),
    )


def _backup_job(body: Body) -> Listed:
    properties = branch(body, "properties")
    errors = [text(each, "errorString") or text(each, "errorTitle") for each in bodies(properties, "errorDetails")]
    return Listed(
        name=text(properties, "entityFriendlyName"),
        state=text(properties, "status"),
        about=_words(text(properties, "operation"), *errors),
        at=real_instant(value(properties, "startTime")),
    )


def _replication_job(body: Body) -> Listed:
    properties = branch(body, "properties")
    errors = [text(each, "serviceErrorDetails", "message") for each in bodies(properties, "errors")]
    return Listed(
        name=text(properties, "targetObjectName"),
        state=text(properties, "state"),
        about=_words(text(properties, "scenarioName") or text(properties, "friendlyName"), *errors),
        at=real_instant(value(properties, "startTime")),
    )


def _words(*words: str) -> str:
    return ", ".join(word for word in words if word)
