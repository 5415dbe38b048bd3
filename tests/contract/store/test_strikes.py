"""A run that ends its daemon each time is told from one that lives through honest restarts."""

import pytest

from drd.domain.lifecycle import RunState
from drd.ports.dispatcher import Claim
from tests.contract.store.conftest import Site
from tests.contract.store.crew import PROVEN, Crew, Hand, until

pytestmark = pytest.mark.anyio


async def test_claims_that_end_with_their_daemon_at_once_are_counted(crew: Crew) -> None:
    """In a row, whoever made them."""
    counted = [claim.strikes for claim in await _deaths(crew, 4)]

    assert counted == [0, 1, 2, 3]


async def test_a_claim_that_lasted_a_while_is_no_strike(crew: Crew) -> None:
    """A run that only waits for a long operation writes nothing, and harms nobody."""
    claims = await _deaths(crew, 3)
    last = await crew.hire("last", terms=PROVEN)
    await last.claimed("one")
    await until(lambda: last.store.dispatcher._held.next_proof(0) is None)
    last.kill()
    await crew.age()

    again = await crew.hire("again")

    assert [claim.strikes for claim in claims] == [0, 1, 2]
    assert (await again.claimed("one")).strikes == 0


async def test_a_claim_under_which_something_came_about_is_no_strike(crew: Crew) -> None:
    """More than the claim's own event is progress."""
    await _deaths(crew, 2)
    hand = await crew.hire("busy")
    claim = await hand.claimed("one")
    assert claim.strikes == 2
    crew.pens["one"].token = claim.token
    for count in (1, 2):
        await hand.store.journal.append(crew.pens["one"].many(count), state=RunState.RUNNING)
    hand.kill()
    await crew.age()

    again = await crew.hire("again")

    assert (await again.claimed("one")).strikes == 0


async def test_a_run_that_was_given_back_has_no_strikes(crew: Crew) -> None:
    """However often: a restart that was asked for is no harm."""
    await _deaths(crew, 2)
    for number in range(3):
        hand = await crew.hire(f"tidy-{number}")
        await hand.claimed("one")
        await hand.drain()

    last = await crew.hire("last")

    assert (await last.claimed("one")).strikes == 0


async def test_strikes_are_counted_where_one_daemon_is_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A folder's next daemon takes up at once what the one before left."""
    site = Site(tmp_path_factory.mktemp("alone") / "data")
    counted: list[int] = []
    for _ in range(3):
        crew = Crew(site)
        hand = Hand(await site.open(daemon="d"))
        crew.adopt(hand)
        if not counted:
            await crew.accept("one")
        counted.append((await hand.claimed("one")).strikes)
        await crew.dismiss()

    assert counted == [0, 1, 2]


async def _deaths(crew: Crew, times: int) -> list[Claim]:
    claims = []
    for number in range(times):
        hand = await crew.hire(f"doomed-{number}")
        if not number:
            await crew.accept("one")
        claims.append(await hand.claimed("one"))
        hand.kill()
        await crew.age()
    return claims
