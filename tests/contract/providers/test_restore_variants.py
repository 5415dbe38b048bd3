"""A new machine of a point, the disks of a machine replaced, and what a scan says of points: the ports' promises."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.errors import AmbiguousError, OperationFailedError, PermanentError
from drd.domain.estate import Cleanliness
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, RestoreDisks
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES
from drd.sandbox.faults import make
from tests.contract.providers.stage import Stage
from tests.contract.providers.wishes import MACHINE, NETWORK, TAGS, newest_wish, stored

pytestmark = pytest.mark.anyio


async def _new_machine(stage: Stage, name: str = "vm-bv-app-9") -> RestoreDisks:
    group = stage.id("rg-drill-home")
    await stage.provider.capability(GROUPS).create(group, location="westeurope", tags=TAGS, request_id="req")
    wish = await newest_wish(stage, group, region="westeurope")
    subnet = stage.id("rg-netwerk", NETWORK, "vnet-weu")
    return replace(
        wish,
        machine=stage.id("rg-drill-home", MACHINE, name),
        subnet=replace(subnet, text=f"{subnet}/subnets/snet-servers"),
    )


async def _replacement(stage: Stage) -> RestoreDisks:
    wish = await newest_wish(stage, stage.id("rg-besluitvorming"), region="westeurope")
    return replace(wish, machine=wish.item.source)


async def _switch_off(stage: Stage, wish: RestoreDisks) -> None:
    machines = stage.provider.capability(MACHINES)
    operation = await machines.deallocate(wish.item.source, request_id="req-off")
    if operation is not None:
        await stage.finish(machines.follow, operation)


async def test_a_new_machine_runs_when_its_job_is_done(stage: Stage) -> None:
    """Its disks and its interface are there with it; the record survives the journal."""
    backups, wish = stage.provider.capability(BACKUPS), await _new_machine(stage)

    status = await stage.finish(backups.follow, stored(await backups.restore_machine(wish)))

    assert wish.machine is not None
    seen = await stage.provider.capability(MACHINES).get(wish.machine)
    assert seen is not None
    assert (seen.power, len(seen.disks), len(seen.interfaces)) == ("running", 2, 1)
    assert status.job


async def test_a_new_machine_in_doubt_is_found_by_its_name_among_others_in_its_group(stage: Stage) -> None:
    """A restore of the disks, or to a machine of another name, is not it."""
    backups, wish = stage.provider.capability(BACKUPS), await _new_machine(stage)
    since = stage.clock.now()
    other = replace(wish, machine=stage.id("rg-drill-home", MACHINE, "vm-other"))
    await backups.restore_machine(other)
    await backups.restore_disks(replace(wish, machine=None, subnet=None))
    stage.clock.advance(timedelta(seconds=10))
    assert await backups.find_restore(wish, since=since) is None

    await backups.restore_machine(wish)
    stage.clock.advance(timedelta(seconds=10))

    found = await backups.find_restore(wish, since=since)
    assert found is not None
    assert found.details["machine"] == str(wish.machine)
    assert len(stage.effects("backup.restore")) == 3


async def test_a_lost_answer_of_a_restore_to_a_new_machine_is_in_doubt_and_then_found(stage: Stage) -> None:
    """One POST, and the job is found by the machine's name."""
    backups, wish, since = stage.provider.capability(BACKUPS), await _new_machine(stage), stage.clock.now()
    stage.fault(method="POST", path_contains="/restore", after_accepting=True)

    with pytest.raises(AmbiguousError):
        await backups.restore_machine(wish)
    stage.clock.advance(timedelta(seconds=10))

    found = await backups.find_restore(wish, since=since)
    assert found is not None
    await stage.finish(backups.follow, found)
    assert len(stage.effects("backup.restore")) == 1


async def test_disks_are_replaced_once_the_machine_is_off(stage: Stage) -> None:
    """Azure refuses while it runs; afterwards the same machine holds other disks."""
    backups, wish = stage.provider.capability(BACKUPS), await _replacement(stage)
    with pytest.raises(PermanentError, match="Shut it down"):
        await backups.replace_disks(wish)
    await _switch_off(stage, wish)
    machines = stage.provider.capability(MACHINES)
    before = await machines.get(wish.item.source)

    await stage.finish(backups.follow, await backups.replace_disks(wish))

    after = await machines.get(wish.item.source)
    assert before is not None
    assert after is not None
    assert (after.id, after.interfaces, after.power) == (before.id, before.interfaces, "deallocated")
    assert set(after.disks).isdisjoint(before.disks)


async def test_a_replacement_in_doubt_is_found_by_its_machine(stage: Stage) -> None:
    """A restore of the same item elsewhere is not it."""
    backups, wish, since = stage.provider.capability(BACKUPS), await _replacement(stage), stage.clock.now()
    await _switch_off(stage, wish)
    await backups.restore_machine(await _new_machine(stage))
    stage.clock.advance(timedelta(seconds=10))
    assert await backups.find_restore(wish, since=since) is None

    await backups.replace_disks(wish)
    stage.clock.advance(timedelta(seconds=10))

    found = await backups.find_restore(wish, since=since)
    assert found is not None
    assert (await stage.finish(backups.follow, found)).finished


async def test_a_corrupt_point_fails_the_job_with_its_code(stage: Stage) -> None:
    """Late, and in words."""
    stage.sandbox.world.faults.add(make("point-corrupt"))
    backups, wish = stage.provider.capability(BACKUPS), await _new_machine(stage)
    operation = await backups.restore_machine(wish)

    with pytest.raises(OperationFailedError) as failure:
        await stage.finish(backups.follow, operation)

    assert failure.value.code == "UserErrorRecoveryPointCorrupt"


async def test_points_tell_what_the_scan_found_and_their_copies_do_not(stage: Stage) -> None:
    """Infected ones cannot be used; of copies nothing is known in their own region."""
    backups, crossing = stage.provider.capability(BACKUPS), stage.provider.capability(CROSS_REGION_BACKUPS)
    attacked = stage.clock.now() - timedelta(days=3)
    stage.sandbox.world.faults.add(make("point-infected", points_from=attacked))
    (item, *_) = await crossing.items(stage.backup_vault, "northeurope")

    home, copies = await backups.points(item), await crossing.points(item, "northeurope")

    for point in home:
        infected = point.time >= attacked
        assert point.cleanliness is (Cleanliness.INFECTED if infected else Cleanliness.CLEAN)
        assert point.usable is not infected
    assert {copy.cleanliness for copy in copies} == {Cleanliness.UNKNOWN}
