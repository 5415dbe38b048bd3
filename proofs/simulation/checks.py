"""What must hold at the end of a simulation, told from the sandbox's journal and held against the runs' own."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Any

from drd.domain.events import Event, Kind, first_broken
from drd.domain.figures import recovery_figures
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode
from proofs.account import ONCE
from proofs.simulation.evidence import Evidence, fingerprints
from proofs.simulation.obeyed import OBEYED

_BAD_END = frozenset({"Failed", "Canceled"})
_SCRIPT = "vm.managed-run-command"
_NOT_BY_NAME = frozenset({"POST", "DELETE"})
"""A PUT of the same content under the same name gives the same; these do not."""
_FOREIGN = "oud"
"""Part of the names of what no run may touch."""


def repeated(evidence: Evidence) -> Iterator[str]:
    """P1: nothing happens twice for one run. What provably failed at the other side did not happen."""
    operations = evidence.house.sandbox.world.operations
    attempts = evidence.attempts()
    sent_for = {
        sent.number: attempts[sent.request_id]
        for sent in evidence.house.network.sent
        if sent.number and sent.request_id in attempts
    }
    seen: Counter[tuple[str, str, str]] = Counter()
    for number, entry in enumerate(evidence.entries, start=1):
        attempt = sent_for.get(number)
        # What is taken back is written once more, and that once too.
        run = f"{attempt.run}{' taken back' if attempt.step.endswith('/undo') else ''}" if attempt else ""
        for effect in entry.effects:
            kind, operation = str(effect["kind"]), effect.get("operation")
            if operation and operations.get(str(operation)).status in _BAD_END:
                continue
            if kind in ONCE or kind == _SCRIPT:
                seen[run, kind, _target(effect)] += 1
    again = Counter(str(given.order.run) for given in evidence.given if given.order.request is Request.RETRY)
    for (run, kind, target), times in seen.items():
        # A person who looked may have a script run again; nothing else knows whether it ran.
        if times > 1 + (again[run] if kind == _SCRIPT else 0):
            yield f"P1 {kind} happened {times} times for {run or 'nobody'}: {target}"


def sent_again(evidence: Evidence) -> Iterator[str]:
    """P1: what was accepted and did not provably fail is not sent again, not even for Azure to refuse."""
    attempts, operations = evidence.attempts(), evidence.house.sandbox.world.operations
    accepted: dict[tuple[str, str, str], int] = {}
    arrived = sorted((sent for sent in evidence.house.network.sent if sent.number), key=lambda sent: sent.number)
    for sent in arrived:
        if sent.request_id not in attempts or sent.method not in _NOT_BY_NAME:
            continue
        key = (attempts[sent.request_id].run, sent.method, sent.path.casefold())
        if key in accepted:
            yield f"P1 sent again: {sent.method} {sent.path}, which {accepted[key]} had accepted"
        effects = evidence.entries[sent.number - 1].effects
        ended = [operations.get(str(each["operation"])).status for each in effects if each.get("operation")]
        if effects and not any(status in _BAD_END for status in ended):
            accepted[key] = sent.number


def _target(effect: Mapping[str, Any]) -> str:
    what = str(effect.get("item") or effect.get("id") or "").casefold()
    command, _, _ = what.partition("/runcommands/")
    return f"{command} {effect.get('group', '')}".strip().casefold()


def zombies(evidence: Evidence) -> Iterator[str]:
    """P1: whoever no longer holds a run sends nothing for it, and nobody before the intent is durable (T8)."""
    attempts = evidence.attempts()
    for sent in evidence.house.network.sent:
        attempt = attempts.get(sent.request_id)
        if attempt is None:
            continue
        holder, head = sent.held.get(attempt.run, ("", 0))
        if head < attempt.sequence:
            yield f"P1 {sent.life} sent {sent.method} {sent.path} before the intent of {attempt.step} was durable"
        if holder != sent.life:
            whose = f"{attempt.run}, held by {holder or 'nobody'}"
            yield f"P1 zombie: {sent.life} sent {sent.method} {sent.path} for {whose}"


def unplanned(evidence: Evidence) -> Iterator[str]:
    """P5: whatever changed, a step of an accepted run intended it."""
    attempts = evidence.attempts()
    by_number = {sent.number: sent for sent in evidence.house.network.sent if sent.number}
    for number, entry in enumerate(evidence.entries, start=1):
        sent = by_number.get(number)
        if sent is not None and entry.effects and sent.request_id not in attempts:
            yield f"P5 nobody intended {entry.method} {entry.path}"
    for told in evidence.runs:
        first = told.events[0]
        if first.kind is not Kind.RUN_ACCEPTED or not first.actor:
            yield f"P5 {told.card.id} has no recorded trigger"


def journals(evidence: Evidence) -> Iterator[str]:
    """P2 and P8: every run is over, its chain is whole, and its figures are those that its journal gives anew."""
    if not evidence.runs:
        yield "P2 the run was accepted by nobody"
    for told in evidence.runs:
        last = told.events[-1]
        if first_broken(told.events) is not None:
            yield f"chain of {told.card.id} is broken at {first_broken(told.events)}"
        if last.kind is not Kind.RUN_FINISHED:
            yield f"P2 {told.card.id} did not end: {told.card.state.value}"
        elif last.payload.get("figures") != recovery_figures(told.plan, told.events).to_json():
            yield f"P8 figures of {told.card.id} are not those of its journal"
    parents = [told for told in evidence.runs if told.card.parent is None]
    if len(parents) > 1:
        yield f"T19 one wish made {len(parents)} runs"


async def leftovers(evidence: Evidence) -> list[str]:
    """P3: a drill leaves nothing, or says what."""
    if evidence.play.mode is not Mode.DRILL:
        return []
    told = {str(each).casefold() for each in _reported(evidence)}
    left = {what for what in fingerprints(evidence.house) if what not in evidence.before}
    unsaid = {what for what in left if not any(what == each or what.startswith(f"{each}/") for each in told)}
    # What a test failover makes lies under no id that the run knows: its item is what is reported.
    found = [f"P3 left and not reported: {what}" for what in sorted(unsaid)] if not told else []
    open_entries = {str(entry.id).casefold() for entry in await evidence.house.base.ledger.open()}
    found += [f"P3 in the ledger and not reported: {what}" for what in sorted(open_entries - told)]
    succeeded = all(each.card.state is RunState.SUCCEEDED for each in evidence.runs)
    return found + ([f"P3 green, and left {what}" for what in sorted(left)] if succeeded else [])


def _reported(evidence: Evidence) -> Iterator[object]:
    for told in evidence.runs:
        left = told.events[-1].payload.get("leftovers")
        yield from left if isinstance(left, list | tuple) else ()


def touched(evidence: Evidence) -> Iterator[str]:
    """P4: look-alikes stay as they are; so does everything that there was before a drill."""
    after = fingerprints(evidence.house)
    drill = evidence.play.mode is Mode.DRILL
    for what, print_ in evidence.before.items():
        foreign = _FOREIGN in what
        machine = "/virtualmachines/" in what or "/disks/" in what or "/dnszones/" in what
        if (foreign or (drill and machine)) and after.get(what) != print_:
            yield f"P4 {what} was {'changed' if what in after else 'removed'}"


def in_flight(evidence: Evidence) -> Iterator[str]:
    """P2: a run that is over has nothing under way, but what it gave up by a host's wrong clock, and said so."""
    endless = evidence.house.endless()
    given_up = {
        str(step.item)
        for told in evidence.runs
        for event, step in told.of_steps()
        if event.kind is Kind.STEP_FAILED and _code(event) == "deadline-passed" and evidence.clock_was_wrong
    }
    for operation in evidence.house.sandbox.world.operations.running():
        name = operation.target.casefold().rpartition("/")[2]
        if operation.id in evidence.house.in_portal:
            continue
        if operation.target.casefold() not in endless and name not in given_up:
            yield f"P2 still under way at the end: {operation.kind} {operation.target}"


def _code(event: Event) -> object:
    failure = event.payload.get("failure")
    return failure.get("code") if isinstance(failure, Mapping) else None


async def slots(evidence: Evidence) -> list[str]:
    """P6: every slot of the schedule stands in the store once."""
    if not evidence.play.ticking:
        return []
    recent = await evidence.house.base.slots.recent("collect", newest=1000)
    dues = sorted(slot.due_at for slot in recent)
    gaps = [later - earlier for earlier, later in pairwise(dues)]
    return (
        [f"P6 {len([gap for gap in gaps if gap > timedelta(minutes=5)])} slots passed silently"]
        if any(gap > timedelta(minutes=5) for gap in gaps)
        else []
    )


CHECKS: tuple[Callable[[Evidence], Iterator[str]], ...] = (
    repeated, sent_again, zombies, unplanned, journals, touched, in_flight, *OBEYED,
)  # fmt: skip


async def violations(evidence: Evidence) -> list[str]:
    """Give every promise that was broken."""
    found = [each for check in CHECKS for each in check(evidence)]
    return [*found, *await leftovers(evidence), *await slots(evidence)]
