"""Azure Backup in the vault's own region."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.backups import BackedUpItem, BackupJob, RestoreDisks
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.providers.azure.adoption import (
    WIDE,
    Search,
    find_ours,
    found_restore,
    job_of,
    job_told,
    restore_operation,
)
from drd.providers.azure.body import Body, plain
from drd.providers.azure.clients import Clients
from drd.providers.azure.operations import Operations
from drd.providers.azure.points import MACHINES_FILTER, read_item, read_job, read_points, restore_body
from drd.providers.azure.reading import Reader
from drd.providers.azure.sending import Sender

KIND = "backup-restore"
_FILTER_INSTANT = "%Y-%m-%d %I:%M:%S %p"
_LATER = timedelta(hours=1)


class AzureBackups:
    """Answers `drd.ports.backups.Backups`.

    Permissions, all under `Microsoft.RecoveryServices/Vaults/`:
        items: `backupProtectedItems/read`.
        points: `backupFabrics/protectionContainers/protectedItems/recoveryPoints/read`.
        jobs, find_restore: `backupJobs/read`.
        restore_disks, restore_machine, replace_disks:
        `backupFabrics/protectionContainers/protectedItems/recoveryPoints/restore/action`, and on the
        other side `Microsoft.Storage/storageAccounts/read` on the staging account and
        `Microsoft.Compute/disks/write` or `Microsoft.Compute/virtualMachines/write` on the target.
        follow: `backupFabrics/protectionContainers/protectedItems/operationsStatus/read` and `backupJobs/read`.
    """

    def __init__(
        self, *, clients: Clients, reader: Reader, sender: Sender, operations: Operations, clock: Clock
    ) -> None:
        """Take the clients, what asks, what sends, what follows, and world time."""
        self._clients = clients
        self._reader = reader
        self._sender = sender
        self._operations = operations
        self._clock = clock

    async def items(self, vault: ArmId) -> tuple[BackedUpItem, ...]:
        """Give the protected machines of a vault."""
        client = self._clients.backup(vault.subscription).backup_protected_items
        found = await self._reader.read_all(
            lambda: client.list(vault.name, vault.resource_group, filter=MACHINES_FILTER),
            what="list the vault's protected items",
            target=str(vault),
        )
        items = (read_item(plain(one), vault) for one in found)
        return tuple(item for item in items if item is not None)

    async def points(self, item: BackedUpItem) -> tuple[RecoveryPoint, ...]:
        """Give an item's recovery points, newest first."""
        client = self._clients.backup(item.vault.subscription).recovery_points
        found = await self._reader.read_all(
            lambda: client.list(item.vault.name, item.vault.resource_group, *_names(item)),
            what=f"list the recovery points of {item.name}",
            target=f"{item.vault}/{item.path}",
        )
        return read_points((plain(one) for one in found), region="", now=self._clock.now())

    async def jobs(self, vault: ArmId, *, operation: str = "", since: datetime | None = None) -> tuple[BackupJob, ...]:
        """Give jobs, newest first; `operation` such as `Restore`. Without `since`, Azure tells of the last day."""
        client = self._clients.backup(vault.subscription).backup_jobs
        wanted = jobs_filter(operation=operation, since=since, until=self._clock.now())
        found = await self._reader.read_all(
            lambda: client.list(vault.name, vault.resource_group, filter=wanted or None),
            what="list the vault's jobs",
            target=str(vault),
        )
        jobs = [read_job(plain(one)) for one in found]
        return tuple(sorted(jobs, key=lambda job: job.started_at or self._clock.now(), reverse=True))

    async def restore_disks(self, wish: RestoreDisks) -> Operation:
        """Send the one POST. Raises AmbiguousError when its answer was lost."""
        return await self._restore(wish, f"restore the disks of {wish.item.name}")

    async def restore_machine(self, wish: RestoreDisks) -> Operation:
        """Send the one POST that makes the wish's machine of a point. Raises AmbiguousError."""
        return await self._restore(wish, f"restore {wish.item.name} to a new machine")

    async def replace_disks(self, wish: RestoreDisks) -> Operation:
        """Send the one POST that replaces the disks of the wish's machine. Raises AmbiguousError."""
        return await self._restore(wish, f"replace the disks of {wish.item.name}")

    async def _restore(self, wish: RestoreDisks, what: str) -> Operation:
        vault, now = wish.item.vault, self._clock.now()
        client = self._clients.backup(vault.subscription).restores
        body: Any = {"properties": restore_body(wish)}

        async def call(options: Mapping[str, Any]) -> object:
            return await client.begin_trigger(
                vault.name, vault.resource_group, *_names(wish.item), wish.point, body, polling=False, **options
            )

        answered = await self._sender.send(
            call, what=what, target=f"{vault}/{wish.item.path}", request_id=wish.request_id
        )
        record = restore_operation(KIND, wish, job=None, started_at=now)
        details = {**record.details, **answered.known_as}
        return replace(record, status_url=answered.status_url, location_url=answered.location_url, details=details)

    async def find_restore(
        self, wish: RestoreDisks, *, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find a restore to the wish's target that started at or after `since`; reads jobs and details.

        A job is listed only once Azure has accepted it, seconds after the POST: within those, None proves nothing.
        """
        vault = wish.item.vault
        jobs = await self.jobs(vault, operation="Restore", since=since - WIDE)

        async def details(job: str) -> Body:
            return await self._job(vault, job)

        search = Search(wish=wish, since=since, requests=requests)
        ours = await find_ours(jobs, search, details)
        return None if ours is None else found_restore(KIND, search, ours)

    async def follow(self, operation: Operation) -> Status:
        """Ask how a restore stands: its job, not only its acceptance, which is over after seconds.

        Raises:
            OperationFailedError: it was not accepted after all, or the job ended badly.
        """
        job = operation.job
        if not job:
            told = await self._operations.follow(operation)
            job = job_of(told.properties) if told else ""
            if told is not None and not told.status.finished:
                return replace(told.status, ended_at=None)
        if not job:
            job = await self._searched(operation)
        if not job:
            return Status(finished=False, started_at=operation.started_at, known=False)
        return job_told(operation, await self._job(ArmId(operation.details["vault"]), job))

    async def _searched(self, operation: Operation) -> str:
        found = await self.find_restore(
            wish_of(operation), since=operation.started_at, requests=frozenset({operation.request_id})
        )
        return found.job if found else ""

    async def _job(self, vault: ArmId, job: str) -> Body:
        client = self._clients.backup(vault.subscription).job_details
        found = await self._reader.read(
            lambda: client.get(vault.name, vault.resource_group, job), what="read the vault's job", target=job
        )
        return plain(found)


def wish_of(operation: Operation) -> RestoreDisks:
    """Build the wish again from the record of what was sent."""
    details = operation.details
    item = BackedUpItem(
        vault=ArmId(details["vault"]),
        path=details["path"],
        name=details["item"],
        source=ArmId(details["source"]),
        state="",
    )
    return RestoreDisks(
        item=item,
        point=details["point"],
        resource_group=ArmId(details["resource-group"]),
        staging=ArmId(details["staging"]),
        region=details["region"],
        request_id=operation.request_id,
        machine=ArmId(details["machine"]) if details.get("machine") else None,
        subnet=ArmId(details["subnet"]) if details.get("subnet") else None,
    )


def jobs_filter(*, operation: str, since: datetime | None, until: datetime) -> str:
    """Write the `$filter` of a list of jobs; its end lies later than now, because clocks differ."""
    terms = [f"operation eq '{operation}'"] if operation else []
    if since is not None:
        end = until + _LATER
        terms += [f"startTime eq '{since:{_FILTER_INSTANT}}'", f"endTime eq '{end:{_FILTER_INSTANT}}'"]
    return " and ".join(terms)


def _names(item: BackedUpItem) -> tuple[str, str, str]:
    """Give fabric, container and item from the item's path; the SDK writes their `;` as %3B."""
    parts = item.path.split("/")
    return parts[1], parts[3], parts[5]
