"""What opening keeps, on every database that outlives its daemon."""

import pytest

from drd.domain.errors import ConflictError
from tests.contract.store.conftest import Site

pytestmark = pytest.mark.anyio


async def test_a_second_daemon_is_refused_until_the_first_is_gone(durable: Site) -> None:
    """Two that move the same runs would send everything twice."""
    first = await durable.open(daemon="first")

    with pytest.raises(ConflictError, match="another drd uses this"):
        await durable.open(daemon="second")
    await first.close()

    await (await durable.open(daemon="second")).close()


async def test_opening_again_changes_nothing(durable: Site) -> None:
    """The schema is brought to its version once."""
    figures = []
    for _ in range(3):
        store = await durable.open()
        figures.append(await store.readings.figures())
        await store.close()

    assert figures[0] == figures[1] == figures[2]
