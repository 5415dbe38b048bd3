"""The last gate stands right before the wire: a change is kept back there, a question passes."""

from types import SimpleNamespace
from typing import Any

import pytest

from drd.ports.capabilities import OpeningTerms
from drd.ports.departure import DEPARTURE, Stayed, only_reading
from drd.providers.azure.transport import Transport
from tests.fakes.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio

URL = "https://management.azure.com/subscriptions/s/resourceGroups/rg"


class _Line:
    """A connection that notes what leaves."""

    def __init__(self) -> None:
        """Begin with nothing sent."""
        self.sent: list[str] = []

    async def send(self, request: Any, **_: object) -> SimpleNamespace:
        """Send."""
        self.sent.append(request.method)
        return SimpleNamespace(status_code=200, headers={})


async def _keep_back() -> None:
    raise Stayed


async def test_a_change_is_kept_back_at_the_wire_and_a_question_is_not() -> None:
    """Also where the question is sent like a change."""
    line, clock = _Line(), VirtualClock()
    lines: Any = SimpleNamespace(reads=line, changes=line)
    guard: Any = SimpleNamespace(check=lambda _url: None)
    transport = Transport(lines=lines, guard=guard, clock=clock, terms=OpeningTerms(settings={}, clock=clock))
    DEPARTURE.set(_keep_back)
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        with pytest.raises(Stayed):
            await transport.send(SimpleNamespace(method=method, url=URL, headers={}))
    assert line.sent == []
    await transport.send(SimpleNamespace(method="GET", url=URL, headers={}))
    with only_reading():
        await transport.send(SimpleNamespace(method="POST", url=URL, headers={}))
    assert line.sent == ["GET", "POST"]
