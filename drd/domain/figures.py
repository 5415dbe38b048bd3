"""Achieved recovery time and achieved recovery point of a run, recomputed from its journal and nothing else (P8)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_instant
from drd.domain.events import BY_PLAN, Event, Kind
from drd.domain.ids import ItemId, StepId
from drd.domain.plan import Phase, RecoveryPlan
from drd.domain.points import ITEMS, POINT_TIMES

RECOVERY_POINT_TIME = "recovery-point-time"
"""The output by which an action says which recovery point it really used: an instant."""

_MILLISECOND = timedelta(milliseconds=1)


class Verdict(StrEnum):
    """Whether an objective was kept. UNKNOWN is never shown as met."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"
    NONE = "none"
    """There is no such objective: a service without items has no recovery point objective."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedPoint:
    """The recovery point that a run used for an item."""

    item: ItemId
    time: datetime
    achieved: timedelta
    """Its age at the instant of the incident; not below zero."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryFigures:
    """What was promised and what was achieved.

    Attributes:
        incident_at: when the clock started: the incident, or the declaration where no incident time was given.
        green_at: when the last `after` check was green; None while one is not.
    """

    incident_at: datetime
    green_at: datetime | None
    recovery_time_objective: timedelta | None
    achieved_recovery_time: timedelta | None
    recovery_point_objective: timedelta | None
    achieved_recovery_point: timedelta | None
    points: tuple[UsedPoint, ...]
    recovery_time_verdict: Verdict
    recovery_point_verdict: Verdict

    @property
    def met(self) -> bool:
        """Say whether every objective that exists was met."""
        kept = {Verdict.MET, Verdict.NONE}
        return self.recovery_time_verdict in kept and self.recovery_point_verdict in kept

    def to_json(self) -> dict[str, Json]:
        """Write the figures: instants as text, lengths in whole milliseconds."""
        return {
            "incident-at": format_instant(self.incident_at),
            "green-at": format_instant(self.green_at) if self.green_at else None,
            "recovery-time-objective-ms": _ms(self.recovery_time_objective),
            "achieved-recovery-time-ms": _ms(self.achieved_recovery_time),
            "recovery-point-objective-ms": _ms(self.recovery_point_objective),
            "achieved-recovery-point-ms": _ms(self.achieved_recovery_point),
            "points": [
                {"item": each.item, "time": format_instant(each.time), "achieved-ms": _ms(each.achieved)}
                for each in self.points
            ],
            "recovery-time": self.recovery_time_verdict.value,
            "recovery-point": self.recovery_point_verdict.value,
        }


def _ms(length: timedelta | None) -> int | None:
    return None if length is None else length // _MILLISECOND


def recovery_figures(plan: RecoveryPlan, events: Iterable[Event]) -> RecoveryFigures:
    """Recompute the figures of a run. Needs the run's accepted event; everything later may still be missing."""
    collected = FigureFold(plan)
    for event in events:
        collected.apply(event)
    return collected.figures()


class FigureFold:
    """One pass over a run's events, for who sees them one by one."""

    def __init__(self, plan: RecoveryPlan) -> None:
        """Start with nothing seen."""
        self._plan = plan
        self._after: set[StepId | None] = {step.id for step in plan.steps if step.phase is Phase.AFTER}
        self._items = {step.id: step.item for step in plan.steps}
        self._green: dict[StepId, datetime] = {}
        self._points: dict[ItemId, datetime] = {}
        self._incident: datetime | None = None

    def apply(self, event: Event) -> None:
        """Take the next event."""
        if event.kind is Kind.STEP_DONE and event.step is not None:
            self._done(event.step, event)
        elif event.kind is Kind.STEP_SKIPPED and event.payload.get(BY_PLAN):
            self._after.discard(event.step)
        elif event.kind is Kind.RUN_GRACE:
            self._back(event.payload.get("again"))
        elif event.kind is Kind.RUN_ACCEPTED:
            given = event.payload.get("incident-at")
            self._incident = parse_instant(given) if isinstance(given, str) else event.at

    def _back(self, steps: Json) -> None:
        """A check that the plan had left out counts again."""
        again = {str(step) for step in steps} if isinstance(steps, list | tuple) else set()
        self._after |= {step.id for step in self._plan.steps if step.id in again and step.phase is Phase.AFTER}

    def _done(self, step: StepId, event: Event) -> None:
        if step in self._after:
            self._green[step] = event.at
        item, outputs = self._items.get(step), event.payload.get("outputs")
        if not outputs:
            return
        time = outputs.get(RECOVERY_POINT_TIME) if isinstance(outputs, Mapping) else None
        if item is not None and isinstance(time, str):
            self._points[item] = parse_instant(time)
        if isinstance(outputs, Mapping):
            self._several(outputs)

    def _several(self, outputs: Mapping[str, Json]) -> None:
        items, times = outputs.get(ITEMS), outputs.get(POINT_TIMES)
        if isinstance(items, list | tuple) and isinstance(times, list | tuple):
            self._points |= {
                ItemId(str(item)): parse_instant(str(time)) for item, time in zip(items, times, strict=True)
            }

    def figures(self) -> RecoveryFigures:
        """Give the figures as far as they are known.

        Raises:
            ValueError: if the accepted event was not seen.
        """
        if self._incident is None:
            raise ValueError("the journal has no accepted event")
        incident, objectives = self._incident, self._plan.objectives
        green = max(self._green.values()) if self._after and self._green.keys() == self._after else None
        took = green - incident if green else None
        points = tuple(
            UsedPoint(item=item, time=time, achieved=max(incident - time, timedelta(0)))
            for item, time in sorted(self._points.items())
        )
        complete = bool(points) and {item.id for item in self._plan.items} <= self._points.keys()
        lost = max((point.achieved for point in points), default=None) if complete else None
        rto = objectives.rto if objectives else None
        rpo = objectives.rpo if objectives else None
        return RecoveryFigures(
            incident_at=incident,
            green_at=green,
            recovery_time_objective=rto,
            achieved_recovery_time=took,
            recovery_point_objective=rpo,
            achieved_recovery_point=lost,
            points=points,
            recovery_time_verdict=verdict(rto, took),
            recovery_point_verdict=verdict(rpo, lost),
        )


def verdict(objective: timedelta | None, achieved: timedelta | None) -> Verdict:
    """Compare what was achieved with what was promised."""
    if objective is None:
        return Verdict.NONE
    if achieved is None:
        return Verdict.UNKNOWN
    return Verdict.MET if achieved <= objective else Verdict.MISSED
