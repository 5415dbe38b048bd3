"""Claims where nothing polls: in virtual time a dispatcher looks only when something can have changed."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog.testing

from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.errors import JournalUnavailableError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.ports.dispatcher import Claim, DispatcherEars
from drd.store.opening import DaemonWish, open_store
from drd.store.terms import LeaseTerms
from tests.contract.store.sample import Pen, card, plan

_LONGER_THAN_A_LEASE = 90.0
_SOON = 10.0
_A_MOMENT = 0.001


def test_a_run_is_claimed_again_after_its_lease_ended_while_the_database_was_away() -> None:
    """Nobody rings when the database is back: it is asked until it answers."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        tokens = runner.run(_away())

    assert tokens == [1, 2]


async def _away() -> list[int]:
    store = await open_store("sqlite://", daemon="a", threads=False, wish=DaemonWish(terms=LeaseTerms()))
    claims: list[Claim] = []
    lost = asyncio.Event()

    async def move(claim: Claim) -> None:
        claims.append(claim)
        lost.clear()
        await lost.wait()

    ears = DispatcherEars(lost=lambda _run: lost.set(), give_back=lambda _run: lost.set(), heads=lambda _heads: ())
    first = Pen("one").write(Kind.RUN_ACCEPTED)
    await store.journal.accept(card("one", plan()), plan(), first)
    serving = asyncio.ensure_future(store.dispatcher.serve(move, ears))
    await asyncio.sleep(1)
    desk = store._desk
    for name in ("change", "read"):
        setattr(desk, name, _unavailable)
    await asyncio.sleep(_LONGER_THAN_A_LEASE)
    for name in ("change", "read"):
        delattr(desk, name)
    await asyncio.sleep(_SOON)
    await store.dispatcher.drain()
    lost.set()
    await serving
    await store.close()
    return [claim.token for claim in claims]


def test_a_claim_that_came_to_its_end_late_gives_back_nothing_that_was_claimed_anew() -> None:
    """A daemon that slept longer than its lease lasts may claim a run again before it has given back the old claim."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        held, tokens = runner.run(_claimed_anew())

    assert tokens == [1, 2]
    assert held == {"one"}


async def _claimed_anew() -> tuple[set[str], list[int]]:
    store = await open_store("sqlite://", daemon="a", threads=False, wish=DaemonWish(terms=LeaseTerms()))
    claims: list[Claim] = []
    ends = [asyncio.Event(), asyncio.Event()]

    async def move(claim: Claim) -> None:
        claims.append(claim)
        await ends[len(claims) - 1].wait()

    await store.journal.accept(card("one", plan()), plan(), Pen("one").write(Kind.RUN_ACCEPTED))
    serving = asyncio.ensure_future(store.dispatcher.serve(move))
    await asyncio.sleep(1)
    desk: Any = store._desk
    desk.change = _unavailable
    await asyncio.sleep(_LONGER_THAN_A_LEASE)
    del desk.change

    async def read(look: Callable[..., Any]) -> Any:
        # The first move returns when what was left had been given back, and the run is not claimed yet.
        ends[0].set()
        await asyncio.sleep(_A_MOMENT)
        return await type(desk).read(desk, look)

    desk.read = read
    await store.dispatcher.submit(RunId("one"))
    await asyncio.sleep(_SOON)
    del desk.read
    seen = await desk.read(store.dispatcher._leases.look)
    ends[1].set()
    await store.dispatcher.drain()
    await serving
    await store.close()
    return set(seen.heads), [claim.token for claim in claims]


async def _unavailable(*_arguments: object) -> None:
    raise JournalUnavailableError("the server is away")
