"""What spans are opened with, so that nothing of OpenTelemetry is loaded where nobody wants them."""

from collections.abc import Callable
from dataclasses import dataclass

from drd.domain.course import RunCourse
from drd.domain.ids import RunId
from drd.ports.capabilities import SentRequest
from drd.ports.clock import Clock
from drd.tracing.chronicle import Teller


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanTerms:
    """What whoever makes spans needs.

    Attributes:
        endpoint: of the collector, as `https://HOST:4318`.
        clock: world time. daemon: this daemon's name. version: of drd.
        course: gives the course of a run that moves here.
    """

    endpoint: str
    clock: Clock
    daemon: str
    version: str
    course: Callable[[RunId], RunCourse | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSpans:
    """What makes spans, opened.

    Attributes:
        teller: to be told of ends. sent: to be told of requests.
        close: sends what is left, for at most so many seconds of the host; blocks meanwhile. May be called twice.
    """

    teller: Teller
    sent: Callable[[SentRequest], None]
    close: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Spanner:
    """The last line of the file that makes spans: `SPANS = Spanner(open_spans)`."""

    open: Callable[[SpanTerms], OpenSpans]
