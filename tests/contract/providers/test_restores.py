"""Vaults, points and restores, in the home region and across: the promises of the ports."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.errors import AmbiguousError, NotFoundError, OperationFailedError
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES
from drd.ports.vaults import VAULTS
from tests.contract.providers.stage import SUBSCRIPTION, Stage
from tests.contract.providers.wishes import TAGS, drill_group, newest_wish, stored

pytestmark = pytest.mark.anyio


async def test_vaults_tell_their_posture(stage: Stage) -> None:
    """The backup vault copies to the paired region, and both vaults are found."""
    vaults = stage.provider.capability(VAULTS)

    found = {vault.id: vault for vault in await vaults.list(SUBSCRIPTION)}

    assert {stage.backup_vault, stage.replication_vault} <= set(found)
    assert (await vaults.get(stage.backup_vault)).cross_region_restore is True
    assert found[stage.backup_vault].redundancy == "GeoRedundant"


async def test_a_vault_that_is_not_there_is_not_found(stage: Stage) -> None:
    """Not an empty posture."""
    with pytest.raises(NotFoundError):
        await stage.provider.capability(VAULTS).get(replace(stage.backup_vault, text=f"{stage.backup_vault}x"))


async def test_points_come_newest_first_and_lists_come_whole(stage: Stage) -> None:
    """Pages of three are joined, and every point can be restored from."""
    backups = stage.provider.capability(BACKUPS)

    items = await backups.items(stage.backup_vault)
    points = await backups.points(items[0])

    machines = [one for one in stage.sandbox.world.store.each() if "backed-up" in one.hidden]
    assert len(items) == len(machines) > 7
    assert len(points) > 20
    assert [point.time for point in points] == sorted((point.time for point in points), reverse=True)
    assert all(point.usable and point.time.tzinfo is not None for point in points)


async def test_points_of_the_paired_region_lag(stage: Stage) -> None:
    """What can be restored there is older than what the vault holds."""
    backups, crossing = stage.provider.capability(BACKUPS), stage.provider.capability(CROSS_REGION_BACKUPS)
    (item, *_) = await crossing.items(stage.backup_vault, "northeurope")
    stage.clock.advance(timedelta(hours=17))

    home, paired = await backups.points(item), await crossing.points(item, "northeurope")

    assert paired[0].time < home[0].time
    assert {point.region for point in paired} == {"northeurope"}


async def test_a_restore_is_followed_to_the_end_of_its_job(stage: Stage) -> None:
    """Acceptance is over after seconds; the disks are there when the job is."""
    group = stage.id("rg-drill-home")
    await stage.provider.capability(GROUPS).create(group, location="westeurope", tags=TAGS, request_id="req")
    backups = stage.provider.capability(BACKUPS)
    wish = await newest_wish(stage, group, region="westeurope")

    operation = await backups.restore_disks(wish)
    first = await backups.follow(operation)
    stage.clock.advance(timedelta(seconds=15))
    second = await backups.follow(operation)
    status = await stage.finish(backups.follow, operation)

    assert (first.finished, second.finished) == (False, False)
    assert second.job
    assert status.started_at is not None
    assert status.ended_at is not None
    assert status.ended_at - status.started_at >= timedelta(minutes=3)
    disks = await stage.provider.capability(MACHINES).disks(group)
    assert sorted(disk.boots for disk in disks) == [False, True]


async def test_a_cross_region_restore_needs_nothing_of_the_lost_region(stage: Stage) -> None:
    """The paired region answers for the vault; nothing is refused on the way."""
    stage.lose("westeurope")
    group = await drill_group(stage)
    crossing = stage.provider.capability(CROSS_REGION_BACKUPS)
    before = len(stage.sent)

    operation = await crossing.restore_disks(await newest_wish(stage, group))
    status = await stage.finish(crossing.follow, stored(operation))

    assert status.job
    assert [sent.status for sent in stage.sent[before:] if sent.status == 503] == []
    assert len(await stage.provider.capability(MACHINES).disks(group)) == 2
    assert len(stage.effects("backup.cross-region-restore")) == 1


async def test_a_restore_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    """One request on the wire, in doubt, then adopted by the group that only this step has."""
    group = await drill_group(stage)
    crossing = stage.provider.capability(CROSS_REGION_BACKUPS)
    wish, since = await newest_wish(stage, group), stage.clock.now()
    stage.fault(method="POST", path_contains="backupCrossRegionRestore", after_accepting=True)

    with pytest.raises(AmbiguousError):
        await crossing.restore_disks(wish)
    stage.clock.advance(timedelta(seconds=30))
    found = await crossing.find_restore(wish, since=since)

    assert found is not None
    assert (await stage.finish(crossing.follow, stored(found))).job == found.job
    assert len(stage.effects("backup.cross-region-restore")) == 1


async def test_a_restore_that_never_started_is_not_found(stage: Stage) -> None:
    """Absent is absent: another group's restore is not ours."""
    group, other = await drill_group(stage), await drill_group(stage, "rg-drill-2")
    crossing = stage.provider.capability(CROSS_REGION_BACKUPS)
    wish, since = await newest_wish(stage, group), stage.clock.now()
    await stage.finish(crossing.follow, await crossing.restore_disks(replace(wish, resource_group=other)))

    assert await crossing.find_restore(wish, since=since) is None


async def test_a_home_restore_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    """The same promise in the vault's own region."""
    group = stage.id("rg-drill-home")
    await stage.provider.capability(GROUPS).create(group, location="westeurope", tags=TAGS, request_id="req")
    backups = stage.provider.capability(BACKUPS)
    wish, since = await newest_wish(stage, group, region="westeurope"), stage.clock.now()
    stage.fault(method="POST", path_contains="/restore", after_accepting=True)

    with pytest.raises(AmbiguousError):
        await backups.restore_disks(wish)
    stage.clock.advance(timedelta(minutes=10))
    found = await backups.find_restore(wish, since=since)

    assert found is not None
    assert (await backups.follow(stored(found))).finished
    assert len(stage.effects("backup.restore")) == 1


async def test_a_failed_job_tells_the_code_of_the_service(stage: Stage) -> None:
    """Its group was deleted meanwhile: the restore ends badly, with Azure's own word for it."""
    group = await drill_group(stage)
    crossing, groups = stage.provider.capability(CROSS_REGION_BACKUPS), stage.provider.capability(GROUPS)
    operation = await crossing.restore_disks(await newest_wish(stage, group))
    deletion = await groups.delete(group, request_id="req-delete")
    assert deletion is not None
    await stage.finish(groups.follow, deletion)

    with pytest.raises(OperationFailedError) as failure:
        await stage.finish(crossing.follow, operation)

    assert failure.value.code == "UserErrorTargetResourceGroupNotFound"
