"""What a run's record says of the daemons that moved it: which died, who went on, and whether anything was repeated.

A request is known to have been sent once when the journal shows it: an attempt has one intent and at most one record,
and what was in doubt when another daemon took the run up was looked for before anything else was done.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from drd.domain.canonical import Json
from drd.domain.conductor import drawn, kill_notes
from drd.domain.durations import format_instant
from drd.domain.events import BOOT, KILL, LOOKED, Event, Kind
from drd.domain.evidence import NOT_APPLICABLE, UNKNOWN
from drd.domain.plan import APPROVE, RecoveryPlan

_CHECK = "check."
_ACCEPTED = frozenset({Kind.STEP_RECORDED, Kind.STEP_ADOPTED, Kind.CHILD_STARTED})
_BEGUN = frozenset({Kind.STEP_INTENT, *_ACCEPTED})
_OVER = frozenset({Kind.STEP_DONE, Kind.STEP_FAILED, Kind.STEP_SKIPPED, Kind.STEP_PARKED})
FOLLOWED, ASKED, BY_NAME = "followed", "asked-a-person", "by-name"
SETTLED = frozenset({"under-way", "present", "absent", FOLLOWED, ASKED, BY_NAME})
"""Answers after which it is known whether anything was sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenJob:
    """A job of Azure's own list. `request` is the request that it says it was started by; empty where it says none."""

    id: str
    request: str


def conductor(plan: RecoveryPlan, events: Sequence[Event], jobs: Sequence[SeenJob] | None = None) -> Json:
    """Give the member `conductor` of a run's record. `jobs` is what Azure lists; None where it was not asked."""
    takeovers = list(_takeovers(plan, events))
    repeated = _repeated(events)
    return {
        "kill": _kill(events),
        "takeovers": takeovers,
        "repeated": repeated,
        "jobs": _jobs(events, jobs) if takeovers else NOT_APPLICABLE,
        "nothing-repeated": _verdict(takeovers, repeated, _twice(events, jobs)) if takeovers else NOT_APPLICABLE,
    }


def _kill(events: Sequence[Event]) -> Json:
    """Say what was drawn and what came of it: killed, stayed, or never reached."""
    wanted = drawn(events[0])
    if wanted is None:
        return NOT_APPLICABLE
    notes = list(kill_notes(events))
    last = notes[-1] if notes else None
    told = last.payload[KILL] if last is not None else None
    said = told if isinstance(told, Mapping) else {}
    after = _claim_after(events, last) if last is not None else None
    return {
        "wanted-by": events[0].actor,
        "drawn": wanted.to_json(),
        "outcome": _outcome(said, after) if last is not None else "not-reached",
        "step": last.payload.get("step") if last is not None else None,
        "moment": said.get("moment"),
        "at": format_instant(last.at) if last is not None else None,
        "daemon": said.get("daemon"),
        "boot": said.get("boot"),
        "because": said.get("because", ""),
        "taken-up-by": _taker(after) if said.get("ends") and after is not None else None,
        "taken-up-at": format_instant(after.at) if said.get("ends") and after is not None else None,
    }


def _outcome(said: Mapping[str, Json], after: Event | None) -> str:
    if not said.get("ends"):
        return "stayed"
    if after is None or not after.payload.get(BOOT):
        return UNKNOWN
    return "killed" if after.payload[BOOT] != said.get("boot") else "stayed"


def _claim_after(events: Sequence[Event], note: Event) -> Event | None:
    """Give the claim that follows the note. What steps beside it wrote at the same time may stand in between."""
    return next((event for event in events[note.sequence :] if event.kind is Kind.RUN_CLAIMED), None)


def _taker(event: Event) -> Json:
    return {"daemon": event.payload.get("daemon", UNKNOWN), "boot": event.payload.get(BOOT) or UNKNOWN}


def _takeovers(plan: RecoveryPlan, events: Sequence[Event]) -> Iterator[Json]:
    """Give each claim after the first, with what was under way and what was found of it."""
    acts = {step.id for step in plan.steps if step.call.uses != APPROVE and not step.call.uses.startswith(_CHECK)}
    under_way: dict[str, Event] = {}
    claims = 0
    for event in events:
        if event.kind is Kind.RUN_CLAIMED:
            claims += 1
            if claims > 1:
                steps = [_found(begun, events) for begun in under_way.values()]
                yield {"at": format_instant(event.at), "by": _taker(event), "steps": steps}
        elif event.step in acts and event.kind in _BEGUN:
            under_way[str(event.step)] = event
        elif event.kind in _OVER and event.step is not None:
            under_way.pop(event.step, None)


def _found(begun: Event, events: Sequence[Event]) -> Json:
    later = (event for event in events[begun.sequence :] if event.step == begun.step)
    following = next((event for event in later if event.kind in _BEGUN | _OVER), None)
    return {
        "step": begun.step,
        "attempt": begun.attempt,
        "stood": "accepted" if begun.kind in _ACCEPTED else "intended",
        "found": FOLLOWED if begun.kind in _ACCEPTED else _answer(following),
    }


def _answer(event: Event | None) -> str:
    """Say what a step's next event tells of the look that came before it."""
    if event is None:
        return UNKNOWN
    if event.kind is Kind.STEP_PARKED:
        return ASKED
    if event.kind is Kind.CHILD_STARTED:
        # A child run's name is made from the parent's: accepted twice, it is one run.
        return BY_NAME
    return str(event.payload.get(LOOKED) or UNKNOWN)


def _repeated(events: Sequence[Event]) -> list[Json]:
    """Name the attempts of which the journal holds more than one intent, or more than one record."""
    counted = Counter(
        (event.kind, event.step, event.attempt)
        for event in events
        if event.kind in {Kind.STEP_INTENT, Kind.STEP_RECORDED, Kind.CHILD_STARTED}
    )
    twice = {(str(step), attempt) for (_, step, attempt), times in counted.items() if times > 1}
    return [{"step": step, "attempt": attempt} for step, attempt in sorted(twice)]


def _requests(events: Sequence[Event]) -> dict[str, Event]:
    """Give the requests that leave a job in a vault, by their name."""
    found: dict[str, Event] = {}
    for event in events:
        operation = event.payload.get("operation")
        if event.kind is Kind.STEP_RECORDED and isinstance(operation, Mapping) and operation.get("kind") in JOB_KINDS:
            found[str(operation.get("request-id")).casefold()] = event
    return found


JOB_KINDS = frozenset({"site-recovery", "backup-restore"})
"""Kinds of operation of which a vault's list of jobs tells."""


def _by_request(jobs: Sequence[SeenJob]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = defaultdict(list)
    for job in jobs:
        if job.request:
            named[job.request.casefold()].append(job.id)
    return named


def _jobs(events: Sequence[Event], jobs: Sequence[SeenJob] | None) -> Json:
    """Set the requests that leave a job beside the jobs that name them."""
    wanted = _requests(events)
    if not wanted:
        return NOT_APPLICABLE
    if jobs is None:
        return UNKNOWN
    named = _by_request(jobs)
    return [
        {"step": event.step, "attempt": event.attempt, "client-request-id": request, "jobs": list(named[request])}
        for request, event in wanted.items()
    ]


def _twice(events: Sequence[Event], jobs: Sequence[SeenJob] | None) -> bool | None:
    """Say whether Azure has two jobs of one request; None where it does not tell of each of them."""
    wanted = _requests(events)
    named = _by_request(jobs or ())
    counts = [len(named[request]) for request in wanted]
    if any(count > 1 for count in counts):
        return True
    return False if all(counts) else None


def _verdict(takeovers: Sequence[Json], repeated: Sequence[Json], twice: bool | None) -> Json:  # noqa: FBT001 - a finding
    if repeated or twice:
        return False
    found = {
        str(step["found"]) for takeover in takeovers if isinstance(takeover, Mapping) for step in _steps_of(takeover)
    }
    return True if found <= SETTLED and twice is False else UNKNOWN


def _steps_of(takeover: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    steps = takeover["steps"]
    if isinstance(steps, list):
        yield from (step for step in steps if isinstance(step, Mapping))
