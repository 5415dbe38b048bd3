"""What the verbs of snapshots and capacity refuse, and what they say of a world that is not as expected."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.errors import DrdError, NotFoundError, OperationFailedError, PermanentError, RefusedError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import Absent, Pending, Present
from drd.ports.capacity import CAPACITY, Reservation
from drd.ports.snapshots import CopiedDisk, Snapshot
from tests.fakes.world import START
from tests.fakes.world_capacity import WorldCapacity
from tests.fakes.world_vaults import AWAY, ITEM, SOURCE, SUB, place
from tests.unit.actions.test_refusals import setting

pytestmark = pytest.mark.anyio

GROUP = ArmId(f"{SUB}/resourceGroups/rg-drill-r1")
COMPUTE = "providers/Microsoft.Compute"
TAKEN = ArmId(f"{AWAY}/{COMPUTE}/snapshots/s-1")
MADE = ArmId(f"{GROUP}/{COMPUTE}/snapshots/s-1")
DISK = ArmId(f"{GROUP}/{COMPUTE}/disks/d-1")
PLACES = ArmId(f"{AWAY}/{COMPUTE}/capacityReservationGroups/crg")
OURS, THEIRS = {"drd-run": "r1"}, {"drd-run": "another"}
TAKE: Mapping[str, Json] = {"item": ITEM, "resource-group": str(GROUP), "name": "s-1"}
COPY: Mapping[str, Json] = {**TAKE, "snapshot": str(TAKEN)}
MAKE: Mapping[str, Json] = {"item": ITEM, "resource-group": str(GROUP), "name": "d-1", "point": "newest"}
RESERVE: Mapping[str, Json] = {"group": str(PLACES), "name": "cr", "size": "Standard_D2s_v5", "count": 3}


def snapshot(**changes: Any) -> Snapshot:
    """Return a snapshot in the recovery region that is whole."""
    found = Snapshot(id=TAKEN, location="northeurope", source=None, item=ITEM, disk="os", taken_at=START)
    return replace(found, **changes)


@pytest.mark.parametrize(
    ("name", "values"), [("snapshot.create", TAKE), ("snapshot.copy", COPY), ("disk.create", MAKE)]
)
async def test_a_drill_makes_them_only_in_its_own_groups(name: str, values: Mapping[str, Json]) -> None:
    """Nothing is sent."""
    world, _, action, context = setting(name, values, mode=Mode.DRILL)

    with pytest.raises(RefusedError, match="of its own"):
        await action.act(context)
    assert world.sent == []


@pytest.mark.parametrize(("name", "values"), [("snapshot.create", TAKE), ("snapshot.copy", COPY)])
async def test_a_snapshot_of_somebody_else_is_left_alone(name: str, values: Mapping[str, Json]) -> None:
    """A name that is taken is no reason to write over it."""
    world, _, action, context = setting(name, values)
    world.snapshots[MADE] = snapshot(id=MADE, tags=THEIRS)

    with pytest.raises(RefusedError, match="choose another name"):
        await action.look(context)


async def test_a_disk_of_somebody_else_is_left_alone_and_a_failed_one_is_made_again() -> None:
    """Ours is ours by its tag."""
    world, _, action, context = setting("disk.create", MAKE)
    world.copied[DISK] = CopiedDisk(id=DISK, location="northeurope", state="Succeeded", source=TAKEN, tags=THEIRS)
    with pytest.raises(RefusedError):
        await action.look(context)
    world.copied[DISK] = CopiedDisk(id=DISK, location="northeurope", state="Failed", source=TAKEN, tags=OURS)
    assert isinstance(await action.look(context), Absent)
    with pytest.raises(OperationFailedError):
        await action.verify(context, {})


async def test_a_machine_that_is_gone_or_has_no_such_disk_has_no_snapshot() -> None:
    """Both are told by name."""
    world, _, action, context = setting("snapshot.create", {**TAKE, "source": "vm-data"})
    with pytest.raises(NotFoundError, match="does not exist"):
        await action.act(context)
    place(world, SOURCE)
    with pytest.raises(NotFoundError, match="no disk vm-data"):
        await action.act(context)


@pytest.mark.parametrize("changes", [{"item": "vm-other"}, {"taken_at": None}, {"disk": ""}])
async def test_only_a_snapshot_that_tells_what_it_holds_is_copied(changes: dict[str, Any]) -> None:
    """An age that nobody noted could only be guessed later."""
    world, _, action, context = setting("snapshot.copy", COPY)
    world.snapshots[TAKEN] = snapshot(**changes)

    with pytest.raises(RefusedError, match="drd-taken"):
        await action.act(context)
    assert world.sent == []


async def test_a_copy_tells_how_far_it_is_and_why_it_failed() -> None:
    """The copy itself is asked; its operation ended long ago."""
    world, _, action, context = setting("snapshot.copy", COPY)
    with pytest.raises(NotFoundError):
        await action.act(context)
    world.snapshots[MADE] = snapshot(id=MADE, source=TAKEN, tags=OURS, percent=41.7)
    seen = await action.verify(context, {})
    assert isinstance(seen, Pending)
    assert seen.note == "42% of the copy has arrived"
    world.snapshots[MADE] = snapshot(id=MADE, source=TAKEN, tags=OURS, percent=41.7, error="CopySourceNotFound gone")
    with pytest.raises(OperationFailedError, match="CopySourceNotFound") as failed:
        await action.verify(context, {})
    assert failed.value.code == "snapshot-copy-failed"


async def test_the_newest_snapshot_that_is_whole_is_taken_and_told() -> None:
    """By the disk's own word; a newer copy that has not arrived does not count."""
    world, _, action, context = setting("disk.create", MAKE)
    with pytest.raises(PermanentError, match="no usable recovery point"):
        await action.act(context)
    newer = ArmId(f"{AWAY}/{COMPUTE}/snapshots/s-2")
    world.snapshots[TAKEN] = snapshot()
    world.snapshots[newer] = snapshot(id=newer, taken_at=START + timedelta(hours=1), percent=50.0)
    await action.act(context)
    world.clock.instant += timedelta(minutes=10)
    seen = await action.verify(context, {})
    assert isinstance(seen, Present)
    assert (seen.outputs["recovery-point"], seen.outputs["recovery-point-time"]) == ("s-1", format_instant(START))
    del world.snapshots[TAKEN]
    with pytest.raises(DrdError) as unknown:
        await action.verify(context, {})
    assert unknown.value.code == "recovery-point-unknown"


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"places": 5, "tags": THEIRS}, Present),
        ({"places": 1, "tags": THEIRS}, RefusedError),
        ({"places": 5, "tags": OURS, "size": "Standard_E2s_v5"}, RefusedError),
        ({"places": 0, "tags": OURS, "state": "Failed"}, Absent),
        ({"places": 0, "tags": OURS, "state": "Creating"}, Present),
    ],
)
async def test_places_that_are_there_are_good_enough(changes: dict[str, Any], outcome: type) -> None:
    """Whoever reserved them; too few of somebody else's are not ours to change."""
    _, _, action, context = setting("capacity.reserve", RESERVE)
    room = context.provider.capability(CAPACITY)
    assert isinstance(room, WorldCapacity)
    place_id = ArmId(f"{PLACES}/capacityReservations/cr")
    found = Reservation(
        id=place_id, location="northeurope", size="Standard_D2s_v5", places=0, taken=0, state="Succeeded"
    )
    room.places[place_id] = replace(found, **changes)

    if outcome is RefusedError:
        with pytest.raises(RefusedError):
            await action.look(context)
    else:
        assert isinstance(await action.look(context), outcome)
    if changes.get("state") == "Failed":
        with pytest.raises(OperationFailedError, match="could not be reserved"):
            await action.verify(context, {})
    if changes.get("state") == "Creating":
        assert isinstance(await action.verify(context, {}), Pending)
