"""Show evidence: the records, one of them, and the lines of a file that can be checked without drd."""

from dataclasses import dataclass, replace

from drd.domain.actor import Actor, Role
from drd.domain.evidence import ChainHead, EvidenceRecord
from drd.domain.ids import TenantId
from drd.ports.evidence import EvidenceBook, EvidenceFilter

MOST_LINES = 500
"""Records in one page of an export at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePage:
    """A piece of an export.

    Attributes:
        lines: one record each, without ends of line. What the reader may not see is withheld; the chain stays whole.
        last: number of the last record in it; of the record before, where it is empty.
        head: where the chain ended before the piece was read.
    """

    lines: tuple[str, ...]
    last: int
    head: ChainHead


class ShowEvidence:
    """Reads the book of evidence. Whoever has a role reads the records of the tenants that it counts for."""

    def __init__(self, book: EvidenceBook) -> None:
        """Take the book."""
        self._book = book

    async def list(self, actor: Actor, wanted: EvidenceFilter) -> tuple[EvidenceRecord, ...]:
        """Give records, newest first."""
        actor.must_have(*Role)
        return await self._book.list(replace(wanted, tenants=actor.tenants))

    async def show(self, actor: Actor, name: str) -> EvidenceRecord:
        """Give one record by its number, id, key, run, or the beginning of its id.

        Raises:
            NotFoundError, InvalidError: there is none, or several begin so.
            ForbiddenError: it is of a tenant that the actor has no role for.
        """
        actor.must_have(*Role)
        record = await self._book.get(name)
        actor.must_have(*Role, tenant=TenantId(record.body()["tenant"]))
        return record

    async def additions(self, actor: Actor, record: EvidenceRecord) -> tuple[EvidenceRecord, ...]:
        """Give what people added to a record later, in order. Raises ForbiddenError as `show`."""
        body = record.body()
        actor.must_have(*Role, tenant=TenantId(body["tenant"]))
        return await self._book.additions(str(body["id"]))

    async def head(self, actor: Actor) -> ChainHead:
        """Give where the chain ends: a note of it, kept elsewhere, is a checkpoint."""
        actor.must_have(*Role)
        return await self._book.head()

    async def page(self, actor: Actor, *, after: int, until: int | None = None) -> EvidencePage:
        """Give the lines of the records after a number, until another one or the end; some hundred at most."""
        actor.must_have(*Role)
        head = await self._book.head()
        most = MOST_LINES if until is None else max(0, min(MOST_LINES, until - after))
        found = await self._book.page(after=after, most=most) if most else ()
        records = [each for each in found if until is None or each.sequence <= until]
        lines = tuple(each.line(withheld=bool(actor.tenants) and not _seen(actor, each)) for each in records)
        return EvidencePage(lines=lines, last=records[-1].sequence if records else after, head=head)


def _seen(actor: Actor, record: EvidenceRecord) -> bool:
    return actor.sees(TenantId(record.body()["tenant"]))
