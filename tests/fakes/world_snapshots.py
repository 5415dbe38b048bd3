"""The snapshots of the small cloud: a copy arrives after its operation has ended."""

from dataclasses import dataclass, replace

from drd.domain.durations import parse_instant
from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.machines import Disk
from drd.ports.snapshots import DISK_TAG, ITEM_TAG, TAKEN_TAG, CopiedDisk, DiskWish, Snapshot, SnapshotWish
from tests.fakes.world import World


@dataclass
class WorldSnapshots:
    """Answers `Snapshots`."""

    world: World

    async def get(self, snapshot: ArmId) -> Snapshot | None:
        """Read."""
        self.world.settle()
        return self.world.snapshots.get(snapshot)

    async def points(self, group: ArmId, item: str, *, disk: str, region: str) -> tuple[RecoveryPoint, ...]:
        """List, newest first."""
        self.world.settle()
        kept = [
            RecoveryPoint(id=one.id.name, time=one.taken_at, region=one.location, usable=one.is_whole)
            for one in self.world.snapshots.values()
            if (one.id.group_id, one.item, one.disk, one.location) == (group, item, disk, region) and one.taken_at
        ]
        return tuple(sorted(kept, key=lambda point: point.time, reverse=True))

    async def take(self, wish: SnapshotWish) -> Operation | None:
        """Put: the same twice is once."""
        return self._put(wish, percent=100.0)

    async def copy(self, wish: SnapshotWish) -> Operation | None:
        """Put: the copy is whole long after its operation."""
        return self._put(wish, percent=0.0)

    async def make_disk(self, wish: DiskWish) -> Operation | None:
        """Put: the same twice is once."""
        made = CopiedDisk(
            id=wish.id, location=wish.location, state="Succeeded", source=wish.snapshot, tags=dict(wish.tags)
        )

        def effect() -> Operation | None:
            if wish.id in self.world.copied:
                return None
            self.world.copied[wish.id] = replace(made, state="Updating")
            return self.world.operation(self.world.begin("disk", str(wish.id), lambda: self._made(made)))

        return self.world.change(f"PUT {wish.id}", effect)

    async def disk(self, disk: ArmId) -> CopiedDisk | None:
        """Read."""
        self.world.settle()
        return self.world.copied.get(disk)

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.world.follow(operation)

    def _put(self, wish: SnapshotWish, *, percent: float) -> Operation | None:
        noted = wish.tags.get(TAKEN_TAG)
        made = Snapshot(
            id=wish.id,
            location=wish.location,
            source=wish.source,
            item=wish.tags.get(ITEM_TAG, ""),
            disk=wish.tags.get(DISK_TAG, ""),
            taken_at=parse_instant(noted) if noted else self.world.clock.now(),
            percent=percent,
            tags=dict(wish.tags),
        )

        def effect() -> Operation | None:
            if wish.id in self.world.snapshots:
                return None
            self.world.snapshots[wish.id] = replace(made, state="Updating")
            if not made.is_whole:
                self.world.begin("copy", str(wish.id), lambda: self._arrived(wish.id), minutes=30)
            return self.world.operation(self.world.begin("snapshot", str(wish.id), lambda: self._taken(made)))

        return self.world.change(f"PUT {wish.id}", effect)

    def _taken(self, snapshot: Snapshot) -> None:
        self.world.snapshots[snapshot.id] = snapshot

    def _arrived(self, snapshot: ArmId) -> None:
        self.world.snapshots[snapshot] = replace(self.world.snapshots[snapshot], percent=100.0)

    def _made(self, disk: CopiedDisk) -> None:
        self.world.copied[disk.id] = disk
        self.world.disks[disk.id] = Disk(id=disk.id, location=disk.location, os_type="Windows")
