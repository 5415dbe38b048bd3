"""What every dispatcher keeps, on every database."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from drd.domain.errors import PermanentError
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.ports.dispatcher import Claim, Dispatcher
from drd.store.opening import Store
from tests.contract.store.conftest import Site
from tests.contract.store.crew import Hand, until
from tests.contract.store.sample import Pen, card, plan

pytestmark = pytest.mark.anyio
SHORT = timedelta(milliseconds=5)


async def accept(store: Store, run: str, *, priority: int = 100) -> Pen:
    """Accept a run on a service of its own."""
    of, pen = plan(f"dienst-{run}"), Pen(run)
    await store.journal.accept(card(run, of, priority=priority), of, pen.write(Kind.RUN_ACCEPTED))
    return pen


def collecting(dispatcher: Dispatcher, count: int) -> tuple[list[Claim], Callable[[Claim], Awaitable[None]]]:
    """Give a move that notes its claims and drains after so many; it holds its run until then."""
    claims: list[Claim] = []
    enough = asyncio.Event()

    async def move(claim: Claim) -> None:
        claims.append(claim)
        if len(claims) == count:
            await dispatcher.drain()
            enough.set()
        await enough.wait()

    return claims, move


async def test_every_run_that_is_not_final_is_claimed_at_start(store: Store) -> None:
    """Most urgent first; a run that is over is left alone."""
    over = await accept(store, "over")
    await store.journal.append([over.write(Kind.RUN_FINISHED)], state=RunState.SUCCEEDED)
    await accept(store, "later", priority=50)
    await accept(store, "first", priority=10)
    claims, move = collecting(store.dispatcher, 2)

    await store.dispatcher.serve(move)

    assert [(claim.run, claim.token, claim.resumed) for claim in claims] == [("first", 1, False), ("later", 1, False)]
    assert claims[0].daemon == "test"


async def test_a_submitted_run_is_moved_at_once_and_once(site: Site) -> None:
    """Also when it is submitted twice, and without polling."""
    store = await site.open(poll=timedelta(hours=1))
    claims, move = collecting(store.dispatcher, 2)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(store.dispatcher.serve(move))
        await asyncio.sleep(0)
        await accept(store, "one")
        await store.dispatcher.submit(RunId("one"))
        await store.dispatcher.submit(RunId("one"))
        await accept(store, "two")
        await store.dispatcher.submit(RunId("two"))
    await store.close()

    assert [claim.run for claim in claims] == ["one", "two"]


async def test_each_claim_raises_the_token(durable: Site) -> None:
    """A run that a daemon left behind is claimed again, and its old token is worth nothing."""
    tokens: list[tuple[int, bool]] = []
    for _ in range(3):
        store = await durable.open()
        if not tokens:
            await accept(store, "one")
        claims, move = collecting(store.dispatcher, 1)
        await store.dispatcher.serve(move)
        await store.close()
        tokens.append((claims[0].token, claims[0].resumed))

    assert tokens == [(1, False), (2, True), (3, True)]


async def test_a_claim_holds_while_its_move_lasts(store: Store) -> None:
    """And an older one never."""
    await accept(store, "one")
    seen: list[bool] = []
    held: list[Claim] = []

    async def move(claim: Claim) -> None:
        old = Claim(run=claim.run, token=claim.token - 1, daemon=claim.daemon, resumed=False)
        seen.extend([await store.dispatcher.holds(claim), await store.dispatcher.holds(old)])
        held.append(claim)
        await store.dispatcher.drain()

    await store.dispatcher.serve(move)

    assert seen == [True, False]
    assert not await store.dispatcher.holds(held[0])


async def test_a_run_that_nobody_submitted_is_found_by_looking(durable: Site) -> None:
    """The daemon may have died between accepting and submitting."""
    store = await durable.open(poll=SHORT)
    claims, move = collecting(store.dispatcher, 1)
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(store.dispatcher.serve(move))
        await asyncio.sleep(0)
        await accept(store, "one")
    await store.close()

    assert [claim.run for claim in claims] == ["one"]


async def test_one_runs_trouble_is_not_the_others(durable: Site) -> None:
    """A move that raises is tried again later, with a new token."""
    store = await durable.open(poll=SHORT)
    await accept(store, "bad")
    await accept(store, "good")
    claims, hold = collecting(store.dispatcher, 3)

    async def move(claim: Claim) -> None:
        if claim.run == "bad" and claim.token == 1:
            claims.append(claim)
            raise PermanentError("a move that goes wrong")
        await hold(claim)

    async with asyncio.timeout(5):
        await store.dispatcher.serve(move)
    await store.close()

    assert sorted((claim.run, claim.token) for claim in claims) == [("bad", 1), ("bad", 2), ("good", 1)]


async def test_draining_waits_for_moves_and_claims_no_more(store: Store) -> None:
    """What was claimed ends by its own means."""
    await accept(store, "one")
    going, ended = asyncio.Event(), []

    async def move(claim: Claim) -> None:
        going.set()
        await asyncio.sleep(0)
        ended.append(claim.run)

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(store.dispatcher.serve(move))
        await going.wait()
        await store.dispatcher.drain()
        await accept(store, "two")
        await store.dispatcher.submit(RunId("two"))

    assert ended == ["one"]


@pytest.mark.parametrize("threads", [True, False])
async def test_a_daemon_that_is_alone_can_be_drained_and_resumed(tmp_path: Path, *, threads: bool) -> None:
    """Nobody takes its runs meanwhile: they stand still until it goes on."""
    store = await Site(tmp_path / "data").open(threads=threads)
    await accept(store, "one")
    hand = Hand(store)
    await hand.claimed("one")

    await store.daemons.drain("test")
    await until(lambda: not hand.holding)
    drained = [(card.id, card.state.value) for card in await store.daemons.list()]
    await accept(store, "two")
    await store.dispatcher.submit(RunId("two"))
    await asyncio.sleep(0.05)
    claims = len(hand.claims)
    await store.daemons.resume("test")
    again = await hand.claimed("one", times=2)
    await hand.claimed("two")

    assert (drained, claims, again.token) == ([("test", "draining")], 1, 2)
    await hand.drain()
    await store.close()
