"""A run whose journal is damaged ends beside its journal: on every database, whoever holds it."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from drd.domain.abandonment import Abandonment
from drd.domain.errors import NotFoundError, RefusedError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.ports.journal import RunFilter
from drd.store.integrity import faults
from drd.store.opening import Store
from drd.store.tables import EVENTS
from tests.contract.store.crew import LIMIT, Crew, until
from tests.contract.store.sample import NOON, Pen, card, plan

pytestmark = pytest.mark.anyio

RUN = RunId("run-1")
WORD = Abandonment(
    at=NOON + timedelta(hours=1),
    actor="an",
    reason="brand",
    damage="broken at event 2",
    under_way=("s1: was sent: job j",),
)


async def _damaged(store: Store) -> Pen:
    """Begin a run, and tamper with its second event."""
    pen, of = Pen("run-1"), plan()
    await store.journal.accept(card("run-1", of), of, pen.write(Kind.RUN_ACCEPTED))
    await store.journal.append([pen.write(step="s1"), pen.write(Kind.STEP_RECORDED, step="s1")], state=RunState.RUNNING)
    tampered = text("UPDATE events SET actor = 'x', payload = '{' WHERE run = 'run-1' AND sequence = 2")
    await store._desk.change(lambda connection: connection.execute(tampered).rowcount)
    return pen


async def _journal(store: Store) -> list[object]:
    return await store._desk.read(lambda connection: [tuple(row) for row in connection.execute(select(EVENTS))])


async def test_an_abandoned_run_frees_its_service_and_keeps_its_journal(store: Store) -> None:
    """A new run starts, the old one is over and says so, its holder is fenced, and a look inside finds nothing new."""
    pen = await _damaged(store)
    before = await _journal(store)
    late = pen.write(Kind.STEP_DONE, step="s1")

    assert [event.sequence for event in await store.abandoning.readable(RUN)] == [1, 3]
    await store.abandoning.abandon(RUN, WORD)

    stands = await store.journal.run(RUN)
    with pytest.raises(RefusedError, match="claimed again"):
        await store.journal.append([late], state=RunState.RUNNING)
    found = await store._desk.read(lambda connection: list(faults(connection)))
    assert (stands.state, stands.ended_at, stands.abandoned) == (RunState.CANCELLED, WORD.at, WORD)
    assert await _journal(store) == before
    assert found == []
    assert (await store.journal.runs(RunFilter(active=True)), await store.evidence.unrecorded(most=9)) == ((), (RUN,))
    of = plan()
    accepted = await store.journal.accept(card("run-2", of), of, Pen("run-2").write(Kind.RUN_ACCEPTED))
    assert accepted.id == "run-2"


async def test_only_a_run_that_is_there_and_not_over_is_abandoned(store: Store) -> None:
    """Nor is one abandoned twice: the first word stays."""
    await _damaged(store)
    await store.abandoning.abandon(RUN, WORD)

    with pytest.raises(RefusedError, match="over"):
        await store.abandoning.abandon(RUN, WORD)
    with pytest.raises(NotFoundError):
        await store.abandoning.abandon(RunId("run-9"), WORD)
    with pytest.raises(NotFoundError):
        await store.abandoning.readable(RunId("run-9"))


async def test_the_daemon_that_holds_an_abandoned_run_loses_it(crew: Crew) -> None:
    """Another one abandons it: the lease is free at once, and the holder hears of it with its next heartbeat."""
    async with asyncio.timeout(LIMIT):
        holder = await crew.hire("d-1")
        other = await crew.open("d-2", crew.wish(name="d-2"))
        pen = await crew.accept("run-1")
        claim = await holder.claimed("run-1")
        pen.token = claim.token

        await other.abandoning.abandon(RUN, WORD)

        assert not (await other.orders.hold(RUN)).held
        with pytest.raises(RefusedError, match="claimed again"):
            await crew.write(holder.store, "run-1")
        await until(lambda: holder.lost == [RUN] and not holder.holding)
        assert not await holder.store.dispatcher.holds(claim)
        await crew.settle()
        assert len(holder.claims) == 1
