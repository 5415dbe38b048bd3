"""What every journal keeps, on every database."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from drd.domain.canonical import Json
from drd.domain.errors import ConflictError, InvalidError, NotFoundError, PermanentError, RefusedError
from drd.domain.events import Kind, first_broken
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.ports.dispatcher import Claim
from drd.ports.journal import Journal, RunFilter
from drd.store.opening import Store
from tests.contract.store.conftest import Site
from tests.contract.store.sample import NOON, Pen, card, plan

pytestmark = pytest.mark.anyio


async def accepted(store: Store, run: str = "run-1", service: str = "burgerzaken", *, at: datetime = NOON) -> Pen:
    """Accept a run and give the pen that writes on."""
    journal: Journal = store.journal
    of, pen = plan(service), Pen(run)
    await journal.accept(card(run, of, at=at), of, pen.write(Kind.RUN_ACCEPTED, at=at))
    return pen


async def test_a_run_is_there_with_its_plan_its_lock_and_its_first_event(store: Store) -> None:
    """All of it was written at once."""
    pen = await accepted(store)

    assert await store.journal.run(RunId("run-1")) == card("run-1", plan())
    assert await store.journal.plan(plan().hash()) == plan()
    assert await store.journal.holder(plan().lock()) == card("run-1", plan())
    assert [event.hash for event in await store.journal.events(RunId("run-1"))] == [pen.previous]


async def test_events_are_read_back_exactly(store: Store) -> None:
    """Every column, every kind of text, and the hash chain over it."""
    pen = await accepted(store)
    payload: dict[str, Json] = {"n": 2**53 - 1, "t": 'é " \\ \u0000 \U0001f600', "l": [None, True, {"b": {}}], "": ""}
    written = (
        pen.write(Kind.STEP_INTENT, step="s1", payload=payload, reason="éé\n", at=NOON + timedelta(microseconds=999)),
        pen.write(Kind.STEP_DONE, step="s1", payload={"outputs": {}}, at=datetime(2026, 1, 1, tzinfo=UTC)),
    )
    await store.journal.append(written, state=RunState.RUNNING)

    events = await store.journal.events(RunId("run-1"))

    assert events[1:] == written
    assert first_broken(events) is None
    assert await store.journal.events(RunId("run-1"), after=2) == written[1:]
    assert await store.journal.events(RunId("run-1"), after=3) == ()


async def test_a_second_run_on_a_lock_is_refused_with_the_first_ones_id(store: Store) -> None:
    """And leaves nothing behind."""
    await accepted(store)

    with pytest.raises(ConflictError) as refused:
        await accepted(store, "run-2")

    assert refused.value.other == "run-1"
    with pytest.raises(NotFoundError):
        await store.journal.run(RunId("run-2"))


async def test_a_run_is_accepted_once(store: Store) -> None:
    """An id that exists is refused, whatever else is new."""
    await accepted(store)

    with pytest.raises(ConflictError) as refused:
        await accepted(store, "run-1", "sociaal-huis")

    assert refused.value.other == "run-1"


async def test_a_plan_that_is_not_the_named_one_is_refused(store: Store) -> None:
    """The hash that people approved is the hash that runs."""
    with pytest.raises(PermanentError, match="not the one that was named"):
        await store.journal.accept(card("run-1", plan()), plan(steps=9), Pen("run-1").write(Kind.RUN_ACCEPTED))


async def test_the_end_frees_the_lock(store: Store) -> None:
    """The card tells state and end, and another run may begin; its plan is stored once."""
    pen = await accepted(store)
    await store.journal.append([pen.write(Kind.RUN_FINISHED, payload={"state": "failed"})], state=RunState.FAILED)

    ended = await store.journal.run(RunId("run-1"))

    assert (ended.state, ended.ended_at) == (RunState.FAILED, NOON)
    assert await store.journal.holder(plan().lock()) is None
    await accepted(store, "run-2")
    with pytest.raises(RefusedError, match="over"):
        await store.journal.append([pen.write()], state=RunState.RUNNING)


async def test_the_state_follows_each_append(store: Store) -> None:
    """Lists of runs need no fold."""
    pen = await accepted(store)
    await store.journal.append([pen.write()], state=RunState.PAUSED)

    assert (await store.journal.run(RunId("run-1"))).state is RunState.PAUSED


async def test_a_taken_sequence_number_fails_alone(store: Store) -> None:
    """Appends that wait beside it are written."""
    pen, other = await accepted(store), await accepted(store, "run-2", "sociaal-huis")
    liar = Pen("run-1")
    liar.write(Kind.RUN_ACCEPTED)
    event, false = pen.write(step="s1"), liar.write(step="s2")

    outcomes = await asyncio.gather(
        store.journal.append([event], state=RunState.RUNNING),
        store.journal.append([false], state=RunState.RUNNING),
        store.journal.append([other.write(step="s1")], state=RunState.RUNNING),
        store.journal.append([pen.write(step="s3")], state=RunState.RUNNING),
        return_exceptions=True,
    )

    assert [type(outcome) for outcome in outcomes] == [type(None), ConflictError, type(None), type(None)]
    assert [event.step for event in await store.journal.events(RunId("run-1"))] == [None, "s1", "s3"]


async def test_a_gap_and_a_wrong_link_are_refused(store: Store) -> None:
    """What is in the journal is a chain, always."""
    pen = await accepted(store)
    early, late = pen.write(), pen.write()
    stranger = Pen("run-1")
    stranger.sequence = 1

    for wrong in ([late], [stranger.write()], [early, pen.write()]):
        with pytest.raises(ConflictError):
            await store.journal.append(wrong, state=RunState.RUNNING)

    assert len(await store.journal.events(RunId("run-1"))) == 1


async def test_the_same_events_again_are_no_conflict(store: Store) -> None:
    """An answer that was lost after the commit may be asked for again; nothing is written twice."""
    pen = await accepted(store)
    events = pen.many(3)
    await store.journal.append(events, state=RunState.RUNNING)

    await store.journal.append(events, state=RunState.RUNNING)

    assert (await store.journal.events(RunId("run-1")))[1:] == tuple(events)


async def test_an_old_token_is_refused(store: Store) -> None:
    """A daemon that lost the run can no longer write to it; the one that holds it can."""
    pen = await accepted(store)
    claims: list[int] = []

    async def move(claim: Claim) -> None:
        claims.append(claim.token)
        await store.dispatcher.drain()

    await store.dispatcher.serve(move)
    event = pen.write()
    with pytest.raises(RefusedError):
        await store.journal.append([event], state=RunState.RUNNING)
    holder = Pen("run-1", token=claims[0])
    holder.sequence, holder.previous = 1, event.previous

    await store.journal.append([holder.write()], state=RunState.RUNNING)

    assert [event.token for event in await store.journal.events(RunId("run-1"))] == [0, 1]


async def test_appends_of_one_run_keep_their_order(store: Store) -> None:
    """Hundreds that wait together are written as they were asked for."""
    pens = [await accepted(store, f"run-{n}", f"dienst-{n}") for n in range(4)]
    waiting = [
        store.journal.append([pen.write(step=f"s{n}")], state=RunState.RUNNING) for n in range(100) for pen in pens
    ]

    await asyncio.gather(*waiting)

    for pen in pens:
        events = await store.journal.events(pen.run)
        assert first_broken(events) is None
        assert len(events) == 101


async def test_an_unknown_run_is_said_so(store: Store) -> None:
    """For reading and for writing."""
    with pytest.raises(NotFoundError):
        await store.journal.events(RunId("nobody"))
    with pytest.raises(NotFoundError):
        await store.journal.append([Pen("nobody").write()], state=RunState.RUNNING)
    with pytest.raises(NotFoundError):
        await store.journal.plan("0" * 64)


async def test_a_beginning_of_an_id_is_enough_when_it_is_one_runs(store: Store) -> None:
    """People type the first letters."""
    await accepted(store, "abc-1")
    await accepted(store, "abd-1", "sociaal-huis")
    await accepted(store, "abc-1-child", "financien")

    assert (await store.journal.run(RunId("abd"))).id == "abd-1"
    assert (await store.journal.run(RunId("abc-1"))).id == "abc-1"
    with pytest.raises(InvalidError) as several:
        await store.journal.run(RunId("ab"))
    assert several.value.faults == ("abc-1", "abc-1-child", "abd-1")
    for none in ("", "ABC", "a%", "a_d"):
        with pytest.raises((InvalidError, NotFoundError)):
            await store.journal.run(RunId(none))


async def test_runs_are_listed_newest_first_and_filtered(store: Store) -> None:
    """By tenant, service, state, and whether they are over."""
    pens = [
        await accepted(store, f"run-{n}", f"dienst-{n}", at=NOON + timedelta(milliseconds=n * 500)) for n in range(4)
    ]
    await store.journal.append([pens[1].write(Kind.RUN_FINISHED)], state=RunState.CANCELLED)

    async def listed(wanted: RunFilter) -> list[str]:
        return [each.id for each in await store.journal.runs(wanted)]

    assert await listed(RunFilter()) == ["run-3", "run-2", "run-1", "run-0"]
    assert await listed(RunFilter(newest=2)) == ["run-3", "run-2"]
    assert await listed(RunFilter(active=True)) == ["run-3", "run-2", "run-0"]
    assert await listed(RunFilter(active=False)) == ["run-1"]
    assert await listed(RunFilter(states=(RunState.CANCELLED, RunState.FAILED))) == ["run-1"]
    assert await listed(RunFilter(service=plan("dienst-2").service)) == ["run-2"]
    assert await listed(RunFilter(tenant=plan().tenant, parent=RunId("run-0"))) == []


async def test_everything_is_there_after_closing(durable: Site) -> None:
    """Durable means that the next daemon reads it."""
    store = await durable.open()
    pen = await accepted(store)
    await store.journal.append(pen.many(50), state=RunState.RUNNING)
    await store.close()

    again = await durable.open()
    events = await again.journal.events(RunId("run-1"))
    await again.close()

    assert len(events) == 51
    assert first_broken(events) is None


async def test_thirty_thousand_events_are_read_in_a_moment(store: Store) -> None:
    """A resumed run of 10,000 steps must not wait for its own past."""
    pen = await accepted(store)
    await store.journal.append(pen.many(30_000), state=RunState.RUNNING)

    began = time.process_time()
    events = await store.journal.events(RunId("run-1"))

    assert len(events) == 30_001
    assert time.process_time() - began < 5
