"""What opening keeps, on every database that outlives its daemon."""

import asyncio
from datetime import timedelta

import pytest

from drd.domain.errors import ConflictError
from drd.ports.dispatcher import Claim
from drd.store.opening import DaemonWish
from drd.store.terms import LeaseTerms
from tests.contract.store.conftest import Site

pytestmark = pytest.mark.anyio


async def test_a_second_daemon_of_the_same_name_is_refused_until_the_first_is_gone(durable: Site) -> None:
    """Two that move the same runs would send everything twice; on SQLite a second one is refused by any name."""
    terms = LeaseTerms.of(timedelta(seconds=2))
    first = await durable.open(daemon="same", wish=DaemonWish(terms=terms, host="oost"))
    serving = asyncio.create_task(first.dispatcher.serve(_nothing))

    with pytest.raises(ConflictError, match=r"another drd uses this|of this name is alive on oost"):
        await durable.open(daemon="same", wish=DaemonWish(terms=terms))
    await first.dispatcher.drain()
    await serving
    await first.close()

    await (await durable.open(daemon="same", wish=DaemonWish(terms=terms))).close()


async def _nothing(_claim: Claim) -> None:
    return


async def test_opening_again_changes_nothing(durable: Site) -> None:
    """The schema is brought to its version once."""
    figures = []
    for _ in range(3):
        store = await durable.open()
        figures.append(await store.readings.figures())
        await store.close()

    assert figures[0] == figures[1] == figures[2]
