"""Verify the chain of evidence, over and over, beside everything else: a record that was changed must not stay unseen.

What is verified is what an export of the chain would be held to: each record's hash, and that it follows the last.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from drd.domain.errors import DrdError
from drd.domain.evidence import GENESIS, ChainHead, EvidenceRecord
from drd.ports.evidence import EvidenceBook
from drd.ports.vitals import AuditFigures

_log = structlog.get_logger(__name__)

NEW_SECONDS = 60.0
"""Host time between looks at what was appended."""

_ANEW_AFTER = 60
"""After so many looks the chain is verified again from its first record."""

_AT_ONCE = 20
_PAUSE_SECONDS = 0.05
"""Between pages: runs that are under way come first."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Up to where the chain was verified."""

    installation: str = ""
    sequence: int = 0
    hash: str = GENESIS


class AuditEvidence:
    """Keeps verifying. Nothing is changed, and nothing is kept but where it is."""

    def __init__(self, book: EvidenceBook, *, damaged: Callable[[], int] = int) -> None:
        """Take the book, and what says how many runs in hand have a journal that is not as it was written."""
        self._book = book
        self._damaged = damaged
        self._place = _Place()
        self._entries = 0
        self._broken = 0
        self._looked = False

    @property
    def figures(self) -> AuditFigures:
        """Give what was seen last; asks nobody. A break stays one until a look from the first record finds none."""
        if self._damaged():
            return AuditFigures(entries=self._entries, valid=False)
        return AuditFigures(entries=self._entries, valid=not self._broken if self._looked else None)

    async def serve(self) -> None:
        """Verify from the first record on, then what is appended, and once in an hour everything again."""
        turn = 0
        while True:
            try:
                await self(anew=turn % _ANEW_AFTER == 0)
                turn += 1
            except DrdError as error:
                _log.warning("evidence could not be verified", because=str(error))
            await asyncio.sleep(NEW_SECONDS)

    async def __call__(self, *, anew: bool = True) -> bool:
        """Verify what was appended since the last look, or everything; says whether it is whole.

        Raises:
            JournalUnavailableError: it could not be read to its end; what was known stays.
        """
        place = _Place() if anew else self._place
        broken = 0 if anew else self._broken
        while not broken:
            page = await self._book.page(after=place.sequence, most=_AT_ONCE)
            for record in page:
                broken = broken or _break(record, place)
                place = _Place(record.installation, record.sequence, record.hash)
            if len(page) < _AT_ONCE:
                break
            await asyncio.sleep(_PAUSE_SECONDS)
        # Read after the pages, so that it cannot lie before them; what was appended since is for the next look.
        head = await self._book.head()
        broken = broken or await self._missing(head, place)
        if broken and not self._broken:
            _log.error("the chain of evidence is broken", record=broken, hint="`drd store check` looks at everything")
        self._place, self._entries, self._broken, self._looked = place, head.sequence, broken, True
        return not broken

    async def _missing(self, head: ChainHead, last: _Place) -> int:
        """Give the number at which the chain ends too soon or goes on too far, or 0."""
        if head.sequence > last.sequence:
            return 0 if await self._book.page(after=last.sequence, most=1) else last.sequence + 1
        return 0 if (head.sequence, head.hash) == (last.sequence, last.hash) else head.sequence + 1


def _break(record: EvidenceRecord, last: _Place) -> int:
    """Give the number at which the chain is broken, or 0."""
    follows = record.sequence == last.sequence + 1 and record.previous == last.hash
    same = not last.installation or record.installation == last.installation
    return 0 if follows and same and record.intact() else last.sequence + 1
