"""What a run made or was about to make: the ledger's entries of one run, kept at hand."""

from collections.abc import Iterable
from datetime import datetime

from drd.domain.ids import ArmId, ItemId, StepId
from drd.ports.ledger import Entry, Ledger

TEST_FAILOVER = "test-failover"
GROUP = "resource-group"
_MACHINE = "microsoft.compute/virtualmachines"
REMOVERS = frozenset({"resource-group.delete", "asr.test-cleanup"})
"""Verbs whose end means that what they name was read back as gone, so that the ledger lets go of it."""


class Holdings:
    """The run's part of the ledger. Written through: what it holds is durable."""

    def __init__(self, ledger: Ledger, entries: Iterable[Entry]) -> None:
        """Take what the ledger holds for the run."""
        self._ledger = ledger
        self._entries: dict[tuple[StepId, ArmId], Entry] = {(entry.step, entry.id): entry for entry in entries}
        self._gone = {entry.id for entry in self._entries.values() if entry.removed_at is not None}
        self._owned: frozenset[ArmId] | None = None
        self._machines: dict[ItemId, ArmId] | None = None

    @property
    def owned(self) -> frozenset[ArmId]:
        """Ids of everything that the run recorded, also of what is gone again."""
        if self._owned is None:
            self._owned = frozenset(entry.id for entry in self._entries.values())
        return self._owned

    @property
    def recorded(self) -> dict[ArmId, datetime]:
        """Give when each id was first recorded."""
        found: dict[ArmId, datetime] = {}
        for entry in self._entries.values():
            found[entry.id] = min(entry.recorded_at, found.get(entry.id, entry.recorded_at))
        return found

    def owns(self, target: ArmId) -> bool:
        """Say whether the run made the target, or the resource group or resource that it lies in."""
        return target in self.owned or any(_lies_in(target, entry) for entry in self._entries.values())

    def tests(self, item: ItemId | None) -> bool:
        """Say whether the run recorded a test failover of this item."""
        return item is not None and any(
            entry.kind == TEST_FAILOVER and entry.item == item for entry in self._entries.values()
        )

    def made_by(self, step: StepId) -> tuple[ArmId, ...]:
        """Give the ids that a step recorded, in order."""
        return tuple(entry.id for entry in self._entries.values() if entry.step == step)

    def machines(self) -> dict[ItemId, ArmId]:
        """Give the machines that stand for items, as far as they were recorded as resources."""
        if self._machines is None:
            self._machines = {
                entry.item: entry.id
                for entry in self._entries.values()
                if entry.item is not None and entry.id.kind.casefold() == _MACHINE and entry.kind != TEST_FAILOVER
            }
        return self._machines

    def leftovers(self) -> tuple[ArmId, ...]:
        """Give what is neither kept nor read back as gone."""
        return tuple(
            dict.fromkeys(entry.id for entry in self._entries.values() if not entry.keep and entry.id not in self._gone)
        )

    async def record(self, entries: tuple[Entry, ...]) -> None:
        """Write entries; durable on return. Those that are there already stay as they are."""
        await self._ledger.record(entries)
        for entry in entries:
            self._entries.setdefault((entry.step, entry.id), entry)
        self._owned, self._machines = None, None

    async def removed(self, target: ArmId, *, item: ItemId | None, at: datetime) -> None:
        """Note that the target, and what lay in it, was read back as gone. May be called twice."""
        for entry in tuple(self._entries.values()):
            test = entry.kind == TEST_FAILOVER and item is not None and entry.item == item
            within = entry.id == target or entry.id.key.startswith(target.key + "/")
            if (test or within) and entry.id not in self._gone:
                await self._ledger.removed(entry.run, entry.id, at=at)
                self._gone.add(entry.id)


def _lies_in(target: ArmId, entry: Entry) -> bool:
    return entry.kind != TEST_FAILOVER and target.key.startswith(entry.id.key + "/")
