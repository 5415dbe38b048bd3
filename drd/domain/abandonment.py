"""A run that a person gave up because its journal is damaged: who, when, why, and what nobody watches any more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from drd.domain.canonical import Json
from drd.domain.durations import format_instant, parse_instant
from drd.domain.events import IN_DOUBT, Event, Kind
from drd.domain.ids import StepId

_OVER = frozenset({Kind.STEP_DONE, Kind.STEP_SKIPPED, Kind.STEP_FAILED, Kind.STEP_PARKED})
_SENT = frozenset({Kind.STEP_RECORDED, Kind.STEP_ADOPTED})
_NAMES = ("kind", "target", "job", "status-url", "id", "started-at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Abandonment:
    """The end of a run that stands beside its journal, not in it: the journal stays as it was found.

    Attributes:
        at: world time, UTC.
        damage: what is wrong with the journal, in one sentence.
        under_way: what may still go on at the other side, or stand there, each in one line; as far as it can be read.
    """

    at: datetime
    actor: str
    reason: str
    damage: str
    under_way: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Write it for a column."""
        return {
            "at": format_instant(self.at),
            "actor": self.actor,
            "reason": self.reason,
            "damage": self.damage,
            "under-way": list(self.under_way),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Json]) -> "Abandonment":
        """Read what `to_json` wrote."""
        lines = stored["under-way"]
        return cls(
            at=parse_instant(str(stored["at"])),
            actor=str(stored["actor"]),
            reason=str(stored["reason"]),
            damage=str(stored["damage"]),
            under_way=tuple(str(line) for line in lines) if isinstance(lines, list | tuple) else (),
        )


def under_way(events: Iterable[Event]) -> tuple[str, ...]:
    """Say what may still be under way by what can be read of a damaged journal, a line a step.

    An end that is missing counts as no end: rather a line too many than one too few.
    """
    newest: dict[StepId, Event] = {}
    for event in events:
        if event.step is None:
            continue
        if event.kind is Kind.STEP_INTENT or event.kind in _SENT or event.kind is Kind.CHILD_STARTED:
            newest[event.step] = event
        elif event.kind in _OVER and not _in_doubt(event):
            newest.pop(event.step, None)
    return tuple(f"{step}: {_told(event)}" for step, event in newest.items())


def _in_doubt(event: Event) -> bool:
    """Say whether what was sent may still stand; a parked step says it unless it says the opposite."""
    return bool(event.payload.get(IN_DOUBT, event.kind is Kind.STEP_PARKED))


def _told(event: Event) -> str:
    if event.kind is Kind.CHILD_STARTED:
        return f"child run {event.payload.get('run', '')}"
    operation = event.payload.get("operation")
    if event.kind in _SENT and isinstance(operation, Mapping):
        known = (f"{name} {operation[name]}" for name in _NAMES if operation.get(name))
        return f"was sent: {', '.join(known) or 'its operation has no name'}"
    targets = event.payload.get("targets")
    names = [str(each) for each in targets] if isinstance(targets, Sequence) and not isinstance(targets, str) else []
    return f"was about to be sent, and may have been: {', '.join(names) or 'its target is not known'}"
