"""What every store keeps of drills that are over, on every database."""

from datetime import timedelta

import pytest

from drd.domain.abandonment import Abandonment
from drd.domain.drill_verdict import DrillVerdict, Judgement, Listing
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.ports.journal import RunFilter
from drd.store.opening import Store
from tests.contract.store.sample import NOON, Pen, card, plan

pytestmark = pytest.mark.anyio
EMPTY = Listing(at=NOON)
FOUND = Listing(at=NOON + timedelta(minutes=5), found=("rg-1", "vm-2"), impossible="no right")


async def begun(store: Store, run: str, mode: Mode) -> Pen:
    """Accept a run."""
    of, pen = plan(mode=mode, service=f"s-{run}"), Pen(run)
    await store.journal.accept(card(run, of), of, pen.write(Kind.RUN_ACCEPTED))
    return pen


async def over(store: Store, run: str, mode: Mode = Mode.DRILL) -> None:
    """Let a run end."""
    pen = await begun(store, run, mode)
    ended = pen.write(Kind.RUN_FINISHED, payload={"state": "succeeded"})
    await store.journal.append([ended], state=RunState.SUCCEEDED)


async def test_a_drill_waits_for_its_verdict_from_its_end_on(store: Store) -> None:
    """One that goes on does not, nor any other run; one that was abandoned does."""
    await over(store, "a")
    await over(store, "b", Mode.FAILOVER)
    await begun(store, "c", Mode.DRILL)
    await begun(store, "d", Mode.DRILL)
    word = Abandonment(at=NOON, actor="anna", reason="so", damage="event 2", under_way=())
    await store.abandoning.abandon(RunId("d"), word)

    waiting = await store.drills.unconfirmed(most=10)

    assert {each.id: each.verdict for each in waiting} == dict.fromkeys(("a", "d"), DrillVerdict.UNCONFIRMED)
    verdicts = {str(each.id): each.verdict for each in await store.journal.runs(RunFilter())}
    assert (verdicts["b"], verdicts["c"]) == (None, None)
    assert len(await store.drills.unconfirmed(most=1)) == 1


async def test_listings_are_kept_in_order_each_place_once(store: Store) -> None:
    """Two daemons that look at once do not count as two looks."""
    run = RunId("a")
    kept = [await store.drills.note(run, EMPTY, number=1), await store.drills.note(run, FOUND, number=1)]
    kept.append(await store.drills.note(run, FOUND, number=2))

    assert kept == [True, False, True]
    assert await store.drills.listings(run) == (EMPTY, FOUND)
    assert await store.drills.listings(RunId("b")) == ()


async def test_a_verdict_never_changes(store: Store) -> None:
    """The first one stays; a run that is no drill, or not over, gets none."""
    await over(store, "a")
    await over(store, "b", Mode.FAILOVER)
    await begun(store, "c", Mode.DRILL)
    first, second = (
        Judgement(verdict=DrillVerdict.LEFTOVER, because="rg-1"),
        Judgement(verdict=DrillVerdict.PASSED, because="all good"),
    )
    told = [
        await store.drills.settle(RunId(run), each)
        for run, each in (("a", first), ("a", second), ("b", first), ("c", first))
    ]

    assert told == [True, False, False, False]
    assert await store.drills.judgement(RunId("a")) == first
    assert [await store.drills.judgement(RunId(run)) for run in ("b", "c", "no")] == [None, None, None]
    assert await store.drills.unconfirmed(most=10) == ()
    assert (await store.journal.run(RunId("a"))).verdict is DrillVerdict.LEFTOVER


async def test_nobody_records_or_asks_a_drill_without_a_verdict(store: Store) -> None:
    """Neither evidence nor verifications: what it proved is told when it is known what it was worth."""
    await over(store, "a")
    before = (await store.evidence.unrecorded(most=9), await store.verifications.untold(most=9))
    await store.drills.settle(RunId("a"), Judgement(verdict=DrillVerdict.INCONCLUSIVE, because="no right"))

    assert before == ((), ())
    assert await store.evidence.unrecorded(most=9) == await store.verifications.untold(most=9) == ("a",)
