"""Machines, scripts, interfaces and the proof of isolation."""

from datetime import timedelta

import pytest

from drd.domain.errors import AmbiguousError
from drd.domain.ids import ArmId
from drd.ports.backups import CROSS_REGION_BACKUPS
from drd.ports.machines import MACHINES, MachineWish
from drd.ports.networks import NETWORKS, InterfaceWish
from tests.contract.providers.stage import Stage
from tests.contract.providers.wishes import MACHINE, NETWORK, TAGS, drill_group, newest_wish, stored

pytestmark = pytest.mark.anyio


async def test_a_machine_stops_and_starts(stage: Stage) -> None:
    """By the power read back, not by the answer."""
    machines = stage.provider.capability(MACHINES)
    gateway = stage.id("rg-netwerk-neu", MACHINE, "vm-vpn-neu")

    stopping = await machines.deallocate(gateway, request_id="req-stop")
    assert stopping is not None
    await stage.finish(machines.follow, stored(stopping))
    stopped = await machines.get(gateway)
    starting = await machines.start(gateway, request_id="req-start")
    assert starting is not None
    await stage.finish(machines.follow, starting)
    started = await machines.get(gateway)

    assert (stopped and stopped.power, started and started.power) == ("deallocated", "running")


async def test_a_machine_is_made_of_restored_disks_once(stage: Stage) -> None:
    """Interface and machine are put by name: asked twice, they are there once and unchanged."""
    group = await drill_group(stage)
    crossing, machines = stage.provider.capability(CROSS_REGION_BACKUPS), stage.provider.capability(MACHINES)
    networks = stage.provider.capability(NETWORKS)
    await stage.finish(crossing.follow, await crossing.restore_disks(await newest_wish(stage, group)))
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
            await stage.finish(networks.follow, stored(operation))
        operation = await machines.create(wish)
        if operation is not None:
            await stage.finish(machines.follow, stored(operation))
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
            await stage.finish(machines.follow, stored(operation))
        stage.clock.advance(timedelta(minutes=3))
    result = await machines.script(gateway, name="drd-1")

    puts = [entry for entry in stage.sandbox.world.journal.entries[before:] if entry.method == "PUT"]
    assert len(puts) == 1
    assert result is not None
    assert (result.state, result.exit_code) == ("Succeeded", 0)
    assert await machines.script(gateway, name="drd-2") is None


async def test_isolation_is_told_from_the_network_itself(stage: Stage) -> None:
    """The drill's network is closed; the one in production has a peering and open subnets."""
    networks = stage.provider.capability(NETWORKS)

    drill = await networks.facts(stage.id("rg-netwerk-neu", NETWORK, "vnet-drill-neu"))
    production = await networks.facts(stage.id("rg-netwerk-neu", NETWORK, "vnet-neu"))

    assert drill.isolated
    assert drill.address_spaces == ("10.99.0.0/16",)
    assert not production.isolated
    assert production.peerings == ("neu-to-weu",)


async def test_a_change_is_one_request_and_carries_its_id(stage: Stage) -> None:
    """The wire's own log shows it once, with the step's request id, also when Azure fails."""
    machines = stage.provider.capability(MACHINES)
    gateway = stage.id("rg-netwerk-neu", MACHINE, "vm-vpn-neu")
    stage.fault(method="POST", path_contains="/start", status=503, retry_after=5.0)

    with pytest.raises(AmbiguousError):
        await machines.start(gateway, request_id="req-start")

    starts = [entry for entry in stage.sandbox.world.journal.entries if entry.path.endswith("/start")]
    assert [entry.client_request_id for entry in starts] == ["req-start"]
