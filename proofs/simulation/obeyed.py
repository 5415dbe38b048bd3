"""What must hold of orders: each is carried out once, by the name of who gave it, and obeyed from then on.

When something became durable is told by what left later: each change knows where every journal ended when it left. So
no clock of a host is believed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.domain.events import BY_HAND, Event, Kind
from drd.domain.ids import StepId
from drd.domain.lifecycle import Request
from drd.domain.plan import Step
from drd.domain.step_progress import is_undo
from proofs.simulation.evidence import Attempt, Evidence, Told, fingerprints
from proofs.simulation.network import Sent

_WITHIN = timedelta(seconds=1)
_GOES_ON = frozenset({Kind.RUN_RESUMED, Kind.RUN_CANCEL, Kind.RUN_UNDO})
_AGAIN = frozenset({Kind.STEP_RETRY, Kind.RUN_GRACE})
_STOPS = frozenset({Kind.RUN_CANCEL, Kind.RUN_UNDO, Kind.UNDO_STARTED})
_SETTLES = frozenset({Kind.STEP_DONE, Kind.STEP_SKIPPED})
_BEGINS = frozenset({Kind.STEP_INTENT, Kind.APPROVAL_ASKED})

KINDS: Mapping[Request, Kind] = {
    Request.PAUSE: Kind.RUN_PAUSED,
    Request.RESUME: Kind.RUN_RESUMED,
    Request.CANCEL: Kind.RUN_CANCEL,
    Request.RETRY: Kind.STEP_RETRY,
    Request.SKIP: Kind.STEP_SKIPPED,
    Request.HOLD: Kind.STEP_HELD,
    Request.RELEASE: Kind.STEP_RELEASED,
    Request.RESOLVE: Kind.STEP_DONE,
    Request.ADOPT: Kind.STEP_ADOPTED,
    Request.UNDO: Kind.RUN_UNDO,
    Request.GRACEFUL: Kind.RUN_GRACE,
    Request.UNGRACEFUL: Kind.RUN_GRACE,
    Request.NOTE: Kind.RUN_NOTE,
    Request.APPROVE: Kind.APPROVAL_GIVEN,
    Request.DENY: Kind.APPROVAL_DENIED,
}
"""The event that says that an order was carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quiet:
    """A part of a run's journal in which something may not be sent.

    Attributes:
        begin: the number of the event with which it begins. end: of the one that ends it; None for none.
        only: of this step. spares: what always runs, and what takes back, may be.
    """

    begin: int
    end: int | None
    what: str
    only: StepId | None = None
    spares: bool = False

    def covers(self, sequence: int) -> bool:
        """Say whether a place in the journal lies in it."""
        return self.begin <= sequence and (self.end is None or sequence < self.end)


def written_once(evidence: Evidence) -> Iterator[str]:
    """Each order that was carried out stands once, with who gave it and why; of one that was refused there is none."""
    runs = {str(told.card.id): told for told in evidence.runs}
    for given in evidence.given:
        order = given.order
        found = [
            event
            for event in runs[str(order.run)].events
            if event.kind is KINDS[order.request] and (event.actor, event.reason) == (order.actor, order.reason)
        ]
        fits = [event for event in found if _names(event) == order.step]
        if len(fits) != 1 or len(found) != 1:
            yield f"{order.request.value} of {order.step or order.run} ({order.reason}) stands {len(found)} times"
    for refused in evidence.refused:
        if any(event.reason == refused.reason for event in runs[str(refused.run)].events):
            yield f"{refused.request.value} of {refused.step or refused.run} ({refused.reason}) was refused, and stands"


def _names(event: Event) -> str | None:
    return str(event.payload["step"]) if event.kind is Kind.RUN_NOTE and event.payload.get("step") else event.step


def stops(evidence: Evidence) -> Iterator[str]:
    """T33: a second after an order, or after what settled a step, became durable, nothing leaves that it forbids."""
    lives = {life.name: life for life in evidence.house.lives}
    attempts = evidence.attempts()
    runs = {str(told.card.id): (told, [*_quiet(told)]) for told in evidence.runs}
    for sent in evidence.house.network.sent:
        stop = lives[sent.life].told_to_stop
        attempt = attempts.get(sent.request_id)
        if attempt is not None and stop is not None and sent.at > stop + _WITHIN:
            yield f"T33 {sent.life} was told to stop at {stop} and sent {sent.path} at {sent.at}"
        if attempt is not None and attempt.run in sent.held:
            told, quiet = runs[attempt.run]
            yield from _in_quiet(evidence, sent, attempt, told, quiet)


def _in_quiet(evidence: Evidence, sent: Sent, attempt: Attempt, told: Told, quiet: list[_Quiet]) -> Iterator[str]:
    head = sent.held[attempt.run][1]
    for part in quiet:
        if part.only not in {None, attempt.step} or (part.spares and attempt.always) or not part.covers(head):
            continue
        since = _known(evidence, told, part.begin)
        if since is not None and sent.at > since + _WITHIN:
            yield f"T33 {part.what} at {since}, and {attempt.step} of {attempt.run} sent {sent.path} at {sent.at}"


def _known(evidence: Evidence, told: Told, sequence: int) -> datetime | None:
    """Give an instant at which an event was durable: somebody was told so, or something left after it."""
    event = told.events[sequence - 1]
    heard = [
        given.at
        for given in evidence.given
        if given.order.run == told.card.id and (given.order.actor, given.order.reason) == (event.actor, event.reason)
    ]
    run = str(told.card.id)
    seen = (sent.at for sent in evidence.house.network.sent if run in sent.held and sent.held[run][1] >= sequence)
    return min([*heard, *seen], default=None)


def _quiet(told: Told) -> Iterator[_Quiet]:
    for event in told.events:
        begin = event.sequence
        if event.kind is Kind.RUN_PAUSED:
            yield _Quiet(begin=begin, end=_first(told, begin, _GOES_ON), what="paused")
        elif event.kind in _STOPS:
            yield _Quiet(begin=begin, end=None, what="cancelled or taken back", spares=True)
        elif event.kind is Kind.STEP_HELD:
            end = _first(told, begin, {Kind.STEP_RELEASED}, event.step)
            yield _Quiet(begin=begin, end=end, what="held", only=event.step)
        elif event.kind in _SETTLES:
            yield _Quiet(begin=begin, end=_first(told, begin, _AGAIN), what="over", only=event.step)
        elif event.kind is Kind.STEP_ADOPTED:
            end = _first(told, begin, {Kind.STEP_INTENT}, event.step)
            yield _Quiet(begin=begin, end=end, what="adopted", only=event.step)


def _first(told: Told, after: int, kinds: frozenset[Kind] | set[Kind], step: StepId | None = None) -> int | None:
    fits = (
        event.sequence for event in told.events[after:] if event.kind in kinds and (step is None or event.step == step)
    )
    return next(fits, None)


def begun(evidence: Evidence) -> Iterator[str]:
    """No step begins that is held, or that the newest word leaves out, or that a run which stops no longer wants."""
    for told in evidence.runs:
        yield from _begun(told)


def _begun(told: Told) -> Iterator[str]:
    steps = {step.id: step for step in told.plan.steps}
    quiet = [part for part in _quiet(told) if part.what not in {"over", "adopted"}]
    always = {str(step.id) for step in told.plan.steps if step.phase.value == "always"}
    graceful, fresh = bool(told.events[0].payload.get("graceful", True)), set(steps)
    for event in told.events:
        if event.kind is Kind.RUN_GRACE:
            graceful = bool(event.payload["graceful"])
            fresh |= _again(event)
        elif event.kind is Kind.STEP_RETRY and event.step:
            fresh |= {event.step, *_again(event)}
        elif event.kind in _BEGINS and event.step:
            for part in quiet:
                spared = part.spares and (event.step in always or is_undo(event.step))
                if part.only in {None, event.step} and part.covers(event.sequence) and not spared:
                    yield f"{event.step} of {told.card.id} began while it was {part.what}"
            if event.step in fresh and _left_out(steps.get(event.step), graceful=graceful):
                yield f"{event.step} of {told.card.id} began, and the newest word leaves it out"
            fresh.discard(event.step)


def _left_out(step: Step | None, *, graceful: bool) -> bool:
    return step is not None and bool(step.why_left_out(graceful=graceful))


def _again(event: Event) -> set[StepId]:
    again = event.payload.get("again")
    return {StepId(str(name)) for name in again} if isinstance(again, list | tuple) else set()


def taken_back(evidence: Evidence) -> Iterator[str]:
    """What an undo took up ends, newest first, or a person left it out."""
    for told in evidence.runs:
        for event in told.events:
            if event.kind is Kind.UNDO_STARTED:
                yield from _taken_back(told, event)


def _taken_back(told: Told, started: Event) -> Iterator[str]:
    listed = started.payload["steps"]
    wanted = [f"{name}/undo" for name in listed] if isinstance(listed, list | tuple) else []
    done = {f"{event.step}/undo": event.sequence for event in told.events if event.kind is Kind.STEP_DONE}
    if wanted != sorted(wanted, key=lambda name: done.get(name, 0), reverse=True):
        yield f"{told.card.id} takes back {wanted}, not newest first"
    own = [event for event in told.events if event.step in wanted]
    ended = {str(event.step) for event in own if event.kind in _SETTLES or event.payload.get("final") is True}
    if ended != set(wanted):
        yield f"{told.card.id} took back {sorted(ended)} of {wanted}"
    begun = dict.fromkeys(str(event.step) for event in own if event.kind is Kind.STEP_INTENT)
    if list(begun) != [name for name in wanted if name in begun]:
        yield f"{told.card.id} took back {list(begun)}, not in the order of {wanted}"


def nothing_over(evidence: Evidence) -> Iterator[str]:
    """Where all that was done was taken back, the subscription is as it was before."""
    kinds = {event.kind for told in evidence.runs for event in told.events}
    if evidence.house.in_portal or Kind.UNDO_STARTED not in kinds or not all(_wholly(told) for told in evidence.runs):
        return
    after = fingerprints(evidence.house)
    for what in sorted({*after, *evidence.before}):
        if after.get(what) != evidence.before.get(what):
            how = "changed" if what in after and what in evidence.before else "left" if what in after else "gone"
            yield f"all was taken back, and {what} is {how}"


def _wholly(told: Told) -> bool:
    """Say whether whatever a run did was taken back, by drd itself."""
    events = [(event, step) for event, step in told.of_steps() if _LEAVES_NOTHING.isdisjoint(_words(step.call.uses))]
    done = {str(event.step) for event in told.events if event.kind is Kind.STEP_DONE and BY_HAND not in event.payload}
    return all(f"{event.step}/undo" in done for event, _ in events if event.kind in _TOUCHES)


_TOUCHES = frozenset({Kind.STEP_INTENT, Kind.STEP_ADOPTED})
_LEAVES_NOTHING = frozenset(
    {"check", "approve", "runbook", "vm.run-command", "asr.test-cleanup", "resource-group.delete"}
)
"""What only asks, has a journal of its own, goes with the machine that it was done on, or cleans up."""


def _words(uses: str) -> set[str]:
    return {uses, uses.partition(".")[0]}


OBEYED: tuple[Callable[[Evidence], Iterator[str]], ...] = (written_once, stops, begun, taken_back, nothing_over)
