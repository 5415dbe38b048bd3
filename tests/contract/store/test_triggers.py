"""Identical triggers make one run, on every database, side by side, later, and from another daemon (T19)."""

import asyncio
from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError
from drd.domain.events import Kind
from drd.domain.lifecycle import RunState
from drd.domain.trigger import Trigger
from drd.ports.journal import RunCard, RunFilter
from drd.store.opening import Store
from tests.contract.store.conftest import Site
from tests.contract.store.crew import Crew
from tests.contract.store.sample import NOON, Pen, card, plan

pytestmark = pytest.mark.anyio

AT_ONCE = 100


async def start(
    store: Store, run: str, *, key: str = "", digest: str = "same", service: str = "burgerzaken"
) -> RunCard:
    """Accept a run, as the engine does."""
    of, trigger = plan(service), Trigger(key=key, digest=digest) if key else None
    return await store.journal.accept(card(run, of), of, Pen(run).write(Kind.RUN_ACCEPTED), trigger=trigger)


async def end(store: Store, run: str) -> None:
    """Bring a run to its end."""
    pen = Pen(run)
    pen.write(Kind.RUN_ACCEPTED)
    finish = pen.write(
        Kind.RUN_FINISHED, at=NOON + timedelta(hours=1), payload={"state": "succeeded", "because": "", "figures": {}}
    )
    await store.journal.append([finish], state=RunState.SUCCEEDED)


async def test_a_hundred_identical_triggers_at_once_make_one_run(store: Store) -> None:
    """Everybody gets the same run, whoever came first."""
    runs = [start(store, f"run-{n}", key="k") for n in range(AT_ONCE)]
    given = {card.id for card in await asyncio.gather(*runs)}
    assert len(given) == 1
    assert {card.id for card in await store.journal.runs(RunFilter(newest=1000))} == given


async def test_a_hundred_starts_without_a_key_make_one_run_and_name_it_to_the_others(store: Store) -> None:
    """The lock of the service lets one through; a conflict says whose run it is, what for, and how it stands."""
    runs = [start(store, f"run-{n}") for n in range(AT_ONCE)]
    outcomes = await asyncio.gather(*runs, return_exceptions=True)
    won = [each.id for each in outcomes if isinstance(each, RunCard)]
    lost = [each for each in outcomes if isinstance(each, ConflictError)]
    assert (len(won), len(lost)) == (1, AT_ONCE - 1)
    assert {error.other for error in lost} == set(won)
    assert {error.message for error in lost} == {
        f"run {won[0]} is not over: uid:1000 started it in mode failover, and it is queued"
    }


async def test_the_same_trigger_gives_its_run_when_that_is_over_and_after_a_restart(durable: Site) -> None:
    """Whenever it comes again: nothing new starts, although the service is free."""
    store = await durable.open()
    assert (await start(store, "run-1", key="k")).id == "run-1"
    await end(store, "run-1")
    again = await start(store, "run-2", key="k")
    assert (again.id, again.state) == ("run-1", RunState.SUCCEEDED)
    await store.close()
    store = await durable.open(daemon="another")
    try:
        found = await store.journal.triggered(Trigger(key="k", digest="same"))
        assert found is not None
        assert (found.id, (await start(store, "run-3", key="k")).id) == ("run-1", "run-1")
        assert (await start(store, "run-4", key="other")).id == "run-4"
        assert await store.journal.triggered(Trigger(key="unknown", digest="same")) is None
    finally:
        await store.close()


async def test_a_key_that_comes_with_another_wish_is_refused_and_starts_nothing(store: Store) -> None:
    """A key that is used twice by mistake must not look like a start."""
    await start(store, "run-1", key="k")
    with pytest.raises(ConflictError, match="wished for in another way") as caught:
        await start(store, "run-2", key="k", digest="another", service="databank")
    assert caught.value.other == "run-1"
    with pytest.raises(ConflictError, match="wished for in another way"):
        await store.journal.triggered(Trigger(key="k", digest="another"))
    assert len(await store.journal.runs(RunFilter())) == 1


async def test_a_refused_start_leaves_its_key_free(store: Store) -> None:
    """The same command may be given again once the service is free."""
    await start(store, "run-1")
    with pytest.raises(ConflictError, match="is not over"):
        await start(store, "run-2", key="k")
    await end(store, "run-1")
    assert (await start(store, "run-2", key="k")).id == "run-2"


@pytest.mark.parametrize("key", ["k", ""], ids=["with a key", "without"])
async def test_two_daemons_that_take_identical_starts_at_once_make_one_run(crew: Crew, key: str) -> None:
    """On one database: whoever writes first, the other sees it, however close they are."""
    first, second = (await crew.hire("a")).store, (await crew.hire("b")).store
    for turn in range(5):
        service = f"service-{turn}"
        starts = [
            start(store, f"{name}-{turn}-{n}", key=key and f"{key}-{turn}", service=service)
            for n in range(5)
            for name, store in (("a", first), ("b", second))
        ]
        outcomes = await asyncio.gather(*starts, return_exceptions=True)
        made = {each.id for each in outcomes if isinstance(each, RunCard)}
        assert len(made) == 1
        others = [each for each in outcomes if not isinstance(each, RunCard)]
        assert {each.other for each in others if isinstance(each, ConflictError)} == (set() if key else made)
        assert all(isinstance(each, ConflictError) for each in others)
