"""What must hold after a seed, judged by the model's own account of what was sent and what became durable."""

import json
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256

from drd.domain.events import Event, Kind, first_broken
from drd.domain.evidence import RUN_KEY, EvidenceKind, record_text
from drd.domain.evidence_of_run import RunFacts, evidence_of_run
from drd.domain.figures import FigureFold
from drd.domain.ids import StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Phase, RecoveryPlan
from drd.domain.progress import fold, is_undo
from proofs.model.database import Row
from proofs.model.installation import Installation
from proofs.model.plans import ADOPT, PUT, TELL
from proofs.model.world import Sent

_STOP_SECONDS = 1.0
_SETTLING = {Kind.STEP_DONE, Kind.STEP_SKIPPED}
_LIFTS = {Kind.RUN_RESUMED, Kind.RUN_UNDO, Kind.RUN_CANCEL}
_AGAIN = {Kind.STEP_RETRY, Kind.RUN_GRACE}


def violations(seed: Installation) -> Iterator[str]:
    """Give every promise that was broken, in words."""
    yield from seed.broken
    for each in seed.world.sent:
        yield from _of_one(each)
    yield from (f"{operation} was asked about before it was recorded" for operation in seed.world.polled_unrecorded)
    yield from _of_starts(seed)
    for row in seed.db.rows.values():
        sent = [each for each in seed.world.sent if each.run == row.card.id]
        yield from _of_journal(row)
        yield from _after_stop(row, seed.db.plans[row.card.plan_hash], sent)
        yield from _twice(row, sent)
        yield from _of_end(seed, row)


def trace_hash(seed: Installation) -> str:
    """Give one hash over everything that happened: the same seed has the same one, always."""
    digest = sha256()
    for sent in seed.world.sent:
        digest.update(repr(sent).encode())
    for row in seed.db.rows.values():
        digest.update(row.events[-1].hash.encode())
        digest.update(repr((row.committed, row.token)).encode())
    return digest.hexdigest()


def _of_one(sent: Sent) -> Iterator[str]:
    if sent.zombie:
        yield f"daemon {sent.who} sent {sent.operation} at {sent.at:.1f} s without holding the run"
    if not sent.intent:
        yield f"{sent.operation} was sent at {sent.at:.1f} s before its intent was durable"
    if sent.draining is not None and sent.at > sent.draining + _STOP_SECONDS:
        yield f"daemon {sent.who} sent {sent.operation} at {sent.at:.1f} s, told to stop at {sent.draining:.1f} s"


def _of_starts(seed: Installation) -> Iterator[str]:
    for key, runs in seed.started.items():
        if len(set(runs)) != 1:
            yield f"the key {key} gave several runs: {', '.join(sorted(set(runs)))}"
    for plan in seed.script.plans:
        count = sum(row.card.runbook == plan.runbook for row in seed.db.rows.values())
        if count != 1:
            yield f"two identical starts of {plan.runbook} made {count} runs"


def _of_journal(row: Row) -> Iterator[str]:
    broken = first_broken(row.events)
    if broken is not None:
        yield f"{row.card.id}: the chain is broken at event {broken}"


def _twice(row: Row, sent: list[Sent]) -> Iterator[str]:
    """What is not put by name must not be sent again while an earlier request may have counted."""
    retries = Counter(event.step for event in row.events if event.kind in _AGAIN)
    risky: Counter[StepId] = Counter()
    good: Counter[StepId] = Counter()
    for each in sent:
        if each.verb == PUT:
            continue
        good[each.step] += each.outcome not in {"throttled", "lost-before", "job-fails"}
        risky[each.step] += each.may_have_effect and each.outcome != "job-fails"
        if each.verb == ADOPT and good[each.step] > 1:
            yield f"{row.card.id}: {each.step} had its effect {good[each.step]} times"
        if each.verb == TELL and risky[each.step] > 1 + retries[each.step]:
            yield f"{row.card.id}: {each.step} was sent {risky[each.step]} times, retried {retries[each.step]} times"


def _after_stop(row: Row, plan: RecoveryPlan, sent: list[Sent]) -> Iterator[str]:
    always = {step.id for step in plan.steps if step.phase is Phase.ALWAYS}
    quiet = tuple(_quiet(row))
    for each in sent:
        for begin, end, what, only, spares in quiet:
            if only not in {None, each.step} or (spares and (each.step in always or is_undo(each.step))):
                continue
            if begin + _STOP_SECONDS < each.at < end:
                yield f"{each.operation} was sent at {each.at:.1f} s, {what} at {begin:.1f} s"


def _quiet(row: Row) -> Iterator[tuple[float, float, str, StepId | None, bool]]:
    """Give the spans in which nothing may be sent: for which step, and whether what always runs is spared."""
    timed = list(zip(row.events, row.committed, strict=True))
    for place, (event, at) in enumerate(timed):
        later = timed[place + 1 :]
        if event.kind is Kind.RUN_CANCEL:
            yield at, float("inf"), "cancelled", None, True
        elif event.kind is Kind.RUN_PAUSED:
            yield at, _first(later, _LIFTS), "paused", None, False
        elif event.kind is Kind.STEP_HELD:
            yield at, _first(later, {Kind.STEP_RELEASED}, event.step), "held", event.step, False
        elif event.kind in _SETTLING:
            yield at, _first(later, _AGAIN, event.step), "over", event.step, False


def _first(later: list[tuple[Event, float]], kinds: set[Kind], step: StepId | None = None) -> float:
    fits = (at for event, at in later if event.kind in kinds and (step is None or event.step in {None, step}))
    return next(fits, float("inf"))


def _of_record(plan: RecoveryPlan, row: Row) -> Iterator[str]:
    """Whatever happened, evidence can be made of it, and it names each step that was not done."""
    key, at = f"{RUN_KEY}{row.card.id}", row.events[-1].at
    try:
        contents = evidence_of_run(RunFacts(plan=plan, events=row.events))
        body = json.loads(record_text(EvidenceKind.of(plan.mode), plan.tenant, contents, key=key, at=at))
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        yield f"{row.card.id}: no evidence can be made of it: {error!r}"
        return
    undone = {each["id"] for each in body["steps"] if each["outcome"] != "done" and not is_undo(each["id"])}
    if undone != {each["step"] for each in body["not-tested"]["steps"]}:
        yield f"{row.card.id}: its evidence does not name each step that was not done"


def _of_end(seed: Installation, row: Row) -> Iterator[str]:
    run = row.card.id
    if not row.card.state.final:
        yield f"{run} never ends: it is {row.card.state.value} after {len(row.events)} events"
        return
    plan = seed.db.plans[row.card.plan_hash]
    progress, figures = fold(plan, row.events), FigureFold(plan)
    for event in row.events:
        figures.apply(event)
    told = row.events[-1].payload.get("figures")
    if told != figures.figures().to_json():
        yield f"{run}: the figures at its end are not those of its journal"
    yield from _of_record(plan, row)
    for each in progress.steps.values():
        verb = each.step.call.uses
        if each.state is StepState.DONE and not each.by_hand and verb in {PUT, ADOPT}:
            jobs = seed.world.jobs.get((run, each.step.id), [])
            if not any(not job.fails and job.ends_at < float("inf") for job in jobs):
                yield f"{run}: {each.step.id} is done, and the world does not show it"
        if row.card.state is RunState.SUCCEEDED and each.step.critical and each.state not in _OVER:
            yield f"{run} succeeded, and {each.step.id} is {each.state.value}"


_OVER = {StepState.DONE, StepState.SKIPPED}
