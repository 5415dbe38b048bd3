"""Drills by what they were worth: that a run succeeded is not enough."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.domain.climbing import PREFIX
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.plan import Mode
from drd.metrics.family import Family, Reading, counter, gauge

_VERIFY = PREFIX.rstrip("-")


def read_drills(reading: Reading) -> Iterator[Metric]:
    """Tell how many drills got which verdict, and what the newest of each service was worth."""
    figures = reading.figures
    counts: Counter[tuple[str, str, str]] = Counter()
    for (tenant, book, verdict), count in figures.drills.items():
        # An unconfirmed drill is counted when it has its verdict: what is counted never moves.
        if verdict.settled:
            counts[tenant, _VERIFY if book.startswith(PREFIX) else book, verdict.value] += count
    yield counter(
        "drd_drills",
        "Drills that have their verdict, by verdict.",
        ("tenant", "runbook", "verdict"),
        {key: float(count) for key, count in counts.items()},
    )
    last = [each for each in figures.last if each.mode is Mode.DRILL and each.verdict is not None]
    yield gauge(
        "drd_service_drill_verdict",
        "1 for the verdict on the newest drill of a service, 0 for the others; `unconfirmed` is none yet.",
        ("tenant", "service", "verdict"),
        {
            (each.tenant, each.service, verdict.value): float(each.verdict is verdict)
            for each in last
            for verdict in DrillVerdict
        },
    )


FAMILY = Family(read=read_drills)
