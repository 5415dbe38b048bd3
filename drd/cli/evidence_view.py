"""Evidence for people: the list, one record in short, and what a check found."""

from collections.abc import Mapping, Sequence
from typing import Any

from drd.api.wire.evidence import EvidenceCardShape, EvidenceShape
from drd.api.wire.problem import Problem
from drd.cli.ages import at
from drd.cli.exits import Exit
from drd.cli.faults import CommandError
from drd.cli.output import NONE, Sheet
from drd.cli.verify_evidence import Chain
from drd.cli.words import Words
from drd.domain.evidence import UNKNOWN, ChainHead
from drd.domain.evidence_of_abandoned import ABANDONED
from drd.domain.ladder import Outcome
from drd.domain.lifecycle import RunState
from drd.domain.statement import HELD, TOLD

_SHORT_HASH = 12


def evidence_sheet(words: Words, records: Sequence[EvidenceCardShape], head: ChainHead) -> Sheet:
    """List records, with where the chain ends."""
    headings = ("number", "time", "kind", "tenant", "service", "record-of", "state", "hash")
    rows = tuple(
        (
            str(each.sequence),
            at(each.recorded_at),
            words.say(f"evidence-{each.kind.value}"),
            each.tenant,
            each.service or NONE,
            each.key,
            _outcome(words, each.outcome),
            each.hash[:_SHORT_HASH] if each.intact else words.say("evidence-not-intact"),
        )
        for each in records
    )
    notes = (words.say("evidence-head", head=head.checkpoint()),) if head.sequence else ()
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), rows, notes=notes)


_TOLD = {ABANDONED: "run-abandoned", HELD: "evidence-held", TOLD: "evidence-told", UNKNOWN: "unknown"}


def _outcome(words: Words, state: str) -> str:
    """Say how it ended: a run, a verification, or what people told."""
    if state in set(RunState):
        return words.say(f"state-{state}")
    if state in set(Outcome):
        return words.say(f"outcome-{state}")
    return words.say(_TOLD[state]) if state in _TOLD else state


def record_sheet(words: Words, shape: EvidenceShape) -> Sheet:
    """Show a record in short: lists as their length, and of what has members those that are plain."""
    place = (("number", str(shape.sequence)), ("hash", shape.hash), ("previous", shape.previous))
    rows = (*place, *((name, _short(value)) for name, value in shape.record.items()))
    marks = () if shape.intact else (words.say("evidence-not-intact"),)
    more = tuple(_added(words, each) for each in shape.additions)
    return Sheet((), rows, title=str(shape.record["id"]), notes=(*marks, *more, words.say("evidence-whole-with-json")))


def _added(words: Words, shape: EvidenceShape) -> str:
    told = shape.record
    return words.say(
        "evidence-added", sequence=shape.sequence, record=told["id"], at=told["recorded-at"], by=told["trigger"]["by"]
    )


def _short(value: Any) -> str:  # noqa: ANN401 - JSON of any shape
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_member(each)}" for name, each in value.items()) or NONE
    return _member(value)


def _member(value: Any) -> str:  # noqa: ANN401 - JSON of any shape
    if isinstance(value, (list, tuple, Mapping)):
        return f"({len(value)})"
    if value is None:
        return NONE
    return str(value).lower() if isinstance(value, bool) else str(value)


def verified(words: Words, chain: Chain, name: str) -> str:
    """Say that everything is as it was written. Raises CommandError with every fault where something is not."""
    if chain.faults:
        first = chain.faults[0]
        problem = Problem(
            title="the evidence is not as drd wrote it",
            status=500,
            code="evidence-broken",
            target=name,
            hint=first[2],
            faults=tuple(f"{name}:{line}: {what}" for line, what, _ in chain.faults),
        )
        raise CommandError(problem, Exit.FAILURE)
    return words.say(
        "evidence-verified",
        records=chain.records,
        withheld=chain.withheld,
        installation=chain.installation or NONE,
        head=chain.head,
    )
