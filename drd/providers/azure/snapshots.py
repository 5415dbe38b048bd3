"""Azure Compute: snapshots of disks, their copies to another region, and disks made from them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from azure.mgmt.compute.aio import ComputeManagementClient

from drd.domain.durations import parse_instant
from drd.domain.errors import InvalidError, OperationFailedError, PermanentError
from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.ports.snapshots import DISK_TAG, ITEM_TAG, TAKEN_TAG, WHOLE, CopiedDisk, DiskWish, Snapshot, SnapshotWish
from drd.providers.azure.body import Body, arm_id, branch, plain, tags, text, value
from drd.providers.azure.clients import Clients
from drd.providers.azure.instant import real_instant
from drd.providers.azure.operations import Operations, Sent, at_work, is_done_at_once, recorded
from drd.providers.azure.reading import Reader
from drd.providers.azure.sending import Sender

KIND = "arm"
_COPY = "CopyStart"

_Begin = Callable[[ComputeManagementClient, Mapping[str, Any]], Awaitable[object]]


class AzureSnapshots:
    """Answers `drd.ports.snapshots.Snapshots`.

    Permissions, under `Microsoft.Compute/`:
        get, points, all_points: `snapshots/read`. disk: `disks/read`.
        take: `snapshots/write` and `disks/beginGetAccess/action` on the disk.
        copy: `snapshots/write` and `snapshots/beginGetAccess/action` on the source.
        make_disk: `disks/write` and `snapshots/beginGetAccess/action` on the snapshot.
        follow: `locations/diskOperations/read`.
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

    async def get(self, snapshot: ArmId) -> Snapshot | None:
        """Read a snapshot; None when there is none."""
        client = self._clients.compute(snapshot.subscription).snapshots
        found = await self._reader.find(
            lambda: client.get(snapshot.resource_group, snapshot.name), what="read the snapshot", target=str(snapshot)
        )
        return None if found is None else _snapshot(plain(found))

    async def points(self, group: ArmId, item: str, *, disk: str, region: str) -> tuple[RecoveryPoint, ...]:
        """Give the points of an item's disk that a group holds in a region, newest first.

        A snapshot of which nobody noted the instant of its data is no point: its age could only be guessed.
        """
        return (await self.all_points(group, disk=disk, region=region)).get(item, ())

    async def all_points(self, group: ArmId, *, disk: str, region: str) -> Mapping[str, tuple[RecoveryPoint, ...]]:
        """Give the points that a group holds in a region by the id of their item, newest first, by one list."""
        client = self._clients.compute(group.subscription).snapshots
        found = await self._reader.find(
            lambda: _collected(client.list_by_resource_group(group.resource_group)),
            what="list the snapshots",
            target=str(group),
        )
        points: dict[str, list[RecoveryPoint]] = {}
        for one in found or []:
            snapshot = _snapshot(plain(one))
            wanted = snapshot.disk == disk and snapshot.location.casefold() == region.casefold()
            if wanted and snapshot.taken_at is not None:
                points.setdefault(snapshot.item, []).append(_point(snapshot, snapshot.taken_at))
        return {
            item: tuple(sorted(known, key=lambda point: point.time, reverse=True)) for item, known in points.items()
        }

    async def take(self, wish: SnapshotWish) -> Operation | None:
        """PUT an incremental snapshot of a disk by name."""
        return await self._put_snapshot(wish, "Copy", what="take the snapshot")

    async def copy(self, wish: SnapshotWish) -> Operation | None:
        """PUT by name a copy of a snapshot in another region; the operation ends long before the copy is whole."""
        return await self._put_snapshot(wish, _COPY, what="copy the snapshot")

    async def make_disk(self, wish: DiskWish) -> Operation | None:
        """PUT a disk by name; sending it again with the same wish changes nothing."""
        body: Any = {
            "location": wish.location,
            "tags": dict(wish.tags),
            "properties": {"creationData": {"createOption": "Copy", "sourceResourceId": str(wish.snapshot)}},
        }
        return await self._send(
            wish.id,
            lambda client, options: client.disks.begin_create_or_update(
                wish.id.resource_group, wish.id.name, body, polling=False, **options
            ),
            what="make the disk",
            request_id=wish.request_id,
        )

    async def disk(self, disk: ArmId) -> CopiedDisk | None:
        """Read a disk; None when there is none."""
        client = self._clients.compute(disk.subscription).disks
        found = await self._reader.find(
            lambda: client.get(disk.resource_group, disk.name), what="read the disk", target=str(disk)
        )
        if found is None:
            return None
        body = plain(found)
        properties = branch(body, "properties")
        return CopiedDisk(
            id=arm_id(body, "id") or disk,
            location=text(body, "location"),
            state=text(properties, "provisioningState"),
            source=arm_id(properties, "creationData", "sourceResourceId"),
            tags=tags(body),
        )

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands; where no address knows it, what it works on is read.

        Raises:
            OperationFailedError: it ended badly, or what it worked on is in state Failed.
        """
        told = await self._operations.follow(operation)
        return told.status if told is not None else await self._seen(operation)

    async def _put_snapshot(self, wish: SnapshotWish, option: str, *, what: str) -> Operation | None:
        body: Any = {
            "location": wish.location,
            "tags": dict(wish.tags),
            "properties": {
                "incremental": True,
                "creationData": {"createOption": option, "sourceResourceId": str(wish.source)},
            },
        }
        return await self._send(
            wish.id,
            lambda client, options: client.snapshots.begin_create_or_update(
                wish.id.resource_group, wish.id.name, body, polling=False, **options
            ),
            what=what,
            request_id=wish.request_id,
        )

    async def _send(self, target: ArmId, begin: _Begin, *, what: str, request_id: str) -> Operation | None:
        client, now = self._clients.compute(target.subscription), self._clock.now()
        answered = await self._sender.send(
            lambda options: begin(client, options), what=what, target=str(target), request_id=request_id
        )
        if is_done_at_once(answered):
            return None
        return recorded(Sent(kind=KIND, target=str(target), what=what, request_id=request_id), answered, now)

    async def _seen(self, operation: Operation) -> Status:
        """Answer from the world: Azure may accept without naming an address, or forget an operation."""
        target = ArmId(operation.target)
        is_disk = target.kind.casefold() == "microsoft.compute/disks"
        found = await (self.disk(target) if is_disk else self.get(target))
        state = found.state.casefold() if found is not None else ""
        if state == "failed":
            raise OperationFailedError(
                f"could not {operation.details.get('what', 'change it')}: its state is Failed",
                target=operation.target,
                hint="the activity log of its group tells more",
            )
        return Status(finished=state == "succeeded", started_at=operation.started_at, known=at_work(state))


async def _collected(pages: Any) -> list[Any]:  # noqa: ANN401 - the SDK's pager has no public type
    return [one async for one in pages]


def _point(snapshot: Snapshot, taken_at: datetime) -> RecoveryPoint:
    return RecoveryPoint(
        id=snapshot.id.name,
        time=taken_at,
        consistency="crash",
        region=snapshot.location,
        usable=snapshot.is_whole,
    )


def _snapshot(body: Body) -> Snapshot:
    properties, noted = branch(body, "properties"), tags(body)
    error = branch(properties, "copyCompletionError")
    percent = value(properties, "completionPercent")
    found = arm_id(body, "id")
    if found is None:
        raise InvalidError("a snapshot without an id was answered", target="Microsoft.Compute/snapshots")
    return Snapshot(
        id=found,
        location=text(body, "location"),
        source=arm_id(properties, "creationData", "sourceResourceId"),
        item=noted.get(ITEM_TAG, ""),
        disk=noted.get(DISK_TAG, ""),
        taken_at=_taken(properties, noted),
        percent=float(percent) if isinstance(percent, int | float) else WHOLE,
        error=" ".join(part for part in (text(error, "errorCode"), text(error, "errorMessage")) if part),
        state=text(properties, "provisioningState"),
        tags=noted,
    )


def _taken(properties: Body, noted: Mapping[str, str]) -> datetime | None:
    if text(properties, "creationData", "createOption").casefold() != _COPY.casefold():
        return real_instant(value(properties, "timeCreated"))
    return _noted_instant(noted.get(TAKEN_TAG, ""))


def _noted_instant(noted: str) -> datetime | None:
    try:
        return parse_instant(noted) if noted else None
    except PermanentError:
        return None
