"""A book of evidence in memory that keeps the port's promises."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from drd.domain.errors import JournalUnavailableError, NotFoundError
from drd.domain.evidence import (
    GENESIS,
    ChainHead,
    Contents,
    EvidenceKind,
    EvidenceRecord,
    record_added_to,
    record_text,
)
from drd.domain.ids import RunId, TenantId
from drd.ports.evidence import EvidenceFilter


@dataclass(slots=True)
class MemoryEvidence:
    """Answers the port `EvidenceBook`.

    Attributes:
        ended: runs that are over, for `unrecorded`.
        failing: so many of the next appends fail because the database is away.
    """

    installation: str = "i-0123456789abcdef"
    records: list[EvidenceRecord] = field(default_factory=list)
    ended: list[RunId] = field(default_factory=list)
    failing: int = 0

    async def append(
        self,
        kind: EvidenceKind,
        tenant: TenantId,
        body: Contents | Callable[[], Contents],
        at: datetime,
        *,
        key: str,
    ) -> EvidenceRecord:
        """See the port."""
        if self.failing:
            self.failing -= 1
            raise JournalUnavailableError("the database is away")
        for record in self.records:
            if record.body()["key"] == key:
                return record
        text = record_text(kind, tenant, body() if callable(body) else body, key=key, at=at)
        head = await self.head()
        record = EvidenceRecord.sealed(
            text, installation=self.installation, previous=head.hash, sequence=head.sequence + 1
        )
        self.records.append(record)
        return record

    async def list(self, wanted: EvidenceFilter) -> tuple[EvidenceRecord, ...]:
        """See the port."""
        fitting = [
            record
            for record in self.records
            if (not wanted.tenants or record.body()["tenant"] in wanted.tenants)
            and (wanted.kind is None or record.body()["type"] == wanted.kind.value)
            and (wanted.service is None or _service(record) == wanted.service)
        ]
        return tuple(reversed(fitting))[: wanted.newest]

    async def get(self, name: str) -> EvidenceRecord:
        """See the port."""
        for record in self.records:
            if name in {str(record.sequence), record.body()["id"], record.body()["key"], f"{_run(record)}"}:
                return record
        raise NotFoundError("there is no such record of evidence", target=name, hint="`drd evidence list` shows them")

    async def additions(self, record: str) -> tuple[EvidenceRecord, ...]:
        """See the port."""
        return tuple(each for each in self.records if record_added_to(each.body()["key"]) == record)

    async def page(self, *, after: int, most: int) -> tuple[EvidenceRecord, ...]:
        """See the port."""
        return tuple(record for record in self.records if record.sequence > after)[:most]

    async def head(self) -> ChainHead:
        """See the port."""
        if not self.records:
            return ChainHead("", 0, GENESIS)
        last = self.records[-1]
        return ChainHead(self.installation, last.sequence, last.hash)

    async def unrecorded(self, *, most: int) -> tuple[RunId, ...]:
        """See the port."""
        recorded = {_run(record) for record in self.records}
        return tuple(run for run in self.ended if run not in recorded)[:most]


def _run(record: EvidenceRecord) -> str:
    return str(record.body()["key"]).removeprefix("run/")


def _service(record: EvidenceRecord) -> str | None:
    service = record.body()["service"]
    return service["id"] if isinstance(service, dict) else None
