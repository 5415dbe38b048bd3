"""The host's clock beside Azure's: told by answers that come anyway, and unknown until one does."""

import asyncio
from email.utils import format_datetime
from typing import Any

import pytest

from drd.operations.compare_clocks import CompareClocks
from drd.ports.capabilities import SentRequest
from tests.fakes.virtual_clock import EPOCH, VirtualClock

pytestmark = pytest.mark.anyio


def _answer(date: str, *, left: float | None) -> SentRequest:
    return SentRequest(
        provider="azure", method="GET", url="https://a", status=200, request_id="r", took_ms=1, left=left, date=date
    )


async def test_an_answers_date_tells_how_far_the_clock_is_off() -> None:
    """Within a second and the time that the answer took."""
    compare = CompareClocks(VirtualClock())
    compare.sent(_answer(format_datetime(EPOCH, usegmt=True), left=asyncio.get_running_loop().time()))
    told: Any = compare.told()

    assert -1100 <= told["ahead-at-least-ms"] <= 0 <= told["ahead-at-most-ms"] <= 100


@pytest.mark.parametrize("date", ["", "soon", "Mon, 99 Nov 2026 03:00:00 GMT", "Sun, 22 Nov 2026 03:00:00"])
async def test_what_no_answer_tells_is_unknown(date: str) -> None:
    """A date that is missing, is none, or has no zone; and a request that was never seen to leave."""
    compare = CompareClocks(VirtualClock())
    compare.sent(_answer(date, left=asyncio.get_running_loop().time()))
    compare.sent(_answer(format_datetime(EPOCH, usegmt=True), left=None))

    assert (compare.offset(), compare.told()) == (None, "unknown")
