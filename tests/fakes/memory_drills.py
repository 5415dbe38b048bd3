"""Drills that are over, in memory: how they were looked at, and the verdicts on them."""

from dataclasses import dataclass, field, replace

from drd.domain.drill_verdict import DrillVerdict, Judgement, Listing
from drd.domain.ids import RunId
from drd.domain.plan import Mode
from drd.ports.journal import RunCard
from tests.fakes.memory_journal import MemoryJournal


@dataclass
class MemoryDrills:
    """Answers the port `Drills`; the runs are those of a journal, which has the verdicts on its cards."""

    journal: MemoryJournal = field(default_factory=MemoryJournal)
    looked: dict[RunId, list[Listing]] = field(default_factory=dict)
    judged: dict[RunId, Judgement] = field(default_factory=dict)

    async def unconfirmed(self, *, most: int) -> tuple[RunCard, ...]:
        """See the port."""
        over = [each for each in self.journal.cards.values() if each.mode is Mode.DRILL and each.state.final]
        waiting = [replace(each, verdict=DrillVerdict.UNCONFIRMED) for each in over if each.id not in self.judged]
        self.journal.cards |= {each.id: each for each in waiting}
        return tuple(waiting[:most])

    async def listings(self, run: RunId) -> tuple[Listing, ...]:
        """See the port."""
        return tuple(self.looked.get(run, ()))

    async def note(self, run: RunId, listing: Listing, *, number: int) -> bool:
        """See the port."""
        known = self.looked.setdefault(run, [])
        if number != len(known) + 1:
            return False
        known.append(listing)
        return True

    async def settle(self, run: RunId, judgement: Judgement) -> bool:
        """See the port."""
        if run in self.judged:
            return False
        self.judged[run] = judgement
        self.journal.cards[run] = replace(self.journal.cards[run], verdict=judgement.verdict)
        return True

    async def judgement(self, run: RunId) -> Judgement | None:
        """See the port."""
        return self.judged.get(run)
