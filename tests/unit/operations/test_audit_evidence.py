"""The chain of evidence is verified while drd runs: whatever somebody did to it is seen."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from drd.domain.evidence import GENESIS, ChainHead, EvidenceKind, EvidenceRecord
from drd.domain.ids import TenantId
from drd.operations.audit_evidence import AuditEvidence
from drd.ports.vitals import AuditFigures
from tests.fakes.memory_evidence import MemoryEvidence

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(slots=True)
class _Cut(MemoryEvidence):
    """A book whose last records were removed, and the place of whose end was not."""

    end: ChainHead = field(default_factory=lambda: ChainHead("", 0, GENESIS))

    async def head(self) -> ChainHead:
        """See the port."""
        return self.end


async def _book(records: int = 4) -> MemoryEvidence:
    book = MemoryEvidence()
    for number in range(records):
        await book.append(EvidenceKind.DRILL, TenantId("voorbeeld"), {}, NOW, key=f"run/r-{number}")
    return book


async def test_a_whole_chain_is_valid_and_counted() -> None:
    """Before the first look nothing is known; an empty one is whole too."""
    book = await _book()
    audit = AuditEvidence(book)
    before = audit.figures

    assert before == AuditFigures(entries=0, valid=None)
    assert await audit()
    assert audit.figures == AuditFigures(entries=4, valid=True)
    assert await AuditEvidence(MemoryEvidence())()


def _changed(records: list[EvidenceRecord]) -> None:
    records[1] = replace(records[1], text=records[1].text.replace("drill", "DRILL"))


def _removed(records: list[EvidenceRecord]) -> None:
    del records[1]


def _swapped(records: list[EvidenceRecord]) -> None:
    records[1], records[2] = records[2], records[1]


def _made_anew(records: list[EvidenceRecord]) -> None:
    last = records[-1]
    records[-1] = EvidenceRecord.sealed(
        last.text, installation=last.installation, previous="0" * 64, sequence=last.sequence
    )


def _of_another_installation(records: list[EvidenceRecord]) -> None:
    last = records[-1]
    records[-1] = EvidenceRecord.sealed(last.text, installation="i-x", previous=last.previous, sequence=last.sequence)


@pytest.mark.parametrize("tamper", [_changed, _removed, _swapped, _made_anew, _of_another_installation])
async def test_what_was_done_to_a_record_is_seen(tamper: Callable[[list[EvidenceRecord]], None]) -> None:
    """Also in records that were verified before: now and then everything is looked at again."""
    book = await _book()
    audit = AuditEvidence(book)
    assert await audit()

    tamper(book.records)

    assert not await audit(anew=True)
    assert audit.figures.valid is False


async def test_only_what_was_appended_is_read_in_between() -> None:
    """A chain of years is not read each minute; what follows the last look must follow it."""
    book = await _book()
    audit = AuditEvidence(book)
    await audit()
    await book.append(EvidenceKind.DRILL, TenantId("voorbeeld"), {}, NOW, key="run/r-9")
    assert await audit(anew=False)
    assert audit.figures == AuditFigures(entries=5, valid=True)

    await book.append(EvidenceKind.DRILL, TenantId("voorbeeld"), {}, NOW, key="run/r-10")
    _made_anew(book.records)
    assert not await audit(anew=False)


async def test_a_break_stays_told_until_everything_was_looked_at_again() -> None:
    """A look at what is new says nothing of what was broken; one from the first record does."""
    book = await _book()
    audit = AuditEvidence(book)
    whole = list(book.records)
    _removed(book.records)
    assert not await audit()

    book.records[:] = whole
    assert not await audit(anew=False)
    assert await audit(anew=True)
    assert audit.figures.valid is True


async def test_a_chain_that_was_cut_off_is_seen() -> None:
    """Its head says where it should end."""
    whole = await _book()
    book = _Cut(records=whole.records[:-1], end=await whole.head())

    assert not await AuditEvidence(book)()


async def test_a_run_in_hand_with_a_broken_journal_counts_too() -> None:
    """Whatever the chain of evidence says."""
    audit = AuditEvidence(await _book(), damaged=lambda: 1)
    await audit()

    assert audit.figures == AuditFigures(entries=4, valid=False)
