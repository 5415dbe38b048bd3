"""Events as lines for people."""

from collections.abc import Mapping
from datetime import datetime

from drd.api.wire.runs import EventShape, RunDetailShape, StepShape
from drd.cli.ages import clock_time
from drd.cli.outcome import family
from drd.cli.output import safe
from drd.cli.words import Words
from drd.domain.events import Kind

ENGINE = "drd"
"""The actor of what the engine does by itself."""

QUIET = frozenset({Kind.RUN_CLAIMED, Kind.STEP_INTENT, Kind.STEP_RECORDED})
"""Kinds that matter for proof more than for who watches."""


_TELLING = {
    Kind.STEP_SKIPPED: "because",
    Kind.STEP_PARKED: "question",
    Kind.RUN_PARKED: "question",
    Kind.RUN_NOTE: "step",
}
"""The member of a payload that says what happened."""


class EventLines:
    """Says events of a run and of the runs it started."""

    def __init__(self, words: Words, run: RunDetailShape) -> None:
        """Take the run, for its names and what its steps do."""
        self._words = words
        self._names = {each.run.id: each.run.service or each.run.runbook for each in family(run)}
        self._steps = {(each.run.id, step.id): step for each in family(run) for step in each.steps}

    def say(self, event: EventShape) -> str:
        """Give one line: when, which service, what happened, on which step, by whom and why."""
        step = f" {event.step}" if event.step else ""
        what = self._words.say(f"event-{event.kind.value.replace('.', '-')}")
        by = "" if event.actor == ENGINE else " " + self._words.say("by", actor=event.actor)
        # A step that a person skips is left out because of the person's reason: once is enough.
        details = dict.fromkeys(each for each in (self._detail(event), event.reason) if each)
        tail = f": {'; '.join(details)}" if details else ""
        name = self._names.get(event.run, event.run)
        return safe(f"{clock_time(event.at)}  {name:<24} {what}{step}{by}{tail}")

    def _detail(self, event: EventShape) -> str:
        payload = event.payload
        step = self._steps.get((event.run, event.step or ""))
        if event.kind is Kind.STEP_FAILED:
            return str(_in(payload, "failure").get("message", ""))
        if event.kind is Kind.STEP_DONE:
            return str(_in(payload, "outputs").get("sentence", "")) or self._does(step)
        if event.kind in {Kind.STEP_INTENT, Kind.APPROVAL_ASKED}:
            return self._does(step)
        if event.kind is Kind.RUN_FINISHED:
            return " ".join(str(payload.get(name) or "") for name in ("state", "because")).strip()
        if event.kind is Kind.RUN_GRACE:
            return self._words.say("word-graceful" if payload.get("graceful") else "word-ungraceful")
        return str(payload.get(_TELLING.get(event.kind, "")) or "")

    def _does(self, step: StepShape | None) -> str:
        return self._words.of(step.text) if step else ""


def _in(payload: Mapping[str, object], name: str) -> Mapping[str, object]:
    inner = payload.get(name)
    return inner if isinstance(inner, Mapping) else {}


def since(start: datetime, now: datetime) -> float:
    """Give the seconds between two instants, never below zero."""
    return max((now - start).total_seconds(), 0.0)
