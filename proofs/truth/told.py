"""What drd tells of a run, wherever it tells it: each figure by the place and by its name.

Instants are seconds since 1970, lengths are seconds. A figure that a place calls unknown is None.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from drd.api.wire.runs import RunDetailShape
from drd.cli.run_view import figures_row
from drd.cli.words import Words
from drd.domain.language import Language

INCIDENT, GREEN, TOOK, LOST = "incident", "green", "achieved recovery time", "achieved recovery point"
NEWEST, PROVEN = "newest point", "proven point"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One figure at one place."""

    where: str
    what: str
    value: float | None


def differences(said: Iterable[Said], truth: Mapping[str, float | None]) -> dict[str, float]:
    """Give how far each figure is from the truth, by place and name; infinitely where only one of them knows it."""
    return {f"{each.where}: {each.what}": _apart(each.value, truth.get(each.what)) for each in said}


def _apart(one: float | None, other: float | None) -> float:
    if one is None or other is None:
        return 0.0 if one is other else math.inf
    return abs(one - other)


def in_seconds(instant: str | datetime | None) -> float | None:
    """Give an instant in seconds."""
    if isinstance(instant, str):
        instant = datetime.fromisoformat(instant)
    return None if instant is None else instant.timestamp()


def _ms(value: float | None) -> float | None:
    return None if value is None else value / 1000


def in_journal(figures: Mapping[str, Any], where: str = "journal") -> Iterator[Said]:
    """Give what a run's last event says; an API answer says the same with other dashes."""
    told = {name.replace("_", "-"): value for name, value in figures.items()}
    yield Said(where=where, what=INCIDENT, value=in_seconds(told["incident-at"]))
    yield Said(where=where, what=GREEN, value=in_seconds(told["green-at"]))
    yield Said(where=where, what=TOOK, value=_ms(told["achieved-recovery-time-ms"]))
    yield Said(where=where, what=LOST, value=_ms(told["achieved-recovery-point-ms"]))
    yield from _points(told["points"], where)


def _points(points: Iterable[Mapping[str, Any]], where: str) -> Iterator[Said]:
    for point in points:
        age = point["achieved-ms"] if "achieved-ms" in point else point["achieved_ms"]
        yield Said(where=where, what=f"point of {point['item']}", value=in_seconds(point["time"]))
        yield Said(where=where, what=f"age of {point['item']}", value=_ms(age))


def in_evidence(record: Mapping[str, Any]) -> Iterator[Said]:
    """Give what the record of evidence says."""
    time, point, where = record["recovery-time"], record["recovery-point"], "evidence"
    yield Said(where=where, what=INCIDENT, value=in_seconds(time["from"]))
    yield Said(where=where, what=GREEN, value=in_seconds(time["to"]))
    yield Said(where=where, what=TOOK, value=_ms(time["measured-ms"]))
    yield Said(where=where, what=LOST, value=_ms(point["measured-ms"]))
    yield from _points(point["by-item"], where)


def in_table(run: RunDetailShape) -> Iterator[Said]:
    """Give what the table of `drd run show` says, in the words that people read."""
    _, _, lost, _, took, _ = figures_row(Words(Language.EN), run)
    yield Said(where="table", what=TOOK, value=_read(took))
    if lost != "-":
        yield Said(where="table", what=LOST, value=_read(lost))


_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PIECE = re.compile(r"(\d+)([dhms])")


def _read(cell: str) -> float | None:
    measured = cell.partition(" / ")[0]
    pieces = _PIECE.findall(measured)
    return float(sum(int(count) * _UNITS[unit] for count, unit in pieces)) if pieces else None


def in_service(service: Mapping[str, Any], run: str) -> Iterator[Said]:
    """Give what the list of services says of the last run."""
    last = service["last"]
    if last and last["run"] == run:
        yield Said(where="service", what=TOOK, value=last["achieved_recovery_time_seconds"])
        yield Said(where="service", what=LOST, value=last["achieved_recovery_point_seconds"])


def in_metrics(text: str, service: str, mode: str) -> Iterator[Said]:
    """Give what the metrics say of the newest recovery. There is no series for what is unknown."""
    names = {
        "drd_service_achieved_recovery_time_seconds": TOOK,
        "drd_service_achieved_recovery_point_seconds": LOST,
    }
    for name, what in names.items():
        found = series(text, name, lambda labels: labels["service"] == service and labels["mode"] == mode)
        yield Said(where="metrics", what=what, value=max(found.values(), default=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a run's figures are told: its journal, the API's answers, the record of evidence, the page of metrics."""

    journal: Mapping[str, Any]
    run: Mapping[str, Any]
    record: Mapping[str, Any]
    service: Mapping[str, Any]
    metrics: str

    def said(self) -> Iterator[Said]:
        """Give every figure at every place, the table that people read included."""
        card = self.run["run"]
        yield from in_journal(self.journal)
        yield from in_journal(self.run["figures"], "api")
        yield from in_table(RunDetailShape.model_validate(self.run))
        yield from in_evidence(self.record)
        yield from in_service(self.service, card["id"])
        yield from in_metrics(self.metrics, card["service"], card["mode"])


PLACES = frozenset({"journal", "api", "table", "evidence", "service", "metrics"})


def points_in_metrics(text: str, items: Iterable[str]) -> Iterator[Said]:
    """Give the newest point of each item, mechanism by mechanism, as the metrics have it."""
    wanted = set(items)
    found = series(text, "drd_item_recovery_point_timestamp_seconds", lambda labels: labels["item"] in wanted)
    newest: dict[str, float] = {}
    for labels, value in found.items():
        told = dict(labels)
        what = f"{NEWEST} of {told['item']} by {told['mechanism']}"
        newest[what] = max(newest.get(what, 0.0), value)
    yield from (Said(where="metrics", what=what, value=value) for what, value in newest.items())


def points_in_services(service: Mapping[str, Any]) -> Iterator[Said]:
    """Give the newest points as the list of services and items has them."""
    yield Said(where="service", what=NEWEST, value=in_seconds(service["point_at"]))
    yield Said(where="service", what=f"age of the {NEWEST}", value=service["point_age_seconds"])
    for item in service["items"]:
        yield Said(where="item", what=f"{NEWEST} of {item['id']}", value=in_seconds(item["newest_point_at"]))


def proven_in_metrics(text: str, items: Iterable[str]) -> Iterator[Said]:
    """Give the newest proven point of each item, whatever its mechanism."""
    for item in items:
        name = "drd_item_proven_recovery_point_timestamp_seconds"
        found = series(text, name, lambda labels, item=item: labels["item"] == item)  # type: ignore[misc]  # a default binds the loop's item
        yield Said(where="metrics", what=f"{PROVEN} of {item}", value=max(found.values(), default=None))


def series(
    text: str, name: str, wanted: Callable[[Mapping[str, str]], bool]
) -> dict[tuple[tuple[str, str], ...], float]:
    """Give the series of one metric that are wanted, by their labels."""
    return {
        tuple(sample.labels.items()): sample.value
        for family in text_string_to_metric_families(text)
        if family.name == name
        for sample in family.samples
        if wanted(sample.labels)
    }
