"""Jobs of a vault, by the requests that they name: what Azure itself says was asked of it, and how often."""

from collections.abc import Iterable
from datetime import datetime

from drd.domain.evidence_of_conductor import SeenJob
from drd.domain.ids import ArmId
from drd.ports.clock import Clock
from drd.providers.azure.adoption import WIDE
from drd.providers.azure.backups import KIND as RESTORE
from drd.providers.azure.backups import jobs_filter as restore_filter
from drd.providers.azure.body import Body, plain, request_of, text
from drd.providers.azure.by_id import ById
from drd.providers.azure.clients import Clients
from drd.providers.azure.reading import Reader
from drd.providers.azure.replication import JOBS, jobs_filter


class AzureSeenJobs:
    """Answers `drd.ports.seen_jobs.SeenJobs`.

    Permissions: `Microsoft.RecoveryServices/vaults/backupJobs/read` and `.../replicationJobs/read`.
    """

    def __init__(self, *, clients: Clients, reader: Reader, resources: ById, clock: Clock) -> None:
        """Take the clients, what asks, what reads lists by id, and world time."""
        self._clients = clients
        self._reader = reader
        self._resources = resources
        self._clock = clock

    async def since(self, vault: ArmId, kind: str, since: datetime) -> tuple[SeenJob, ...]:
        """Give a vault's jobs that began at or a little before `since` or later."""
        now = self._clock.now()
        if kind != RESTORE:
            query = jobs_filter(since, now)
            return _seen(await self._resources.read_all(vault, JOBS, what="list Site Recovery's jobs", query=query))
        client = self._clients.backup(vault.subscription).backup_jobs
        wanted = restore_filter(operation="Restore", since=since - WIDE, until=now)
        found = await self._reader.read_all(
            lambda: client.list(vault.name, vault.resource_group, filter=wanted),
            what="list the vault's jobs",
            target=str(vault),
        )
        return _seen(plain(one) for one in found)


def _seen(jobs: Iterable[Body]) -> tuple[SeenJob, ...]:
    return tuple(SeenJob(id=text(body, "name"), request=request_of(body)) for body in jobs)
