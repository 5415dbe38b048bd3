"""From the book of evidence to the shapes on the wire."""

from collections.abc import Mapping, Sequence

from drd.api.wire.evidence import ChainHeadShape, EvidenceCardShape, EvidenceLinesShape, EvidenceShape
from drd.api.wire.statement import AdditionBody, ExerciseBody
from drd.domain.durations import parse_instant
from drd.domain.evidence import UNKNOWN, ChainHead, EvidenceKind, EvidenceRecord
from drd.domain.statement import Statement
from drd.operations.show_evidence import EvidencePage


def evidence_card_shape(record: EvidenceRecord) -> EvidenceCardShape:
    """Present a line of a list: from what the record says, never from what was noted beside it."""
    body = record.body()
    service, outcome = body["service"], body["outcome"]
    return EvidenceCardShape(
        sequence=record.sequence,
        id=body["id"],
        key=body["key"],
        kind=EvidenceKind(body["type"]),
        tenant=body["tenant"],
        service=service.get("id") if isinstance(service, Mapping) else None,
        outcome=str(outcome.get("state", UNKNOWN)) if isinstance(outcome, Mapping) else UNKNOWN,
        recorded_at=parse_instant(body["recorded-at"]),
        hash=record.hash,
        intact=record.intact(),
    )


def evidence_shape(record: EvidenceRecord, additions: Sequence[EvidenceRecord] = ()) -> EvidenceShape:
    """Present a record, whole, with what was added to it."""
    return EvidenceShape(
        installation=record.installation,
        sequence=record.sequence,
        previous=record.previous,
        hash=record.hash,
        intact=record.intact(),
        record=record.body(),
        additions=tuple(evidence_shape(each) for each in additions),
    )


def statement_of(body: ExerciseBody | AdditionBody) -> Statement:
    """Read what was told. An addition's municipality is that of the record that it is about."""
    tenant = body.tenant if isinstance(body, ExerciseBody) else ""
    return Statement(id=body.id, tenant=tenant, said=body.said())


def head_shape(head: ChainHead) -> ChainHeadShape:
    """Present where the chain ends."""
    return ChainHeadShape(installation=head.installation, sequence=head.sequence, hash=head.hash)


def lines_shape(page: EvidencePage) -> EvidenceLinesShape:
    """Present a piece of an export."""
    return EvidenceLinesShape(lines=page.lines, last=page.last, head=head_shape(page.head))
