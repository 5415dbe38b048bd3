"""What was proven of recovery points, how often, and when it last was."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from prometheus_client.metrics_core import Metric

from drd.domain.ladder import Outcome, Rung
from drd.domain.spread import LONG
from drd.metrics.family import Family, Reading, counter, gauge, histogram, timestamp
from drd.ports.readings import VerificationFigures

_Last = Mapping[tuple[str, str, Rung], datetime]


def read_verifications(reading: Reading) -> Iterator[Metric]:
    """Tell of every municipality and every item that was ever collected, zeros too: never proven is 0."""
    known = reading.figures.verifications
    totals = Counter({(each.id, rung, outcome): 0 for each in reading.tenants for rung in Rung for outcome in Outcome})
    for each in known:
        key = (each.tenant, each.rung, each.outcome)
        if key in totals:
            totals[key] += each.total
    yield counter(
        "drd_verifications",
        "Verifications of recovery points, by rung of the ladder and outcome.",
        ("tenant", "rung", "outcome"),
        {(tenant, rung.value, outcome.value): float(count) for (tenant, rung, outcome), count in totals.items()},
    )
    yield histogram(
        "drd_verification_duration_seconds",
        "World time that a verification took for which a run restored something, by rung.",
        ("rung",),
        {(rung.value,): spread for rung, spread in reading.figures.proof_lengths.items()},
        LONG,
    )
    last = _last(known)
    yield gauge(
        "drd_item_verification_last_success_timestamp_seconds",
        "When a verification of an item last passed, by rung; 0 for never.",
        ("tenant", "item", "rung"),
        {
            (tenant, item, rung.value): timestamp(last.get((tenant, item, rung)))
            for tenant, item in _items(reading)
            for rung in Rung
        },
    )


def _last(known: tuple[VerificationFigures, ...]) -> _Last:
    return {(each.tenant, each.item, each.rung): each.last_at for each in known if each.outcome is Outcome.PASSED}


def _items(reading: Reading) -> list[tuple[str, str]]:
    return sorted(
        {(each.tenant, each.item) for each in reading.figures.items if reading.items.tells(each.tenant, each.item)}
    )


FAMILY = Family(read=read_verifications)
