"""What a run's record of evidence says of its steps: what was done, by whom it was decided, and what went otherwise."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.events import BY_HAND, BY_PLAN, Event, Kind
from drd.domain.evidence import UNKNOWN
from drd.domain.lifecycle import StepState
from drd.domain.plan import APPROVE, RUNBOOK
from drd.domain.progress import Progress
from drd.domain.steady import is_hypothesis
from drd.domain.step_progress import StepProgress

DRD = "drd"
"""The actor of what nobody asked for."""

CORRELATION = "correlation-id"
"""Detail of an operation: the id under which Azure's activity log knows the request."""

CHECK = "check."
"""Names of questions begin so."""

_FIRST_CLAIM = 2
_ANSWERS = {Kind.APPROVAL_GIVEN: "approved", Kind.APPROVAL_DENIED: "denied"}

_DECISIONS = frozenset(
    {Kind.STEP_ADOPTED, Kind.STEP_RETRY, Kind.STEP_SKIPPED, Kind.STEP_HELD, Kind.STEP_RELEASED, *_ANSWERS}
)

_OF_RUN = {
    Kind.RUN_PAUSED: "paused",
    Kind.RUN_RESUMED: "resumed",
    Kind.RUN_CANCEL: "cancelled",
    Kind.RUN_UNDO: "taken-back",
    Kind.RUN_PARKED: "parked",
    Kind.RUN_NOTE: "note",
    Kind.STEP_ADOPTED: "adopted",
    Kind.STEP_RETRY: "retried",
    Kind.STEP_HELD: "held",
    Kind.STEP_PARKED: "parked",
    Kind.APPROVAL_DENIED: "denied",
}
"""Kinds of event that are a deviation whatever they hold."""


def steps(progress: Progress, events: Sequence[Event]) -> list[Json]:
    """Give every step with its times, its operation, its failures and its deciders."""
    by_step: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.step is not None:
            by_step[event.step].append(event)
    return [_step(each, by_step[each.step.id]) for each in progress.steps.values()]


def _step(each: StepProgress, events: Sequence[Event]) -> Json:
    step = each.step
    return {
        "id": step.id,
        "phase": step.phase.value,
        "action": step.call.uses,
        "item": step.item,
        "critical": step.critical,
        "started-at": format_instant(each.started_at) if each.started_at else None,
        "ended-at": format_instant(each.ended_at) if each.ended_at else None,
        "outcome": each.state.value,
        "because": each.because,
        "attempts": sum(event.kind is Kind.STEP_INTENT for event in events),
        "operations": [_operation(event) for event in events if event.kind in {Kind.STEP_RECORDED, Kind.STEP_ADOPTED}],
        "failures": [_failure(event) for event in events if event.kind is Kind.STEP_FAILED],
        "decisions": [
            {"at": format_instant(event.at), "who": event.actor, "what": _decision(event), "why": event.reason}
            for event in events
            if event.actor != DRD and (event.kind in _DECISIONS or event.payload.get(BY_HAND))
        ],
    }


def _operation(event: Event) -> Json:
    """Give what Azure accepted: its id of the operation, its job, and the request that asked for it."""
    told = event.payload.get("operation")
    operation: Mapping[str, Json] = told if isinstance(told, Mapping) else {}
    url = str(operation.get("status-url") or operation.get("location-url") or "")
    details = operation.get("details")
    known = details.get(CORRELATION) if isinstance(details, Mapping) else None
    return {
        "attempt": event.attempt,
        "at": format_instant(event.at),
        "kind": operation.get("kind"),
        "target": operation.get("target"),
        "operation-id": url.partition("?")[0].rstrip("/").rpartition("/")[2] or UNKNOWN,
        "job": operation.get("job") or UNKNOWN,
        "client-request-id": operation.get("request-id") or UNKNOWN,
        "correlation-id": known or UNKNOWN,
    }


def _failure(event: Event) -> Json:
    told = event.payload.get("failure")
    failure: Mapping[str, Json] = told if isinstance(told, Mapping) else {}
    return {
        "attempt": event.attempt,
        "at": format_instant(event.at),
        "code": failure.get("code", UNKNOWN),
        "message": failure.get("message", ""),
        "final": bool(event.payload.get("final")),
    }


def _decision(event: Event) -> str:
    if event.payload.get(BY_HAND):
        return "resolved-by-hand"
    return _ANSWERS.get(event.kind, event.kind.value.removeprefix("step."))


def approvals(progress: Progress, events: Sequence[Event]) -> list[Json]:
    """Give every question to people with its answers. An override is an approval that was skipped or done by hand."""
    asked = [each for each in progress.steps.values() if each.step.call.uses == APPROVE]
    return [_approval(each, [event for event in events if event.step == each.step.id]) for each in asked]


def _approval(each: StepProgress, events: Sequence[Event]) -> Json:
    terms, questions = each.step.approval, [event for event in events if event.kind is Kind.APPROVAL_ASKED]
    skipped = each.state is StepState.SKIPPED and not each.by_plan
    return {
        "step": each.step.id,
        "asked-at": format_instant(questions[0].at) if questions else None,
        "of": list(terms.by) if terms else [],
        "minimum": terms.minimum if terms else UNKNOWN,
        "plan": questions[-1].payload.get("plan") if questions else None,
        "outcome": each.state.value,
        "answers": [
            {"who": event.actor, "at": format_instant(event.at), "why": event.reason, "answer": _ANSWERS[event.kind]}
            for event in events
            if event.kind in _ANSWERS
        ],
        "override": bool(skipped or each.by_hand),
    }


def participants(events: Sequence[Event]) -> list[Json]:
    """Give the people who had a hand in it, and how often in what."""
    did: dict[str, Counter[str]] = defaultdict(Counter)
    for event in events:
        if event.actor != DRD:
            did[event.actor][event.kind.value] += 1
    return [{"who": who, "did": dict(sorted(what.items()))} for who, what in sorted(did.items())]


def deviations(events: Sequence[Event]) -> list[Json]:
    """Give what went otherwise than the plan's straight way, in the order in which it did."""
    return [
        {
            "what": what,
            "step": event.step or event.payload.get("step"),
            "at": format_instant(event.at),
            "who": event.actor,
            "why": event.reason or str(event.payload.get("because") or event.payload.get("question") or ""),
        }
        for event in events
        if not is_hypothesis(event)
        for what in _deviations(event)
    ]


def _deviations(event: Event) -> Iterator[str]:
    if event.kind in _OF_RUN:
        yield _OF_RUN[event.kind]
    elif event.kind is Kind.STEP_DONE and event.payload.get(BY_HAND):
        yield "resolved-by-hand"
    elif event.kind is Kind.STEP_SKIPPED:
        yield "left-out-by-plan" if event.payload.get(BY_PLAN) else "skipped"
    elif event.kind is Kind.STEP_FAILED:
        yield "failed" if event.payload.get("final") else "tried-again"
    elif event.kind is Kind.RUN_GRACE:
        yield "graceful" if event.payload.get("graceful") else "ungraceful"
    elif event.kind is Kind.RUN_ACCEPTED and not event.payload.get("graceful", True):
        yield "ungraceful"
    elif event.kind is Kind.RUN_CLAIMED and event.sequence > _FIRST_CLAIM:
        yield "claimed-again"


def checks(progress: Progress) -> Iterator[StepProgress]:
    """Give the questions that the run asked, or was to ask."""
    return (each for each in progress.steps.values() if each.step.call.uses.startswith(CHECK))


def answer(each: StepProgress) -> Json:
    """Give what a question was answered with."""
    failure = each.failure or {}
    return {
        "step": each.step.id,
        "check": each.step.call.uses,
        "phase": each.step.phase.value,
        "at": format_instant(each.ended_at) if each.ended_at else None,
        "outcome": each.state.value,
        "said": str(each.outputs.get("sentence") or failure.get("message") or each.because),
    }


def children(progress: Progress, states: Mapping[str, str]) -> list[Json]:
    """Give the runs that this one started, each with how it stands; every one of them has a record of its own."""
    return [
        {
            "step": each.step.id,
            "run": each.child or None,
            "service": each.step.child.service if each.step.child else None,
            "outcome": states.get(each.child, each.state.value) if each.child else each.state.value,
        }
        for each in progress.steps.values()
        if each.step.call.uses == RUNBOOK
    ]
