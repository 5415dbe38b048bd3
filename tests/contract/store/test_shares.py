"""Who gets which runs: the most urgent first, within the limits, and no daemon more than its share."""

import asyncio
from dataclasses import replace

import pytest

from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.store.terms import Limits
from tests.contract.store.by_hand import edit_daemon, edit_run, run_row
from tests.contract.store.crew import PATIENT, TERMS, Crew, until

pytestmark = pytest.mark.anyio
ONE_EACH = Limits(per_tenant=1)


async def test_runs_are_shared_between_daemons_that_are_alive(crew: Crew) -> None:
    """Twelve runs that wait go four ways to three daemons."""
    root = await crew.open("root", crew.wish())
    for number in range(12):
        await crew.accept(f"r{number:02}")
    await root.daemons.leave()
    hands = [await crew.hire(name, terms=PATIENT, serve=False) for name in "abc"]
    for hand in hands:
        hand.serve()
    await until(lambda: sum(len(hand.claims) for hand in hands) == 12)

    assert [len(hand.claims) for hand in hands] == [4, 4, 4]


async def test_a_full_daemon_leaves_the_rest_to_the_others(crew: Crew) -> None:
    """And what is more than all of them take stays queued."""
    a = await crew.hire("a", limits=Limits(runs=1))
    b = await crew.hire("b", limits=Limits(runs=3))
    for number in range(6):
        await crew.accept(f"r{number}")
    await until(lambda: len(a.claims) + len(b.claims) == 4)
    await crew.settle()
    assert (len(a.holding), len(b.holding)) == (1, 3)

    for run in list(b.holding)[:2]:
        await crew.finish(b, run)
    await until(lambda: len(b.claims) == 5)

    assert (len(a.holding), len(b.holding)) == (1, 3)


async def test_what_the_others_leave_is_taken_in_the_end(crew: Crew) -> None:
    """A daemon whose heart beats and which claims nothing starves nobody."""
    a = await crew.hire("a")
    await crew.open("deaf", crew.wish(terms=PATIENT))
    for number in range(4):
        await crew.accept(f"r{number}")

    await until(lambda: len(a.claims) == 4)


async def test_the_most_urgent_runs_come_first(crew: Crew) -> None:
    """By priority, then by age; what found no place is told as waiting."""
    root = await crew.open("root", crew.wish())
    for run, priority in (("r3", 20), ("r1", 10), ("r4", 20), ("r2", 10)):
        await crew.accept(run, priority=priority)
    await root.daemons.leave()

    a = await crew.hire("a", limits=Limits(runs=3))
    await until(lambda: len(a.claims) == 3)

    assert [claim.run for claim in a.claims] == ["r1", "r2", "r3"]
    assert a.store.queues["runs"] == 1


async def test_a_tenant_has_so_many_runs_at_a_time_over_all_daemons(crew: Crew) -> None:
    """The others of the tenant stay queued; another tenant's are not held up."""
    a, b = await crew.hire("a", limits=ONE_EACH), await crew.hire("b", limits=ONE_EACH)
    for run, tenant in (("r1", "oost"), ("r2", "oost"), ("r3", "west"), ("r4", "west")):
        await crew.accept(run, tenant=tenant)
    await until(lambda: len(a.claims) + len(b.claims) == 2)
    await crew.settle()
    held = a.holding | b.holding
    assert {run in {"r1", "r2"} for run in held} == {True, False}
    waiting = next(run for run in ("r1", "r2") if run not in held)
    assert (await run_row(a.store, waiting))["state"] == RunState.QUEUED.value

    going = next(iter({"r1", "r2"} - {waiting}))
    await crew.finish(a if going in a.holding else b, going)

    await until(lambda: waiting in a.holding | b.holding)


async def test_a_child_run_never_waits_for_the_place_of_its_parent(crew: Crew) -> None:
    """A tenant and a daemon that take one run at a time still end a parent and its child."""
    a = await crew.hire("a", limits=Limits(runs=1, per_tenant=1))
    await crew.accept("parent")
    await a.claimed("parent")
    await crew.accept("child", parent="parent")
    await crew.accept("other")

    await a.claimed("child")
    await crew.settle()

    assert a.holding == {"parent", "child"}


async def test_a_run_that_is_awaited_waits_for_no_place(crew: Crew) -> None:
    """A person started it; a parent took it for its child."""
    a = await crew.hire("a", limits=ONE_EACH)
    await crew.accept("parent")
    await a.claimed("parent")
    await crew.accept("adopted")
    await crew.settle()
    assert a.holding == {"parent"}

    await a.store.dispatcher.submit(RunId("adopted"), awaited=True)

    await a.claimed("adopted")


async def test_a_run_that_waits_for_a_person_keeps_no_place(crew: Crew) -> None:
    """Another run of the tenant goes on meanwhile."""
    a = await crew.hire("a", limits=ONE_EACH)
    await crew.accept("one")
    await a.claimed("one")
    await crew.accept("two")
    await crew.settle()
    assert a.holding == {"one"}

    await edit_run(a.store, "one", state=RunState.WAITING.value)

    await a.claimed("two")


async def test_a_daemon_that_died_takes_no_share(crew: Crew) -> None:
    """Its heartbeat is too old, or its row was written by hand."""
    a = await crew.hire("a")
    ghost = await crew.open("ghost", crew.wish(terms=replace(TERMS, length=PATIENT.length)))
    await edit_daemon(ghost, "ghost", until_seconds=9e18)
    for number in range(4):
        await crew.accept(f"r{number}")

    async with asyncio.timeout(20):
        await until(lambda: len(a.claims) == 4)
