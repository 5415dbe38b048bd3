"""What several daemons on one database keep: each run in one hand, and none lost when a hand lets go."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError
from drd.domain.ids import RunId
from drd.store.opening import DaemonWish
from drd.store.terms import LeaseTerms, Limits
from tests.contract.store.by_hand import edit_daemon, edit_run, run_row
from tests.contract.store.conftest import Site
from tests.contract.store.crew import Crew
from tests.contract.store.sample import Pen

pytestmark = pytest.mark.anyio


@pytest.fixture
async def crew(site: Site) -> AsyncGenerator[Crew]:
    """Give the daemons of one database; each test hires its own."""
    hired = Crew(site)
    yield hired
    await hired.dismiss()


async def test_a_killed_daemons_runs_are_taken_over_when_its_leases_end(crew: Crew) -> None:
    """With a higher token, and not before."""
    a = await crew.hire("a")
    await crew.accept("one")
    first = await a.claimed("one")
    b = await crew.hire("b")
    a.kill()
    await crew.settle()
    assert b.claims == []

    second = await b.claimed("one")

    assert (first.token, second.token, second.daemon, second.resumed) == (1, 2, "b", True)
    assert not await a.store.dispatcher.holds(first)
    assert await b.store.dispatcher.holds(second)
