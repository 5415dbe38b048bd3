"""The book of evidence: records, chained by hash, one chain an installation. Nothing in it is ever changed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drd.domain.evidence import ChainHead, Contents, EvidenceKind, EvidenceRecord
from drd.domain.ids import RunId, ServiceId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFilter:
    """Which records a list wants; None means all. `tenants`: empty means all."""

    tenants: frozenset[TenantId] = frozenset()
    service: ServiceId | None = None
    kind: EvidenceKind | None = None
    newest: int = 50


class EvidenceBook(Protocol):
    """Durable, append-only. Errors: JournalUnavailableError when it cannot be written or read now."""

    async def append(
        self,
        kind: EvidenceKind,
        tenant: TenantId,
        body: Contents | Callable[[], Contents],
        at: datetime,
        *,
        key: str,
    ) -> EvidenceRecord:
        """Write a record at the end of the chain; durable on return.

        May be called twice with the same key, also side by side and by several daemons: the first record stays and is
        given. A daemon that dies over it has written all of it or nothing.

        The body holds members of `drd.domain.evidence.FIELDS`; what it leaves out is written as unknown. No floats.
        `service` is an object with `id`, or left out; `outcome` an object with `state`. A callable is called where its
        work holds nothing up. The key is what the record is about: `run/ID`, `verification/ID`, `exercise/TENANT/ID`,
        `addition/RECORD/ID`. `at` is world time.

        Raises:
            TypeError, ValueError: the body cannot be a record.
        """
        ...

    async def list(self, wanted: EvidenceFilter) -> tuple[EvidenceRecord, ...]:
        """Give records, newest first."""
        ...

    async def get(self, name: str) -> EvidenceRecord:
        """Give one record by its number, its id, its key, the id of its run, or an unambiguous beginning of its id.

        Raises NotFoundError, InvalidError.
        """
        ...

    async def additions(self, record: str) -> tuple[EvidenceRecord, ...]:
        """Give what people added to the record with this id, in order."""
        ...

    async def page(self, *, after: int, most: int) -> tuple[EvidenceRecord, ...]:
        """Give at most so many records after a number, in order."""
        ...

    async def head(self) -> ChainHead:
        """Give where the chain ends; number 0 for one without records."""
        ...

    async def unrecorded(self, *, most: int) -> tuple[RunId, ...]:
        """Give runs that are over and have no record, oldest first; drills once they have their verdict."""
        ...
