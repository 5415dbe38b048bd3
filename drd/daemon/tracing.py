"""What tells of runs as they go: log lines always, spans where the settings name a collector."""

import asyncio
import platform
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from drd import __version__
from drd.daemon.discovery import spanner
from drd.domain.errors import InvalidError
from drd.ports.capabilities import SentRequest
from drd.ports.clock import Clock
from drd.ports.observer import Historian
from drd.settings.settings_file import SettingsFile
from drd.tracing.chronicle import Chronicle
from drd.tracing.lines import Lines
from drd.tracing.terms import Spanner, SpanTerms

_LAST_SECONDS = 1.0
"""Host seconds that a stopping daemon gives what it still has to tell."""


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


def traces(settings: SettingsFile, clock: Clock, find: Callable[[type[Spanner]], Spanner] = spanner) -> Traces:
    """Make what tells of runs; `find` gives what makes spans.

    Raises:
        InvalidError: a collector is named, and what speaks to it is not installed.
    """
    chronicle = Chronicle()
    chronicle.tells(Lines())
    endpoint = settings.tracing.endpoint
    if endpoint is None:
        return Traces(historian=chronicle)
    terms = SpanTerms(
        endpoint=endpoint,
        clock=clock,
        daemon=settings.daemon.id or platform.node() or "drd",
        version=__version__,
        course=chronicle.course,
    )
    spans = _found(find).open(terms)
    chronicle.tells(spans.teller)
    return Traces(
        historian=chronicle,
        sent=spans.sent,
        close=partial(asyncio.to_thread, spans.close, _LAST_SECONDS),
    )


def _found(find: Callable[[type[Spanner]], Spanner]) -> Spanner:
    try:
        return find(Spanner)
    except ModuleNotFoundError as error:
        raise InvalidError(
            f"traces are wanted, and what sends them is not installed: {error.name}",
            target="tracing.endpoint",
            hint="pip install 'drd[otel]', or take `tracing` out of the settings",
        ) from error
