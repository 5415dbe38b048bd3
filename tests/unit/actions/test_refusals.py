"""What actions refuse before they send, and what they say of a world that is not as expected."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from drd.daemon.catalogue import Actions
from drd.daemon.discovery import actions
from drd.domain.canonical import Json
from drd.domain.errors import DrdError, NotFoundError, OperationFailedError, PermanentError, RefusedError
from drd.domain.ids import ArmId, ItemId
from drd.domain.plan import Mode
from drd.ports.action import Absent, BoundAction, Pending, Present, StepContext, Unclear, Underway
from drd.ports.groups import Group
from drd.ports.machines import Disk, ScriptResult
from drd.ports.networks import RecordSet
from tests.fakes.world import World
from tests.fakes.world_vaults import (
    AWAY,
    FAILED_OVER,
    ITEM,
    NETWORK,
    PROTECTED,
    SOURCE,
    SUB,
    TESTED,
    WorldReplication,
    cloud,
    place,
    step_context,
)

pytestmark = pytest.mark.anyio

CATALOGUE = Actions(actions())
GROUP = ArmId(f"{SUB}/resourceGroups/rg-drill-r1")
ZONE = ArmId(f"{SUB}/resourceGroups/rg-netwerk-neu/providers/Microsoft.Network/dnsZones/voorbeeld.example")
STAGING = f"{SUB}/resourceGroups/rg-recovery-neu/providers/Microsoft.Storage/storageAccounts/stdrdneu"
RESTORE: Mapping[str, Json] = {"item": ITEM, "resource-group": str(GROUP), "staging": STAGING, "point": "newest"}


def setting(
    name: str,
    values: Mapping[str, Json],
    *,
    mode: Mode = Mode.FAILOVER,
    owned: frozenset[ArmId] = frozenset(),
    copies: Mapping[ItemId, ArmId] | None = None,
) -> tuple[World, WorldReplication, BoundAction, StepContext]:
    """Give a world, its vault, an action and what it may know."""
    world = World()
    replication = WorldReplication(world)
    context = step_context(world, cloud(world, replication), mode=mode, owned=owned, copies=copies)
    return world, replication, CATALOGUE.bind(name, values), context


@pytest.mark.parametrize("name", ["vm.start", "vm.deallocate"])
@pytest.mark.parametrize("values", [{"item": ITEM}, {"machine": str(SOURCE)}])
async def test_a_drill_never_touches_the_original(name: str, values: Mapping[str, Json]) -> None:
    """Neither by the item's name nor by the machine's own id."""
    world, _, action, context = setting(name, values, mode=Mode.DRILL)
    place(world, SOURCE)

    with pytest.raises(RefusedError, match="copies"):
        action.targets(context)
    with pytest.raises(RefusedError, match="copies"):
        await action.act(context)
    assert world.sent == []


async def test_in_a_drill_an_item_means_its_copy() -> None:
    """The copy is started, the original is left alone."""
    copy = ArmId(f"{AWAY}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1-test")
    world, _, action, context = setting("vm.start", {"item": ITEM}, mode=Mode.DRILL, copies={ITEM: copy})
    place(world, copy, power="deallocated")

    await action.act(context)

    assert world.sent == [f"POST start {copy}"]


async def test_a_running_machine_counts_as_started() -> None:
    """Nothing is sent for what is already so."""
    world, _, action, context = setting("vm.start", {"item": ITEM})
    place(world, SOURCE)

    assert isinstance(await action.look(context), Present)


async def test_a_machine_that_is_not_there_cannot_be_started() -> None:
    """Its maker has to come first."""
    _, _, action, context = setting("vm.start", {"item": ITEM})

    with pytest.raises(NotFoundError):
        await action.look(context)


@pytest.mark.parametrize(
    "opening", [{"peerings": ("to-home",)}, {"open_subnets": ("snet-servers",)}, {"gateways": ("vpn",)}]
)
async def test_a_test_failover_refuses_a_network_that_is_not_isolated(opening: dict[str, tuple[str, ...]]) -> None:
    """It is read right before sending, not trusted."""
    values: Mapping[str, Json] = {"item": ITEM, "network": str(NETWORK)}
    world, _, action, context = setting("asr.test-failover", values, mode=Mode.DRILL)
    world.networks[NETWORK] = replace(world.networks[NETWORK], **opening)

    with pytest.raises(RefusedError, match="not isolated") as refused:
        await action.act(context)

    assert next(iter(opening.values()))[0] in str(refused.value)
    assert world.sent == []


async def test_a_test_copy_outside_the_isolated_network_is_no_success() -> None:
    """Site Recovery may have settings of its own; where the copy stands is read back."""
    other = f"{SUB}/resourceGroups/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-neu"
    values: Mapping[str, Json] = {"item": ITEM, "network": other}
    world, replication, action, context = setting("asr.test-failover", values, mode=Mode.DRILL)
    replication.state = TESTED
    place(world, ArmId(f"{AWAY}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1-test"))

    with pytest.raises(RefusedError, match="outside"):
        await action.verify(context, {})


async def test_somebody_elses_test_is_not_cleaned_up() -> None:
    """Only the run that recorded the test may end it."""
    world, replication, action, context = setting("asr.test-cleanup", {"item": ITEM}, mode=Mode.DRILL)
    replication.state = TESTED

    with pytest.raises(RefusedError, match="did not start"):
        await action.look(context)
    with pytest.raises(RefusedError, match="did not start"):
        await action.act(context)
    assert (world.sent, action.targets(context)) == ([], ())


async def test_no_test_to_clean_up_is_done() -> None:
    """The cleanup of a drill that failed early has nothing to do."""
    _, _, action, context = setting("asr.test-cleanup", {"item": ITEM}, mode=Mode.DRILL)

    assert isinstance(await action.look(context), Present)
    assert isinstance(await action.verify(context, {}), Present)


async def test_a_failover_that_is_not_allowed_is_refused_with_the_reason() -> None:
    """Site Recovery's own gate, in people's words."""
    _, replication, action, context = setting("asr.failover", {"item": ITEM})
    replication.state = replace(PROTECTED, state="ResynchronizationRequired", allowed=("DisableProtection",))

    with pytest.raises(RefusedError, match="ResynchronizationRequired"):
        await action.look(context)


async def test_an_item_that_somebody_else_works_on_is_unclear() -> None:
    """It is neither sent again nor taken for done."""
    _, replication, action, context = setting("asr.failover", {"item": ITEM})
    replication.state = replace(PROTECTED, allowed=(), scenario="DisableProtection")

    seen = await action.look(context)

    assert isinstance(seen, Unclear)
    assert "DisableProtection" in seen.question


async def test_a_failover_before_the_run_is_adopted_with_the_point_that_its_job_tells() -> None:
    """Nothing is sent; the figures come from the vault."""
    world, replication, action, context = setting("asr.failover", {"item": ITEM})
    await action.act(context)
    await world.clock.sleep(timedelta(hours=1))
    later = replace(context, intended_at=world.clock.now())

    seen = await action.look(later)
    assert isinstance(seen, Underway)
    polled = await action.poll(later, replace(seen.operation, details={}))

    assert isinstance(polled, Present)
    assert polled.outputs["recovery-point"] == "point-2"
    assert polled.outputs["recovery-point-time"] == "2026-11-22T02:54:59.750Z"
    assert replication.state == FAILED_OVER


async def test_a_failover_whose_point_nobody_knows_fails_instead_of_inventing_one() -> None:
    """With a hint what a person can do."""
    world, replication, action, context = setting("asr.failover", {"item": ITEM})
    replication.state = FAILED_OVER

    with pytest.raises(PermanentError, match="no job says") as unknown:
        await action.look(context)
    assert unknown.value.hint

    replication.state, world.told = PROTECTED, False
    acted = await action.act(context)
    assert isinstance(acted, Underway)
    await world.clock.sleep(timedelta(hours=1))
    with pytest.raises(PermanentError, match="nobody says which recovery point"):
        await action.poll(context, replace(acted.operation, details={}))


async def test_an_application_consistent_point_is_chosen_where_it_is_asked_for() -> None:
    """Older, and whole."""
    values: Mapping[str, Json] = {"item": ITEM, "recovery-point": "latest-app-consistent"}
    _, _, action, context = setting("asr.failover", values)

    acted = await action.act(context)

    assert isinstance(acted, Underway)
    assert acted.operation.details["recovery-point"] == "point-1"


async def test_an_item_without_a_usable_point_does_not_fail_over() -> None:
    """Nothing is sent."""
    world, replication, action, context = setting("asr.failover", {"item": ITEM})
    replication.made = [replace(each, usable=False) for each in replication.made]

    with pytest.raises(PermanentError, match="no usable recovery point"):
        await action.act(context)
    assert world.sent == []


async def test_a_restore_refuses_a_group_that_holds_other_disks() -> None:
    """A restore is recognised by its group, so the group must be its own."""
    world, _, action, context = setting("backup.cross-region-restore", RESTORE)
    disk = ArmId(f"{GROUP}/providers/Microsoft.Compute/disks/other")
    world.disks[disk] = Disk(id=disk, location="northeurope")

    with pytest.raises(RefusedError, match="is there already"):
        await action.look(context)


async def test_a_restore_of_an_earlier_attempt_is_adopted_and_a_failed_one_sent_anew() -> None:
    """A drill's retry does not restore twice side by side."""
    world, _, action, context = setting("backup.cross-region-restore", RESTORE)
    await action.act(context)
    await world.clock.sleep(timedelta(minutes=1))
    retry = replace(context, intended_at=world.clock.now(), attempt=2)

    assert isinstance(await action.look(retry), Underway)

    world.jobs[0].fails = True
    await world.clock.sleep(timedelta(minutes=10))
    assert isinstance(await action.look(replace(retry, intended_at=world.clock.now())), Absent)


async def test_a_drill_restores_only_into_groups_of_its_own() -> None:
    """What it makes must be found by its cleanup."""
    world, _, action, context = setting("backup.restore-disks", RESTORE, mode=Mode.DRILL)

    with pytest.raises(RefusedError, match="of its own"):
        await action.act(context)
    assert world.sent == []


@pytest.mark.parametrize("tags", [{}, {"drd-run": "another"}])
@pytest.mark.parametrize("name", ["resource-group.create", "resource-group.delete"])
async def test_a_group_of_somebody_else_is_neither_used_nor_deleted(name: str, tags: dict[str, str]) -> None:
    """The name may be right by chance, or the tag copied: ledger and tag must both say so."""
    values: Mapping[str, Json] = {"prefix": "rg-drill"} if name.endswith("create") else {"id": str(GROUP)}
    world, _, action, context = setting(name, values, mode=Mode.DRILL, owned=frozenset({GROUP}))
    world.groups[GROUP] = Group(id=GROUP, location="northeurope", state="Succeeded", tags=tags)

    with pytest.raises(RefusedError):
        await action.look(context)


async def test_a_group_that_the_ledger_does_not_hold_is_not_deleted_whatever_its_tag() -> None:
    """Nothing is sent."""
    world, _, action, context = setting("resource-group.delete", {"id": str(GROUP)}, mode=Mode.DRILL)
    world.groups[GROUP] = Group(id=GROUP, location="northeurope", state="Succeeded", tags={"drd-run": "r1"})

    with pytest.raises(RefusedError):
        await action.act(context)
    assert world.sent == []


async def test_a_record_that_was_switched_goes_back_to_what_it_held() -> None:
    """Where it is known; after an adoption it is not, and nothing is invented."""
    values: Mapping[str, Json] = {"zone": str(ZONE), "record": "www", "values": "10.2.1.41"}
    world, _, action, context = setting("dns.switch", values)
    old = RecordSet(zone=ZONE, name="www", kind="A", values=("10.1.1.41",), ttl_seconds=300, etag="1")
    world.records[ZONE, "www", "A"] = old

    acted = await action.act(context)
    assert isinstance(acted, Present)
    done = await action.verify(context, acted.outputs)
    assert isinstance(done, Present)

    assert done.outputs == {"previous": ["10.1.1.41"], "values": ["10.2.1.41"], "ttl": 300}
    undo = action.undo(done.outputs)
    assert undo is not None
    assert undo.values["values"] == ["10.1.1.41"]
    assert action.undo({"previous": [], "values": ["10.2.1.41"], "ttl": 300}) is None


@pytest.mark.parametrize(
    "values",
    [
        {"values": []},
        {"values": ""},
        {"values": ["not-an-address"]},
        {"values": ["10.2.1.256"]},
        {"type": "CNAME", "values": ["a.example", "b.example"]},
        {"type": "AAAA", "values": ["::1"]},
        {"values": ["10.2.1.41"], "ttl": 0},
        {"values": ["10.2.1.41"], "ttl": "60"},
        {"values": None},
        {},
    ],
)
def test_a_record_set_that_makes_no_sense_is_a_fault(values: dict[str, Json]) -> None:
    """An empty one would take the service off the net."""
    assert CATALOGUE.faults("dns.switch", {"zone": str(ZONE), "record": "www", **values}) != ()


@pytest.mark.parametrize(
    "result", [ScriptResult(state="Failed", exit_code=1, error="no"), ScriptResult(state="Succeeded", exit_code=3)]
)
async def test_a_script_that_ends_badly_fails_its_step(result: ScriptResult) -> None:
    """Its exit code counts, not that it ran."""
    world, _, action, context = setting("vm.run-command", {"item": ITEM, "script": "hostname"})
    place(world, SOURCE)
    acted = await action.act(context)
    assert isinstance(acted, Underway)
    (key,) = world.scripts
    world.scripts[key] = result

    with pytest.raises(OperationFailedError, match="exit code"):
        await action.poll(context, acted.operation)


async def test_a_machine_whose_making_failed_fails_its_step() -> None:
    """It is not waited for until the deadline."""
    world, replication, action, context = setting("asr.failover", {"item": ITEM})
    replication.state = FAILED_OVER
    machine = ArmId(f"{AWAY}/providers/Microsoft.Compute/virtualMachines/vm-bz-sql-1")
    place(world, machine)
    world.machines[machine] = replace(world.machines[machine], state="Failed")

    with pytest.raises(OperationFailedError):
        await action.verify(context, {})

    world.machines[machine] = replace(world.machines[machine], state="Succeeded", agent_ready=False)
    seen = await action.verify(context, {})
    assert isinstance(seen, Pending)
    assert "not ready" in seen.note


async def test_every_refusal_names_its_target_or_gives_a_hint() -> None:
    """An error that says neither helps nobody at night."""
    _, _, action, context = setting("asr.failover", {"item": "vm-nobody"})

    with pytest.raises(DrdError) as error:
        await action.look(context)
    assert error.value.hint


async def test_a_group_under_an_exact_name_is_made_outside_of_drills_only() -> None:
    """A drill's groups carry the run's name, so that nobody's are taken for them."""
    values = {"prefix": "rg-besluitvorming", "exact": True}
    world, _, action, context = setting("resource-group.create", values)
    done = await action.act(context)
    assert isinstance(done, Present)
    assert str(done.outputs["id"]).endswith("/resourceGroups/rg-besluitvorming")

    with pytest.raises(RefusedError, match="groups of its own"):
        await action.act(replace(context, mode=Mode.DRILL))
    assert len(world.sent) == 1


async def test_the_disks_of_a_machine_that_runs_or_is_gone_are_not_replaced() -> None:
    """Switch it off, or restore it to a new one."""
    values = {"item": ITEM, "staging": STAGING, "point": "newest"}
    world, _, action, context = setting("backup.restore-original", values)
    with pytest.raises(NotFoundError, match="the machine is gone"):
        await action.act(context)
    place(world, SOURCE)
    with pytest.raises(RefusedError, match="only when it is off"):
        await action.act(context)
    assert world.sent == []


async def test_a_replacement_of_before_the_intent_is_in_the_way_only_while_it_runs() -> None:
    """Nothing of the step had left then: a person says whether it is meant. Once it has ended, it says nothing."""
    values = {"item": ITEM, "staging": STAGING, "point": "newest"}
    world, _, action, context = setting("backup.restore-original", values)
    place(world, SOURCE, power="deallocated")
    await action.act(context)
    await world.clock.sleep(timedelta(minutes=1))
    later = replace(context, intended_at=world.clock.now())
    assert isinstance(await action.look(later), Unclear)

    await world.clock.sleep(timedelta(hours=1))
    assert isinstance(await action.look(replace(context, intended_at=world.clock.now())), Absent)
