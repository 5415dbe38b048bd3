"""What tells of runs as they go: log lines always, spans where the settings name a collector."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from drd.ports.capabilities import SentRequest
from drd.ports.observer import Historian
from drd.tracing.chronicle import Chronicle
from drd.tracing.lines import Lines


async def _nothing() -> None:
    return


def _deaf(_request: SentRequest) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """What the daemon plugs in.

    Attributes:
        historian: to be told of runs. sent: to be told of requests to Azure.
        close: sends what is left, within a moment; may be called twice.
    """

    historian: Historian
    sent: Callable[[SentRequest], None] = _deaf
    close: Callable[[], Awaitable[None]] = _nothing


def traces() -> Traces:
    """Make what tells of runs."""
    return Traces(historian=Chronicle((Lines(),)))
