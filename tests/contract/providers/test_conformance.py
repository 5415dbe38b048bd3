"""What every provider must do, held against each that is found: the promises of the ports."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.errors import AmbiguousError, ConflictError, NotFoundError, OperationFailedError, RefusedError
from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, BackedUpItem, RestoreDisks
from drd.ports.capabilities import Operation
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES, MachineWish
from drd.ports.networks import NETWORKS, RECORDS, InterfaceWish
from drd.ports.replication import REPLICATION
from drd.ports.vaults import VAULTS
from tests.contract.providers.conftest import HARNESSES, ROOT, SUBSCRIPTION, Stage

pytestmark = pytest.mark.anyio

MACHINE = "Microsoft.Compute/virtualMachines"
NETWORK = "Microsoft.Network/virtualNetworks"
TAGS = {"drd-run": "run-1", "drd-step": "restore"}


async def _drill_group(stage: Stage, name: str = "rg-drill-1") -> ArmId:
    group = stage.id(name)
    groups = stage.provider.capability(GROUPS)
    await groups.create(group, location="northeurope", tags=TAGS, request_id="req-group")
    return group


async def _wish(stage: Stage, group: ArmId, *, region: str = "northeurope") -> RestoreDisks:
    """Build a wish for the newest point of the one machine that has nothing but backups."""
    crossing = stage.provider.capability(CROSS_REGION_BACKUPS)
    items = await crossing.items(stage.backup_vault, "northeurope")
    item = next(one for one in items if one.name == "vm-bv-app-1")
    account, home = ("stdrdneu", "rg-recovery-neu") if region == "northeurope" else ("stdrdweu", "rg-recovery-weu")
    points = await (crossing.points(item, region) if region == "northeurope" else _home_points(stage, item))
    return RestoreDisks(
        item=item,
        point=points[0].id,
        resource_group=group,
        staging=stage.id(home, "Microsoft.Storage/storageAccounts", account),
        region=region,
        request_id="req-restore",
    )


async def _home_points(stage: Stage, item: BackedUpItem) -> tuple[RecoveryPoint, ...]:
    return await stage.provider.capability(BACKUPS).points(item)


def _stored(operation: Operation) -> Operation:
    """Send a record through the journal's own form."""
    return Operation.from_json(json.loads(json.dumps(operation.to_json())))


def test_every_provider_is_held_against_this_suite() -> None:
    """A folder without a harness would be a provider that nobody tried."""
    folders = {path.parent.name for path in (ROOT / "drd" / "providers").glob("*/provider.py")}

    assert folders == {name.partition("-")[0] for name in HARNESSES}


async def test_a_provider_offers_everything_that_this_house_asks(stage: Stage) -> None:
    """Readiness would find a gap; the sample runbooks have none."""
    wanted = {VAULTS, BACKUPS, CROSS_REGION_BACKUPS, REPLICATION, MACHINES, NETWORKS, RECORDS, GROUPS}

    assert {one.name for one in wanted} <= stage.provider.offered()


async def test_a_provider_may_be_closed_twice(stage: Stage) -> None:
    """Stopping may be asked for by several."""
    await stage.provider.close()
    await stage.provider.close()


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

    assert len(items) == 8
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
    wish = await _wish(stage, group, region="westeurope")

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
    group = await _drill_group(stage)
    crossing = stage.provider.capability(CROSS_REGION_BACKUPS)
    before = len(stage.sent)

    operation = await crossing.restore_disks(await _wish(stage, group))
    status = await stage.finish(crossing.follow, _stored(operation))

    assert status.job
    assert [sent.status for sent in stage.sent[before:] if sent.status == 503] == []
    assert len(await stage.provider.capability(MACHINES).disks(group)) == 2
    assert len(stage.effects("backup.cross-region-restore")) == 1


async def test_a_restore_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    """One request on the wire, in doubt, then adopted by the group that only this step has."""
    group = await _drill_group(stage)
    crossing = stage.provider.capability(CROSS_REGION_BACKUPS)
    wish, since = await _wish(stage, group), stage.clock.now()
    stage.fault(method="POST", path_contains="backupCrossRegionRestore", after_accepting=True)

    with pytest.raises(AmbiguousError):
        await crossing.restore_disks(wish)
    stage.clock.advance(timedelta(seconds=30))
    found = await crossing.find_restore(wish, since=since)

    assert found is not None
    assert (await stage.finish(crossing.follow, _stored(found))).job == found.job
    assert len(stage.effects("backup.cross-region-restore")) == 1


async def test_a_restore_that_never_started_is_not_found(stage: Stage) -> None:
    """Absent is absent: another group's restore is not ours."""
    group, other = await _drill_group(stage), await _drill_group(stage, "rg-drill-2")
    crossing = stage.provider.capability(CROSS_REGION_BACKUPS)
    wish, since = await _wish(stage, group), stage.clock.now()
    await stage.finish(crossing.follow, await crossing.restore_disks(replace(wish, resource_group=other)))

    assert await crossing.find_restore(wish, since=since) is None


async def test_a_home_restore_whose_answer_was_lost_is_found_again(stage: Stage) -> None:
    """The same promise in the vault's own region."""
    group = stage.id("rg-drill-home")
    await stage.provider.capability(GROUPS).create(group, location="westeurope", tags=TAGS, request_id="req")
    backups = stage.provider.capability(BACKUPS)
    wish, since = await _wish(stage, group, region="westeurope"), stage.clock.now()
    stage.fault(method="POST", path_contains="/restore", after_accepting=True)

    with pytest.raises(AmbiguousError):
        await backups.restore_disks(wish)
    stage.clock.advance(timedelta(minutes=10))
    found = await backups.find_restore(wish, since=since)

    assert found is not None
    assert (await backups.follow(_stored(found))).finished
    assert len(stage.effects("backup.restore")) == 1


async def test_a_failover_is_followed_by_another_process(stage: Stage) -> None:
    """The record is enough: a provider opened anew follows it, and tells machine, point and job."""
    stage.lose("westeurope")
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-bz-sql-1")

    operation = await replication.fail_over(item, point=None, graceful=False, request_id="req-failover")
    other = (await stage.reopen()).capability(REPLICATION)
    status = await stage.finish(other.follow, _stored(operation))

    assert status.job
    assert status.details["recovery-point-time"]
    assert status.ended_at is not None
    after = await other.item(stage.replication_vault, "vm-bz-sql-1")
    assert after.active_location == "Recovery"
    committed = await other.commit(after, request_id="req-commit")
    assert (await stage.finish(other.follow, committed)).finished
    machine = await stage.provider.capability(MACHINES).get(stage.id("rg-burgerzaken-neu", MACHINE, "vm-bz-sql-1"))
    assert machine is not None
    assert machine.power == "running"
    assert len(stage.effects("asr.failover")) <= 1


async def test_a_failover_takes_the_point_that_was_asked_for(stage: Stage) -> None:
    """What the job says was used is what was wanted."""
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-bz-app-1")
    points = await replication.points(item)

    operation = await replication.fail_over(item, point=points[3].id, graceful=False, request_id="req")
    status = await stage.finish(replication.follow, operation)

    assert [point.time for point in points] == sorted((point.time for point in points), reverse=True)
    assert ArmId(status.details["recovery-point"]) == ArmId(points[3].id)


async def test_a_verb_that_is_not_allowed_now_is_refused_before_sending(stage: Stage) -> None:
    """`allowedOperations` is the gate."""
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-bz-app-1")
    before = len(stage.sent)

    with pytest.raises(RefusedError):
        await replication.commit(item, request_id="req")

    assert len(stage.sent) == before


async def test_a_failover_whose_answer_was_lost_is_found_by_its_job(stage: Stage) -> None:
    """Scenario, item and time say whose it is."""
    replication = stage.provider.capability(REPLICATION)
    item, since = await replication.item(stage.replication_vault, "vm-bz-app-2"), stage.clock.now()
    stage.fault(method="POST", path_contains="unplannedFailover", after_accepting=True)

    with pytest.raises(AmbiguousError):
        await replication.fail_over(item, point=None, graceful=False, request_id="req")
    found = await replication.find(item, scenario="UnplannedFailover", since=since)

    assert found is not None
    assert (await stage.finish(replication.follow, _stored(found))).job == found.job
    assert await replication.find(item, scenario="Commit", since=since) is None


async def test_a_test_failover_leaves_nothing_after_its_cleanup(stage: Stage) -> None:
    """Made in the isolated network, removed by Site Recovery, and both read back."""
    replication, machines = stage.provider.capability(REPLICATION), stage.provider.capability(MACHINES)
    item = await replication.item(stage.replication_vault, "vm-db-1")
    network = stage.id("rg-netwerk-neu", NETWORK, "vnet-drill-neu")
    copy = stage.id("rg-databank-neu", MACHINE, "vm-db-1-test")

    made = await replication.test_fail_over(item, point=None, network=network, request_id="req-test")
    status = await stage.finish(replication.follow, _stored(made))
    item = await replication.item(stage.replication_vault, "vm-db-1")
    present = await machines.get(copy)
    cleaned = await replication.clean_up_test(item, comment="drill ended", request_id="req-clean")
    await stage.finish(replication.follow, cleaned)

    assert status.details["test-machine"] == "vm-db-1-test"
    assert present is not None
    assert await machines.get(copy) is None
    assert (await replication.item(stage.replication_vault, "vm-db-1")).test_state == "None"


async def test_effective_rpo_grows_after_its_calculation(stage: Stage) -> None:
    """As reported, plus the time since it was calculated."""
    replication = stage.provider.capability(REPLICATION)
    item = await replication.item(stage.replication_vault, "vm-id-1")
    now = stage.clock.now()

    first, later = item.effective_rpo(now), item.effective_rpo(now + timedelta(minutes=10))

    assert first is not None
    assert later == first + timedelta(minutes=10)


async def test_a_machine_stops_and_starts(stage: Stage) -> None:
    """By the power read back, not by the answer."""
    machines = stage.provider.capability(MACHINES)
    gateway = stage.id("rg-netwerk-neu", MACHINE, "vm-vpn-neu")

    stopping = await machines.deallocate(gateway, request_id="req-stop")
    assert stopping is not None
    await stage.finish(machines.follow, _stored(stopping))
    stopped = await machines.get(gateway)
    starting = await machines.start(gateway, request_id="req-start")
    assert starting is not None
    await stage.finish(machines.follow, starting)
    started = await machines.get(gateway)

    assert (stopped and stopped.power, started and started.power) == ("deallocated", "running")


async def test_a_machine_is_made_of_restored_disks_once(stage: Stage) -> None:
    """Interface and machine are put by name: asked twice, they are there once and unchanged."""
    group = await _drill_group(stage)
    crossing, machines = stage.provider.capability(CROSS_REGION_BACKUPS), stage.provider.capability(MACHINES)
    networks = stage.provider.capability(NETWORKS)
    await stage.finish(crossing.follow, await crossing.restore_disks(await _wish(stage, group)))
    disks = await machines.disks(group)
    subnet = ArmId(f"{stage.id('rg-netwerk-neu', NETWORK, 'vnet-drill-neu')}/subnets/snet-servers")
    nic = InterfaceWish(
        id=stage.id("rg-drill-1", "Microsoft.Network/networkInterfaces", "vm-bv-app-1-nic"),
        location="northeurope",
        subnet=subnet,
        tags=TAGS,
        request_id="req-nic",
        address="10.99.1.51",
    )
    wish = MachineWish(
        id=stage.id("rg-drill-1", MACHINE, "vm-bv-app-1"),
        location="northeurope",
        size="Standard_D2s_v5",
        os_disk=next(disk for disk in disks if disk.boots),
        data_disks=tuple(disk for disk in disks if not disk.boots),
        interface=nic.id,
        tags=TAGS,
        request_id="req-vm",
    )

    for _ in range(2):
        operation = await networks.create_interface(nic)
        if operation is not None:
            await stage.finish(networks.follow, _stored(operation))
        operation = await machines.create(wish)
        if operation is not None:
            await stage.finish(machines.follow, _stored(operation))
    stage.clock.advance(timedelta(minutes=5))
    machine, interface = await machines.get(wish.id), await networks.interface(nic.id)

    assert interface is not None
    assert (interface.addresses, interface.subnet) == (("10.99.1.51",), subnet)
    assert machine is not None
    assert (machine.power, machine.agent_ready, machine.tags) == ("running", True, TAGS)
    assert len(machine.disks) == 2
    assert len(stage.effects("vm.create")) == 1


async def test_a_script_of_one_name_runs_once(stage: Stage) -> None:
    """Asked again, its result is read."""
    machines = stage.provider.capability(MACHINES)
    gateway = stage.id("rg-netwerk-neu", MACHINE, "vm-vpn-neu")
    before = len(stage.sandbox.world.journal.entries)

    for _ in range(2):
        operation = await machines.run_script(
            gateway, name="drd-1", script="echo ok", location="northeurope", request_id="req"
        )
        if operation is not None:
            await stage.finish(machines.follow, _stored(operation))
        stage.clock.advance(timedelta(minutes=3))
    result = await machines.script(gateway, name="drd-1")

    puts = [entry for entry in stage.sandbox.world.journal.entries[before:] if entry.method == "PUT"]
    assert len(puts) == 1
    assert result is not None
    assert (result.state, result.exit_code) == ("Succeeded", 0)
    assert await machines.script(gateway, name="drd-2") is None


async def test_what_is_not_there_is_none(stage: Stage) -> None:
    """Reading never raises for absence where the port says None."""
    nowhere = stage.id("rg-nowhere", MACHINE, "vm-x")

    assert await stage.provider.capability(MACHINES).get(nowhere) is None
    assert await stage.provider.capability(MACHINES).disks(nowhere.group_id) == ()
    assert await stage.provider.capability(NETWORKS).interface(nowhere) is None
    assert await stage.provider.capability(GROUPS).get(nowhere.group_id) is None
    assert await stage.provider.capability(GROUPS).resources(nowhere.group_id) == ()
    with pytest.raises(NotFoundError):
        await stage.provider.capability(NETWORKS).facts(stage.id("rg-netwerk-neu", NETWORK, "vnet-x"))


async def test_isolation_is_told_from_the_network_itself(stage: Stage) -> None:
    """The drill's network is closed; the one in production has a peering and open subnets."""
    networks = stage.provider.capability(NETWORKS)

    drill = await networks.facts(stage.id("rg-netwerk-neu", NETWORK, "vnet-drill-neu"))
    production = await networks.facts(stage.id("rg-netwerk-neu", NETWORK, "vnet-neu"))

    assert drill.isolated
    assert drill.address_spaces == ("10.99.0.0/16",)
    assert not production.isolated
    assert production.peerings == ("neu-to-weu",)


async def test_a_record_is_written_over_what_was_read_only(stage: Stage) -> None:
    """A stale or missing tag is a conflict, and an empty set is refused before sending."""
    records = stage.provider.capability(RECORDS)
    zone = stage.id("rg-netwerk-neu", "Microsoft.Network/dnsZones", "voorbeeld.example")
    read = await records.get(zone, "burgerzaken", "A")
    assert read is not None

    wanted = replace(read, values=("10.2.1.41", "10.2.1.42"))
    written = await records.put(wanted, request_id="req-dns")

    assert (written.values, written.ttl_seconds) == (wanted.values, 60)
    assert written.etag != read.etag
    with pytest.raises(ConflictError):
        await records.put(wanted, request_id="req-dns-2")
    with pytest.raises(ConflictError):
        await records.put(replace(wanted, etag=""), request_id="req-dns-3")
    with pytest.raises(RefusedError):
        await records.put(replace(wanted, values=()), request_id="req-dns-4")
    fresh = await records.put(replace(wanted, name="nieuw", etag=""), request_id="req-dns-5")
    alias = await records.get(zone, "www-burgerzaken", "CNAME")
    assert fresh.etag
    assert alias is not None
    assert [value.rstrip(".") for value in alias.values] == ["burgerzaken.voorbeeld.example"]
    assert await records.get(zone, "bestaat-niet", "A") is None


async def test_a_group_comes_tagged_and_goes_whole(stage: Stage) -> None:
    """Made twice, tagged without losing tags, found by tag, deleted with what it holds, and gone."""
    groups = stage.provider.capability(GROUPS)
    group = await _drill_group(stage)
    await _drill_group(stage)

    tagged = await groups.tag(group, tags={"drd-expires": "later"}, request_id="req-tag")
    listed = await groups.list(SUBSCRIPTION, tag="drd-run", value="run-1")
    operation = await groups.delete(group, request_id="req-delete")
    assert operation is not None
    status = await stage.finish(groups.follow, _stored(operation))

    assert dict(tagged.tags) == {**TAGS, "drd-expires": "later"}
    assert [one.id for one in listed] == [group]
    assert len(await groups.list(SUBSCRIPTION)) > 10
    assert status.finished
    assert await groups.get(group) is None
    assert await groups.delete(group, request_id="req-delete-2") is None


async def test_leftovers_are_found_by_their_tag(stage: Stage) -> None:
    """Whatever carries the run's tag is listed, with its creation."""
    groups, networks = stage.provider.capability(GROUPS), stage.provider.capability(NETWORKS)
    group = await _drill_group(stage)
    subnet = ArmId(f"{stage.id('rg-netwerk-neu', NETWORK, 'vnet-drill-neu')}/subnets/snet-servers")
    nic = stage.id("rg-drill-1", "Microsoft.Network/networkInterfaces", "nic-1")
    await networks.create_interface(
        InterfaceWish(id=nic, location="northeurope", subnet=subnet, tags=TAGS, request_id="req")
    )

    (left,) = await groups.tagged(SUBSCRIPTION, tag="drd-run", value="run-1")

    assert left.id == nic
    assert left.created_at == stage.clock.now()
    assert [one.id for one in await groups.resources(group)] == [nic]


async def test_a_change_is_one_request_and_carries_its_id(stage: Stage) -> None:
    """The wire's own log shows it once, with the step's request id, also when Azure fails."""
    machines = stage.provider.capability(MACHINES)
    gateway = stage.id("rg-netwerk-neu", MACHINE, "vm-vpn-neu")
    stage.fault(method="POST", path_contains="/start", status=503, retry_after=5.0)

    with pytest.raises(AmbiguousError):
        await machines.start(gateway, request_id="req-start")

    starts = [entry for entry in stage.sandbox.world.journal.entries if entry.path.endswith("/start")]
    assert [entry.client_request_id for entry in starts] == ["req-start"]


async def test_a_failed_job_tells_the_code_of_the_service(stage: Stage) -> None:
    """Its group was deleted meanwhile: the restore ends badly, with Azure's own word for it."""
    group = await _drill_group(stage)
    crossing, groups = stage.provider.capability(CROSS_REGION_BACKUPS), stage.provider.capability(GROUPS)
    operation = await crossing.restore_disks(await _wish(stage, group))
    deletion = await groups.delete(group, request_id="req-delete")
    assert deletion is not None
    await stage.finish(groups.follow, deletion)

    with pytest.raises(OperationFailedError) as failure:
        await stage.finish(crossing.follow, operation)

    assert failure.value.code == "UserErrorTargetResourceGroupNotFound"
