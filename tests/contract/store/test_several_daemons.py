"""What several daemons on one database keep: each run in one hand, and none lost when a hand lets go."""

import asyncio
from dataclasses import replace

import pytest

from drd.domain.errors import ConflictError, NotFoundError
from drd.domain.ids import RunId
from tests.contract.store.by_hand import edit_daemon
from tests.contract.store.crew import PATIENT, TERMS, Crew, until

pytestmark = pytest.mark.anyio


async def test_a_killed_daemons_runs_are_taken_over_when_its_leases_end(crew: Crew) -> None:
    """With a higher token, and not before."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    b = await crew.hire("b")
    a.kill()
    await crew.settle()
    assert b.claims == []
    await crew.age()

    second = await b.claimed("one")

    assert (first.token, second.token, second.daemon, second.resumed) == (1, 2, "b", True)
    assert not await a.store.dispatcher.holds(first)
    assert await b.store.dispatcher.holds(second)


async def test_a_frozen_daemon_sends_nothing_when_it_wakes_until_it_has_claimed_again(crew: Crew) -> None:
    """Its own host's time ends its lease, before the database's does."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    b = await crew.hire("b")
    a.freeze()

    assert await a.store.dispatcher.holds(first)
    await until(lambda: a.lost == ["one"])
    assert not await a.store.dispatcher.holds(first)
    assert b.claims == []
    second = await b.claimed("one")
    a.wake()
    await crew.settle()

    assert not await a.store.dispatcher.holds(first)
    assert await b.store.dispatcher.holds(second)
    await b.drain()
    third = await a.claimed("one", times=2)
    assert (second.token, third.token) == (2, 3)
    assert await a.store.dispatcher.holds(third)


async def test_a_daemon_that_was_away_alone_claims_its_own_runs_anew(crew: Crew) -> None:
    """Though nobody took them meanwhile: what it knew may be old."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    a.freeze()
    await until(lambda: a.lost == ["one"])
    a.wake()

    again = await a.claimed("one", times=2)

    assert (first.token, again.token) == (1, 2)
    assert await a.store.dispatcher.holds(again)


async def test_a_lease_that_is_kept_outlasts_its_length(crew: Crew) -> None:
    """A heartbeat renews all of them, and nobody else gets them."""
    a = await crew.hire("a")
    for run in ("one", "two"):
        await crew.accept(run)
    claims = [await a.claimed(run) for run in ("one", "two")]
    b = await crew.hire("b")

    await asyncio.sleep(TERMS.length.total_seconds() * 1.3)

    assert (a.lost, b.claims) == ([], [])
    assert [await a.store.dispatcher.holds(claim) for claim in claims] == [True, True]


async def test_a_drained_daemons_runs_are_taken_at_once(crew: Crew) -> None:
    """No lease has to end first."""
    a = await crew.hire("a", terms=PATIENT)
    await crew.accept("one")
    await a.claimed("one")
    b = await crew.hire("b", terms=PATIENT)
    await a.drain()

    async with asyncio.timeout(20):
        second = await b.claimed("one")

    assert (second.token, second.strikes) == (2, 0)
    states = {card.id: card.state.value for card in await b.store.daemons.list()}
    assert states == {"a": "gone", "b": "serving"}


async def test_a_daemon_that_is_told_to_drain_gives_its_runs_back_and_takes_none(crew: Crew) -> None:
    """Until it is told to resume."""
    a = await crew.hire("a")
    await crew.accept("one")
    await a.claimed("one")
    b = await crew.hire("b")

    await b.store.daemons.drain("a")
    second = await b.claimed("one")
    await crew.accept("two")
    await b.claimed("two")

    assert (second.token, second.strikes, a.given_back) == (2, 0, ["one"])
    cards = {card.id: card for card in await b.store.daemons.list()}
    assert (cards["a"].state.value, cards["a"].runs, cards["a"].host, cards["a"].own) == (
        "draining",
        0,
        "host-a",
        False,
    )
    assert (cards["b"].state.value, cards["b"].runs, cards["b"].own) == ("serving", 2, True)
    await a.store.daemons.resume("a")
    await b.store.daemons.drain("b")
    assert (await a.claimed("one", times=2)).token == 3


async def test_nobody_drains_a_daemon_that_does_not_exist(crew: Crew) -> None:
    """A slip of the pen is told."""
    a = await crew.hire("a")

    with pytest.raises(NotFoundError, match="no such daemon"):
        await a.store.daemons.drain("b")


async def test_a_run_that_is_submitted_everywhere_is_moved_once(crew: Crew) -> None:
    """However many look at the same moment."""
    hands = [await crew.hire(name) for name in "abc"]
    await crew.accept("one")
    for hand in hands * 2:
        await hand.store.dispatcher.submit(RunId("one"))
    await until(lambda: any(hand.claims for hand in hands))
    await crew.settle()

    assert sum(len(hand.claims) for hand in hands) == 1


async def test_a_daemon_whose_name_another_one_took_ends(crew: Crew) -> None:
    """Its runs are the other's; it says why."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    await edit_daemon(a.store, "a", boot="another", host="elsewhere")

    with pytest.raises(ConflictError, match="alive on elsewhere"):
        await a.serving

    assert not await a.store.dispatcher.holds(first)


async def test_a_second_daemon_of_the_same_name_is_refused(crew: Crew) -> None:
    """Two hosts with one name would take each other's runs for their own."""
    await crew.hire("a")

    with pytest.raises(ConflictError, match="a daemon of this name is alive on host-a"):
        await crew.hire("a")


async def test_a_heartbeat_that_is_written_down_after_a_death_keeps_nobody_from_coming_back(crew: Crew) -> None:
    """A slow database still had it in hand; no second one can follow."""
    a = await crew.hire("a")
    await crew.accept("one")
    await a.claimed("one")
    a.kill()
    coming = asyncio.create_task(crew.hire("a"))
    await asyncio.sleep(TERMS.renew.total_seconds())
    await a.store._desk.change(a.store.daemons._roll.beat)
    await asyncio.sleep(TERMS.renew.total_seconds())
    await crew.age()

    async with asyncio.timeout(TERMS.length.total_seconds()):
        again = await coming

    assert (await again.claimed("one")).token == 2


async def test_a_daemon_whose_name_may_still_be_alive_says_at_once_what_it_waits_for(crew: Crew) -> None:
    """Once, and how long at most: nobody looks at a start that says nothing."""
    said: list[str] = []
    (await crew.hire("a")).kill()

    coming = asyncio.ensure_future(crew.open("a", replace(crew.wish(name="a"), waits=said.append)))
    await until(lambda: bool(said))
    await crew.age()
    await coming

    assert said == ["waits: a daemon of this name was alive a moment ago; 3 s at most"]


async def test_a_killed_daemon_comes_back_under_its_name_when_its_heartbeat_is_too_old(crew: Crew) -> None:
    """And takes up its runs."""
    a = await crew.hire("a")
    await crew.accept("one")
    await a.claimed("one")
    a.kill()
    await crew.age()

    again = await crew.hire("a")

    assert (await again.claimed("one")).token == 2
