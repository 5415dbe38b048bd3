"""A ledger in memory."""

from dataclasses import replace
from datetime import datetime

from drd.domain.errors import JournalUnavailableError
from drd.domain.ids import ArmId, RunId
from drd.ports.ledger import Entry


class MemoryLedger:
    """Answers the port `Ledger`."""

    def __init__(self) -> None:
        """Begin empty."""
        self.entries: list[Entry] = []
        self.failures = 0

    async def record(self, entries: tuple[Entry, ...]) -> None:
        """See the port."""
        if self.failures:
            self.failures -= 1
            raise JournalUnavailableError("the disk is full")
        known = {(entry.run, entry.step, entry.id) for entry in self.entries}
        self.entries.extend(entry for entry in entries if (entry.run, entry.step, entry.id) not in known)

    async def removed(self, run: RunId, resource: ArmId, *, at: datetime) -> None:
        """See the port."""
        self.entries = [
            replace(entry, removed_at=entry.removed_at or at) if (entry.run, entry.id) == (run, resource) else entry
            for entry in self.entries
        ]

    async def of_run(self, run: RunId) -> tuple[Entry, ...]:
        """See the port."""
        return tuple(entry for entry in self.entries if entry.run == run)

    async def open(self) -> tuple[Entry, ...]:
        """See the port."""
        return tuple(entry for entry in self.entries if not entry.keep and entry.removed_at is None)
