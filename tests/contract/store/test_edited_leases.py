"""A lease table that somebody edited by hand: nothing is lost, no run is moved by two, and it mends itself."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Connection

from drd.domain.daemon_state import DaemonState
from drd.store.daemons import Roll
from drd.store.terms import Limits
from tests.contract.store.by_hand import edit_daemon, edit_run, remove_daemon, run_row
from tests.contract.store.crew import LIMIT, Crew, Hand, until

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("end", [None, -5.0, 0.0, 9e18])
async def test_an_end_that_no_daemon_wrote_counts_as_over(crew: Crew, end: float | None) -> None:
    """Missing, negative, or further away than any lease: the run is claimed anew, under a higher token."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    await edit_run(a.store, "one", until_seconds=end)

    second = await a.claimed("one", times=2)

    assert second.token == first.token + 1
    assert not await a.store.dispatcher.holds(first)
    assert await a.store.dispatcher.holds(second)
    row = await run_row(a.store, "one")
    assert row["holder"] == a.store.presence.boot


async def test_a_holder_that_does_not_exist_holds_until_its_lease_ends(crew: Crew) -> None:
    """Somebody may be there after all: the row says until when."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    await edit_run(a.store, "one", holder="nobody")
    await until(lambda: a.lost == ["one"])
    assert not await a.store.dispatcher.holds(first)

    assert (await a.claimed("one", times=2)).token == 2


async def test_a_token_that_was_lowered_is_never_given_again(crew: Crew) -> None:
    """The journal remembers what was written under which."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    await edit_run(a.store, "one", token=7)
    crew.pens["one"].token = 7
    await crew.write(a.store, "one")
    await edit_run(a.store, "one", token=-3, until_seconds=None)

    assert (first.token, (await a.claimed("one", times=2)).token) == (1, 8)


@pytest.mark.parametrize("number", [2**31 - 1, -(2**31)])
async def test_numbers_at_the_ends_of_their_columns_end_no_daemon(crew: Crew, number: int) -> None:
    """What cannot be counted on was not written by drd: the run goes on, and the others are claimed as before."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    crew.pens["one"].token = first.token
    await crew.write(a.store, "one")
    await edit_run(a.store, "one", token=number, strikes=number, claimed_head=number, until_seconds=None)

    second = await a.claimed("one", times=2)
    crew.pens["one"].token = second.token
    await crew.write(a.store, "one")
    await crew.accept("two")

    assert (second.token, second.strikes) == (first.token + 1, 0)
    assert (await a.claimed("two")).token == 1


async def test_a_run_that_is_ours_in_the_table_only_is_given_back(crew: Crew) -> None:
    """A claim whose answer was lost: nobody moves it, so it must not look held for ever."""
    a = await crew.hire("a", limits=Limits(runs=0))
    b = await crew.hire("b")
    await crew.accept("one")
    await b.claimed("one")
    now = (await run_row(b.store, "one"))["until_seconds"]
    await edit_run(b.store, "one", holder=a.store.presence.boot, until_seconds=now)

    assert (await b.claimed("one", times=2)).token == 2
    assert a.claims == []


async def test_a_daemon_whose_row_was_spoiled_or_removed_writes_it_again(crew: Crew) -> None:
    """A state that there is not means that it serves."""
    a = await crew.hire("a")
    await _seen(a, ["silent"], lambda: edit_daemon(a.store, "a", state="asleep", until_seconds=-1.0))
    await _serves(crew, a)
    await _seen(a, [], lambda: remove_daemon(a.store, "a"))

    await _serves(crew, a)


async def test_a_heartbeat_that_fails_is_not_the_last_one(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that drd itself cannot read, say: the daemon goes on beating, and keeps its runs."""
    beats: list[Roll] = []
    beat = Roll.beat

    def failing(roll: Roll, connection: Connection) -> DaemonState:
        beats.append(roll)
        if len(beats) == 1:
            raise ValueError("asleep")
        return beat(roll, connection)

    monkeypatch.setattr(Roll, "beat", failing)
    a = await crew.hire("a")
    await crew.accept("one")
    claim = await a.claimed("one")
    await until(lambda: len(beats) > 1)

    assert await a.store.dispatcher.holds(claim)


async def _seen(hand: Hand, states: list[str], after: Callable[[], Awaitable[None]]) -> None:
    """Edit until the edit is seen: a heartbeat may come in between and write the row again, as it is meant to."""
    async with asyncio.timeout(LIMIT):
        while True:
            await after()
            if [card.state.value for card in await hand.store.daemons.list()] == states:
                return


async def _serves(crew: Crew, hand: Hand) -> None:
    """Wait until the table says that a daemon serves."""
    async with asyncio.timeout(5):
        while [card.state.value for card in await hand.store.daemons.list()] != ["serving"]:
            await crew.settle()
