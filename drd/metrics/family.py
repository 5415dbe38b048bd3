"""What a file of families is: either read from the store at each scrape, or counted by this process."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import HistogramMetricFamily, Metric
from prometheus_client.samples import Exemplar

from drd.domain.estate import Tenant
from drd.domain.ids import RunId
from drd.domain.spread import Measured, Spread
from drd.domain.trace import trace_id
from drd.metrics.items import Items
from drd.metrics.table import Table
from drd.ports.capabilities import SentRequest
from drd.ports.inventory import Collection
from drd.ports.observer import Seen
from drd.ports.readings import Figures
from drd.ports.runbooks import RunbookCard
from drd.ports.timetable import ScheduleCard
from drd.ports.vitals import AnsweredRequest, Vitals

RUN_ID, TRACE_ID = "run_id", "trace_id"
"""The labels of an exemplar: of which run the one length is, and under which trace a collector has it. No series has
them."""
API_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Bounds in seconds for what should take fractions of one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that domain families may tell, taken in one consistent read.

    Attributes:
        items: which protected items get series of their own. Series of services always count every item.
        schedules: with when each runs next, if nobody paused it.
    """

    now: datetime
    figures: Figures
    tenants: tuple[Tenant, ...]
    runbooks: tuple[RunbookCard, ...]
    items: Items
    schedules: tuple[tuple[ScheduleCard, datetime | None], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What this process is."""

    version: str
    revision: str
    python: str
    backend: str


@dataclass(frozen=True, slots=True)
class Process:
    """What families of this process are made from: the registry to enter, and what the process is."""

    registry: CollectorRegistry
    about: About


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """What an instrument wants to be told. All are called on the event loop and must return at once.

    Attributes:
        answered: an HTTP request that was answered.
        committed, lagged, scraped: seconds of the host: of a commit, of lateness of the event loop, of a page.
    """

    saw: Callable[[Seen], None] | None = None
    sent: Callable[[SentRequest], None] | None = None
    answered: Callable[[AnsweredRequest], None] | None = None
    committed: Callable[[float], None] | None = None
    lagged: Callable[[float], None] | None = None
    scraped: Callable[[float], None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The last line of a family file: `FAMILY = Family(read=...)`, `Family(count=...)` or `Family(tell=...)`.

    Attributes:
        read: gives domain families from a reading; told by one daemon only, the holder of the exporter lease.
        away: gives what is told in place of `read` while the store cannot be read, from how the last try went.
        count: enters instruments of this process into the registry and says what they want to be told.
        tell: gives families of how this process stands at the scrape; told by every daemon.
    """

    read: Callable[[Reading], Iterable[Metric]] | None = None
    away: Callable[[Collection], Iterable[Metric]] | None = None
    count: Callable[[Process], Ears] | None = None
    tell: Callable[[Vitals], Iterable[Metric]] | None = None


def gauge(name: str, documentation: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]) -> Metric:
    """Build a gauge family from its series."""
    return Table((name, documentation, "gauge"), labels, values)


def counter(name: str, documentation: str, labels: tuple[str, ...], values: Mapping[tuple[str, ...], float]) -> Metric:
    """Build a counter family from its series; `name` without `_total`."""
    return Table((name, documentation, "counter"), labels, values)


def histogram(
    name: str,
    documentation: str,
    labels: tuple[str, ...],
    values: Mapping[tuple[str, ...], Spread],
    bounds: Sequence[int],
) -> Metric:
    """Build a histogram family from its spreads over bounds in seconds; the newest of each part is its exemplar."""
    family = HistogramMetricFamily(name, documentation, labels=labels)
    for key, spread in values.items():
        total = 0
        buckets: list[tuple[str, float] | tuple[str, float, Exemplar]] = []
        for number, bound in enumerate((*(f"{bound}.0" for bound in bounds), "+Inf")):
            part = spread.parts.get(number)
            total += part.count if part else 0
            newest = part.newest if part else None
            buckets.append((bound, total, _exemplar(newest)) if newest else (bound, total))
        family.add_metric(key, buckets, sum(part.total.total_seconds() for part in spread.parts.values()))
    return family


def _exemplar(measured: Measured) -> Exemplar:
    return Exemplar(of_run(measured.run), measured.took.total_seconds(), measured.at.timestamp())


def of_run(run: RunId) -> dict[str, str]:
    """Give the labels of an exemplar."""
    return {RUN_ID: run, TRACE_ID: trace_id(run)}


def timestamp(instant: datetime | None) -> float:
    """Give seconds since 1970; 0 stands for never."""
    return instant.timestamp() if instant else 0.0
