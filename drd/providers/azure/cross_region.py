"""Cross-region restore: the paired region answers for the vault, also when the vault's own region is lost.

No package covers it but a beta of an older generation, so these are plain requests of the one api-version in which
the paired region answers.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import quote

from azure.core.exceptions import HttpResponseError
from azure.core.rest import HttpRequest

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
from drd.providers.azure.backups import jobs_filter, wish_of
from drd.providers.azure.body import Body, branch
from drd.providers.azure.clients import Clients
from drd.providers.azure.operations import Operations
from drd.providers.azure.points import MACHINES_FILTER, read_item, read_job, read_points, restore_body
from drd.providers.azure.rest import Rest
from drd.providers.azure.sending import Sender

KIND = "cross-region-restore"
VERSION = "2021-11-15"
_SUCCESS = frozenset({200, 202})


class AzureCrossRegionBackups:
    """Answers `drd.ports.backups.CrossRegionBackups`. Asks nothing of the vault's own region.

    Permissions, under `Microsoft.RecoveryServices/`:
        items: `Vaults/backupProtectedItems/read`.
        points: `Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read`.
        restore_disks: `locations/backupAadProperties/read`,
        `Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/accessToken/action`,
        `locations/backupCrossRegionRestore/action`.
        find_restore: `locations/backupCrrJobs/action`, `locations/backupCrrJob/action`.
        follow: `locations/backupCrrOperationsStatus/read`, `locations/backupCrrJob/action`.
    """

    def __init__(self, *, clients: Clients, rest: Rest, sender: Sender, operations: Operations, clock: Clock) -> None:
        """Take the plain client, what asks, what sends, what follows, and world time."""
        self._clients = clients
        self._rest = rest
        self._sender = sender
        self._operations = operations
        self._clock = clock

    async def items(self, vault: ArmId, region: str) -> tuple[BackedUpItem, ...]:
        """Give the items whose points were copied to `region`."""
        found = await self._rest.pages(
            f"{vault}/backupProtectedItems/",
            what="list the items that the paired region holds",
            target=str(vault),
            version=VERSION,
            query={"$filter": MACHINES_FILTER},
        )
        items = (read_item(one, vault) for one in found)
        return tuple(item for item in items if item is not None)

    async def points(self, item: BackedUpItem, region: str) -> tuple[RecoveryPoint, ...]:
        """Give the points that can be restored in `region`, newest first. They lag the vault's own by hours."""
        found = await self._rest.pages(
            f"{_path(item)}/recoveryPoints/",
            what=f"list the recovery points of {item.name} in {region}",
            target=f"{item.vault}/{item.path}",
            version=VERSION,
            query={},
        )
        return read_points(found, region=region, now=self._clock.now())

    async def restore_disks(self, wish: RestoreDisks) -> Operation:
        """Fetch the access token of the point and send the one POST that restores. Raises AmbiguousError.

        The token and what leads to it are questions: they change nothing and may be asked again.
        """
        body = {
            # Not nested in `properties`, unlike nearly everything else of Azure Resource Manager.
            "crossRegionRestoreAccessDetails": await self._access(wish),
            "restoreRequest": restore_body(wish),
        }
        url = self._rest.url(f"{_location(wish)}/backupCrossRegionRestore", VERSION)
        now = self._clock.now()

        async def call(options: Mapping[str, Any]) -> object:
            response = await self._clients.arm.send_request(HttpRequest("POST", url, json=body), **options)
            if response.status_code not in _SUCCESS:
                raise HttpResponseError(response=response)
            return response

        answered = await self._sender.send(
            call,
            what=f"restore the disks of {wish.item.name} in {wish.region}",
            target=f"{wish.item.vault}/{wish.item.path}",
            request_id=wish.request_id,
        )
        record = restore_operation(KIND, wish, job=None, started_at=now)
        details = {**record.details, **answered.known_as}
        return replace(record, status_url=answered.status_url, location_url=answered.location_url, details=details)

    async def find_restore(
        self, wish: RestoreDisks, *, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find a cross-region restore into the wish's resource group that started at or after `since`.

        A job is listed only once it was accepted, seconds after the POST: within those, None proves nothing.
        """
        jobs = await self._jobs(wish, since - WIDE)

        async def details(job: str) -> Body:
            return await self._job(wish, job)

        search = Search(wish=wish, since=since, requests=requests)
        ours = await find_ours(jobs, search, details)
        return None if ours is None else found_restore(KIND, search, ours)

    async def follow(self, operation: Operation) -> Status:
        """Ask how the restore stands: its job, not only its acceptance.

        Raises:
            OperationFailedError: it was not accepted after all, or the job ended badly.
        """
        job = operation.job
        wish = wish_of(operation)
        if not job:
            told = await self._operations.follow(operation)
            job = job_of(told.properties) if told else ""
            if told is not None and not told.status.finished:
                return replace(told.status, ended_at=None)
        if not job:
            found = await self.find_restore(
                wish, since=operation.started_at, requests=frozenset({operation.request_id})
            )
            job = found.job if found else ""
        if not job:
            return Status(finished=False, started_at=operation.started_at, known=False)
        return job_told(operation, await self._job(wish, job))

    async def _access(self, wish: RestoreDisks) -> Body:
        target = f"{wish.item.vault}/{wish.item.path}"
        audience = await self._rest.read(
            f"{_location(wish)}/backupAadProperties",
            what=f"ask {wish.region} whom it trusts",
            target=target,
            version=VERSION,
            query={"$filter": "backupManagementType eq 'AzureIaasVM'"},
        )
        token = await self._rest.question(
            f"{_path(wish.item)}/recoveryPoints/{quote(wish.point, safe='')}/accessToken",
            {"properties": branch(audience.body, "properties")},
            what=f"fetch the access token of a recovery point of {wish.item.name}",
            target=target,
            version=VERSION,
        )
        return branch(token.body, "properties")

    async def _jobs(self, wish: RestoreDisks, since: datetime) -> list[BackupJob]:
        wanted = jobs_filter(operation="", since=since, until=self._clock.now())
        found = await self._rest.pages(
            f"{_location(wish)}/backupCrrJobs",
            what=f"list the restores of {wish.region}",
            target=str(wish.item.vault),
            version=VERSION,
            query={"$filter": wanted},
            body={"resourceId": str(wish.item.vault)},
        )
        return [read_job(one) for one in found]

    async def _job(self, wish: RestoreDisks, job: str) -> Body:
        reply = await self._rest.question(
            f"{_location(wish)}/backupCrrJob",
            {"resourceId": str(wish.item.vault), "jobName": job},
            what=f"read a restore of {wish.region}",
            target=job,
            version=VERSION,
        )
        return reply.body


def _location(wish: RestoreDisks) -> str:
    subscription = wish.item.vault.subscription
    return f"/subscriptions/{subscription}/providers/Microsoft.RecoveryServices/locations/{wish.region}"


def _path(item: BackedUpItem) -> str:
    """Give the item's path with the `;` of its names written as %3B."""
    return f"{item.vault}/{quote(item.path, safe='/')}"
