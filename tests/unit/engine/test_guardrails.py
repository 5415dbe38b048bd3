"""What a step may touch, and what the ledger holds about it."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.durations import format_instant
from drd.domain.errors import RefusedError
from drd.domain.events import Kind
from drd.domain.ids import ArmId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, OnFailure, Phase
from drd.ports.action import Present
from tests.fakes.engine_house import House, failure, machine, plan, step

pytestmark = pytest.mark.anyio

GROUPS = "/subscriptions/s/resourceGroups"
DRILL_GROUP = f"{GROUPS}/drill-r-1"
COPY = f"{DRILL_GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1"
ITEM = machine("vm-1")
VAULT = str(ITEM.protection[0].vault)
REPLICATED = f"{VAULT}/replicationFabrics/f/replicationProtectionContainers/c/replicationProtectedItems/VM-1"
BACKED_UP = f"{VAULT}/backupFabrics/Azure/protectionContainers/c/protectedItems/vm;iaasvmcontainerv2;rg-p;vm-1"
ZONE = f"{GROUPS}/rg-dns/providers/Microsoft.Network/dnsZones/voorbeeld.example"


def group(**others: Any) -> Any:
    """Make the drill's resource group."""
    made = [{"id": DRILL_GROUP, "kind": "resource-group"}]
    return step("group", values={"creates": made, "outputs": {"id": DRILL_GROUP}}, **others)


def stop(name: str, values: dict[str, Any], uses: str = "put", **others: Any) -> Any:
    """Make a step whose failure ends the run."""
    return step(name, uses, values, on_failure=OnFailure.STOP, **others)


@pytest.mark.parametrize(
    "target",
    [
        str(ITEM.resource).upper().replace("/SUBSCRIPTIONS", "/subscriptions"),
        REPLICATED,
        BACKED_UP,
        ZONE,
        f"{ZONE}/A/www",
    ],
)
async def test_a_failover_may_touch_what_its_plan_holds(target: str) -> None:
    """Items, their entries in vaults, ids that stand in the plan, and what lies in those."""
    house = House()
    card = await house.run(plan(stop("a", {"targets": [target], "zones": [{"zone": ZONE}]}), items=(ITEM,)))

    assert card.state is RunState.SUCCEEDED
    assert house.events(Kind.STEP_INTENT)[0].payload["targets"] == [target]


@pytest.mark.parametrize(
    "target",
    [
        f"{GROUPS}/rg-p/providers/Microsoft.Compute/virtualMachines/vm-10",
        REPLICATED.replace("VM-1", "vm-10"),
        f"{VAULT}/replicationPolicies/p",
        f"{GROUPS}/rg-dns/providers/Microsoft.Network/dnsZones/other.example",
        f"{GROUPS}/rg-named/providers/Microsoft.Compute/disks/d",
    ],
)
async def test_a_failover_touches_nothing_else(target: str) -> None:
    """Refused before anything is sent; a resource group that is named opens nothing that lies in it."""
    house = House()
    values = {"targets": "${{ steps.first.targets }}", "group": f"{GROUPS}/rg-named", "zone": ZONE}
    house.world.script("first", "verify", Present(outputs={"targets": [target]}))
    await house.run(plan(step("first"), stop("a", values, needs=("first",)), items=(ITEM,)))

    assert failure(house.events(Kind.STEP_FAILED)[0])["code"] == "outside-plan"
    assert house.world.names_sent() == ["first"]


async def test_a_run_may_touch_what_it_made() -> None:
    """Also what lies in a resource group of its own."""
    house = House()
    disk = f"{DRILL_GROUP}/providers/Microsoft.Compute/disks/d"
    first = step("first", values={"outputs": {"targets": [disk, DRILL_GROUP]}})
    card = await house.run(
        plan(group(), first, stop("a", {"targets": "${{ steps.first.targets }}"}, needs=("group", "first")))
    )
    assert card.state is RunState.SUCCEEDED


async def test_a_verb_in_a_mode_that_is_not_its_own_is_refused() -> None:
    """Also when the plan was made by hand."""
    house = House()
    await house.run(plan(stop("a", {}, "drill.only")))

    assert failure(house.events(Kind.STEP_FAILED)[0])["code"] == "mode-refused"
    assert house.world.looks == []


@pytest.mark.parametrize(
    "values",
    [
        {"targets": [str(ITEM.resource)]},
        {"targets": [ZONE]},
        {"targets": [f"{GROUPS}/rg-p"]},
        {"creates": [{"id": str(ITEM.resource)}]},
    ],
)
async def test_a_drill_touches_only_what_it_made(values: dict[str, Any]) -> None:
    """Production, even the plan's own items and ids, is refused before sending."""
    house = House()
    await house.run(plan(group(), stop("a", values, needs=("group",)), items=(ITEM,), mode=Mode.DRILL))

    assert failure(house.events(Kind.STEP_FAILED)[0])["code"] == "outside-drill"
    assert house.world.names_sent() == ["group"]


async def test_a_drill_may_take_a_protected_item_as_the_source_of_what_it_makes() -> None:
    """A test failover names production, makes a copy, and may clean it up."""
    house = House()
    made = [{"id": REPLICATED, "kind": "test-failover", "item": "vm-1"}]
    card = await house.run(
        plan(
            stop("test", {"creates": made, "targets": [str(ITEM.resource)]}, item=ITEM.id),
            stop("clean", {"targets": [str(ITEM.resource)]}, "asr.test-cleanup", phase=Phase.ALWAYS),
            items=(ITEM,),
            mode=Mode.DRILL,
        )
    )
    assert card.state is RunState.SUCCEEDED
    assert house.finished()["leftovers"] == []


async def test_a_drill_may_restore_into_its_own_group() -> None:
    """A resource in the group that the drill made, also when one step makes both."""
    house = House()
    both = [{"id": DRILL_GROUP, "kind": "resource-group"}, {"id": COPY, "item": "vm-1"}]
    await house.run(
        plan(
            stop("a", {"creates": both, "targets": [COPY]}),
            stop("b", {"targets": [COPY]}, needs=("a",)),
            stop("gone", {"id": DRILL_GROUP}, "resource-group.delete", phase=Phase.ALWAYS),
            items=(ITEM,),
            mode=Mode.DRILL,
        )
    )
    assert house.finished()["state"] == "succeeded"
    copies = house.world.contexts[1].copies
    assert {item: str(copy) for item, copy in copies.items()} == {"vm-1": COPY}


async def test_what_a_drill_makes_is_in_the_ledger_before_it_is_sent() -> None:
    """With its expiry, and the tags that say the same."""
    house = House()
    seen: list[tuple[str, bool]] = []
    house.world.on_act = lambda _: seen.extend((entry.kind, entry.keep) for entry in house.ledger.entries)
    await house.run(plan(group(), mode=Mode.DRILL))
    entry = house.ledger.entries[0]
    context = house.world.acted[0]

    assert seen == [("resource-group", False)]
    assert entry.expires_at == house.events()[0].at + timedelta(hours=4)
    assert context.tags["drd-expires"] == format_instant(entry.expires_at)
    assert ArmId(DRILL_GROUP) in context.owned


async def test_what_a_failover_makes_is_kept() -> None:
    """It is production from then on."""
    house = House()
    await house.run(plan(group()))

    assert house.ledger.entries[0].keep is True
    assert house.ledger.entries[0].expires_at is None
    assert "leftovers" not in house.finished()


async def test_a_drill_that_leaves_something_behind_failed() -> None:
    """Whatever its checks said, and it is named."""
    house = House()
    card = await house.run(plan(group(), mode=Mode.DRILL))

    assert card.state is RunState.FAILED
    assert house.finished()["because"] == "leftovers"
    assert house.finished()["leftovers"] == [DRILL_GROUP]


async def test_a_group_that_was_read_back_as_gone_takes_what_lay_in_it_along() -> None:
    """The ledger lets go of all of it."""
    house = House()
    await house.run(
        plan(
            group(),
            step("vm", values={"creates": [{"id": COPY}]}, needs=("group",)),
            step("gone", "resource-group.delete", {"id": "${{ steps.group.id }}"}, needs=(), phase=Phase.ALWAYS),
            mode=Mode.DRILL,
        )
    )
    assert house.finished()["state"] == "succeeded"
    assert all(entry.removed_at for entry in house.ledger.entries)


async def test_cleanup_can_name_what_a_failed_step_was_making() -> None:
    """Its id comes from the ledger, as the step gave no outputs."""
    house = House()
    house.world.script("group", "verify", *[RuntimeError("odd")])
    await house.run(
        plan(
            group(on_failure=OnFailure.STOP),
            step("gone", "resource-group.delete", {"id": "${{ steps.group.id }}"}, phase=Phase.ALWAYS),
            mode=Mode.DRILL,
        )
    )
    assert house.finished()["leftovers"] == []
    assert house.finished()["because"] == "failed: group"


async def test_a_ledger_that_cannot_be_written_holds_the_step() -> None:
    """Nothing is made that is not recorded."""
    house = House()
    house.ledger.failures = 3
    card = await house.run(plan(group()))

    assert card.state is RunState.SUCCEEDED
    intent, done = house.events(Kind.STEP_INTENT)[0], house.events(Kind.STEP_DONE)[0]
    assert done.at - intent.at == timedelta(seconds=3)


async def test_what_others_made_is_never_entered_as_the_drill_s_own() -> None:
    """A look that finds somebody else's open test refuses; cleanup must not have it in the ledger and remove it."""
    house = House()
    house.world.script("group", "look", RefusedError("another test stands", target="group"))
    await house.run(plan(group(on_failure=OnFailure.STOP), mode=Mode.DRILL))

    assert house.ledger.entries == []
    assert house.finished()["leftovers"] == []


async def test_after_a_restart_the_ledger_is_read_again() -> None:
    """What the first process made is still the run's own."""
    house = House()
    async with house.serving():
        card = await house.start(
            plan(
                group(),
                step("wait", values={"lasts": 60}, needs=("group",)),
                stop("a", {"targets": "${{ steps.first.targets }}"}, needs=("wait", "first")),
                step("first", values={"outputs": {"targets": [COPY]}}),
            )
        )
        await house.until(Kind.STEP_RECORDED)
        await house.kill()
    async with house.serving():
        assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
