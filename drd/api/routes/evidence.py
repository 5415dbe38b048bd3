"""Evidence: the records, and the lines of a file that can be checked without drd."""

from fastapi import APIRouter

from drd.api.presenting_evidence import evidence_card_shape, evidence_shape, head_shape, lines_shape, statement_of
from drd.api.routing import Asked, Caller, Routes, sequence_of
from drd.api.wire.evidence import ChainHeadShape, EvidenceCardShape, EvidenceLinesShape, EvidenceShape
from drd.api.wire.statement import AdditionBody, ExerciseBody
from drd.domain.evidence import EvidenceKind
from drd.domain.ids import ServiceId
from drd.ports.evidence import EvidenceFilter

router = APIRouter(tags=["evidence"])

_MOST = 1000


@router.get("/evidence")
async def evidence(
    use: Asked, caller: Caller, service: str | None = None, kind: EvidenceKind | None = None, newest: int = 50
) -> list[EvidenceCardShape]:
    """List records, newest first."""
    wanted = EvidenceFilter(
        service=ServiceId(service) if service else None, kind=kind, newest=min(max(newest, 1), _MOST)
    )
    return [evidence_card_shape(record) for record in await use.show_evidence.list(caller, wanted)]


@router.get("/evidence/head")
async def head(use: Asked, caller: Caller) -> ChainHeadShape:
    """Give where the chain ends: noted elsewhere, it shows later that nothing was cut off."""
    return head_shape(await use.show_evidence.head(caller))


@router.get("/evidence/lines")
async def lines(use: Asked, caller: Caller, after: int = 0, until: int | None = None) -> EvidenceLinesShape:
    """Give a piece of an export: the records after a number, until another one or the end."""
    return lines_shape(await use.show_evidence.page(caller, after=sequence_of(after), until=until))


@router.get("/evidence/{record}")
async def show(record: str, use: Asked, caller: Caller) -> EvidenceShape:
    """Show one record, by its number, its id, or what it is about; with what was added to it."""
    found = await use.show_evidence.show(caller, record)
    return evidence_shape(found, await use.show_evidence.additions(caller, found))


@router.post("/evidence/exercises")
async def exercise(body: ExerciseBody, use: Asked, caller: Caller) -> EvidenceShape:
    """Record an exercise that people held; told twice it is one record."""
    return evidence_shape(await use.record_statement.exercise(caller, statement_of(body)))


@router.post("/evidence/additions")
async def addition(body: AdditionBody, use: Asked, caller: Caller) -> EvidenceShape:
    """Record what people add to a record: a record of its own, that names the first one by its hash."""
    return evidence_shape(await use.record_statement.addition(caller, body.to, statement_of(body)))


ROUTES = Routes(router)
