"""The continuous hypothesis of a drill: while it goes on, production answers well, and the drill's network stays shut.

Whoever moves the run writes down what was answered: at first, at each change and at the end. What was asked in between
gave the same answers; how often stands beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.events import Event, Kind
from drd.domain.plan import RecoveryPlan

HYPOTHESIS = "hypothesis"
"""Member of a RUN_NOTE payload that drd writes itself: what was asked and answered."""

NETWORK_CHECK = "check.isolation"

REFUSED = "refused at start"
"""How drd's own order to end a drill begins that it did not let begin, because production was not green."""


class Steadiness(StrEnum):
    """How one question was answered."""

    GREEN = "green"
    RED = "red"
    UNKNOWN = "unknown"
    """It could not be asked; nothing follows from that, and it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One answer.

    Attributes:
        question: the check's id, with its service before it.
        sentence: what was seen.
    """

    question: str
    steady: Steadiness
    sentence: str

    def to_json(self) -> dict[str, Json]:
        """Write it for the journal."""
        return {"question": self.question, "answer": self.steady.value, "sentence": self.sentence}


def summary(told: Sequence[Told]) -> str:
    """Say it in one line, what is not green first."""
    worse = [f"{each.question} is {each.steady.value}: {each.sentence}" for each in told if each.steady != "green"]
    well = [each.question for each in told if each.steady is Steadiness.GREEN]
    return "; ".join((*worse, *([f"green: {', '.join(well)}"] if well else [])))


def asked_of_production(plan: RecoveryPlan) -> Iterator[tuple[str, RecoveryPlan, Call]]:
    """Give what production is asked during a drill: for the plan and for those below it, each question once.

    Each comes with its name, and with the plan of the service that it is about.
    """
    seen: set[str] = set()
    for each in _family(plan):
        for check in each.hypothesis:
            name = f"{each.service}/{check.id}"
            if name not in seen:
                seen.add(name)
                yield name, each, check.call


def _family(plan: RecoveryPlan) -> Iterator[RecoveryPlan]:
    yield plan
    for step in plan.children():
        if step.child is not None:
            yield from _family(step.child)


def hypothesis_told(plan: RecoveryPlan, events: Sequence[Event]) -> dict[str, Json]:
    """Give for the evidence what a drill's journal says of its hypothesis."""
    notes = [event for event in events if is_hypothesis(event)]
    answers: list[Json] = [
        {"at": format_instant(event.at), "asked": told.get("asked", 0), "answers": told.get("answers", [])}
        for event in notes
        for told in (_told(event),)
    ]
    return {
        "checks": [name for name, *_ in asked_of_production(plan)],
        "asked": max((_count(event) for event in notes), default=0),
        "held": _held(notes) if notes else "unknown",
        "answers": answers,
    }


def is_hypothesis(event: Event) -> bool:
    """Say whether an event is one of these notes."""
    return event.kind is Kind.RUN_NOTE and HYPOTHESIS in event.payload


def _told(event: Event) -> Mapping[str, Json]:
    told = event.payload.get(HYPOTHESIS)
    return told if isinstance(told, Mapping) else {}


def _count(event: Event) -> int:
    asked = _told(event).get("asked", 0)
    return asked if isinstance(asked, int) else 0


def _held(notes: Sequence[Event]) -> Json:
    """Say whether all was green whenever it was asked: false after one red answer, unknown where one could not come."""
    said = {str(each.get("answer")) for event in notes for each in _answers(event) if isinstance(each, Mapping)}
    if Steadiness.RED.value in said:
        return False
    return "unknown" if Steadiness.UNKNOWN.value in said else True


def _answers(event: Event) -> Sequence[Json]:
    found = _told(event).get("answers", [])
    return found if isinstance(found, list | tuple) else ()
