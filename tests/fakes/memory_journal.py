"""A journal in memory that keeps the port's promises, and can fail, freeze or be killed on request."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from drd.domain.abandonment import Abandonment
from drd.domain.errors import ConflictError, JournalUnavailableError, NotFoundError, RefusedError
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan
from drd.domain.plan_json import plan_from_json
from drd.domain.trigger import Trigger
from drd.ports.journal import RunCard, RunFilter


class MemoryJournal:
    """Answers the port `Journal`.

    Attributes:
        unavailable: every call fails.
        freeze_after: so many durable events and it answers no more; with `swallow` not even to the last append.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.cards: dict[RunId, RunCard] = {}
        self.stored: dict[RunId, list[Event]] = {}
        self.plans: dict[str, object] = {}
        self.triggers: dict[str, tuple[Trigger, RunId]] = {}
        self.claims: dict[RunId, int] = {}
        self.batches: list[int] = []
        self.unavailable = False
        self.freeze_after: int | None = None
        self.swallow = False
        self.frozen = asyncio.Event()

    @property
    def written(self) -> int:
        """How many events of all runs are durable."""
        return sum(len(events) for events in self.stored.values())

    async def accept(
        self, card: RunCard, plan: RecoveryPlan, first: Event, *, trigger: Trigger | None = None
    ) -> RunCard:
        """See the port."""
        await self._turn()
        known = self._known(trigger)
        if known is not None:
            return known
        holder = await self.holder(card.lock)
        if holder is not None or card.id in self.cards:
            other = card.id if card.id in self.cards else holder.id if holder else ""
            raise ConflictError(f"run {other} holds {card.lock}", other=other, target=card.lock)
        if trigger is not None:
            self.triggers[trigger.key] = (trigger, card.id)
        await self._freeze_if_due(1)
        self.plans[card.plan_hash] = plan.to_json()
        self.cards[card.id] = card
        self.stored[card.id] = [first]
        await self._freeze_if_reached()
        return card

    async def triggered(self, trigger: Trigger) -> RunCard | None:
        """See the port."""
        await self._turn()
        return self._known(trigger)

    def _known(self, trigger: Trigger | None) -> RunCard | None:
        kept = self.triggers.get(trigger.key) if trigger is not None else None
        if trigger is None or kept is None:
            return None
        trigger.must_mean(kept[0].digest, kept[1])
        return self.cards[kept[1]]

    async def append(self, events: Sequence[Event], *, state: RunState) -> None:
        """See the port."""
        await self._turn()
        run = events[0].run
        if events[0].token < self.claims.get(run, 0):
            raise RefusedError("token is older than the run's newest claim", target=run)
        if events[0].sequence != len(self.stored[run]) + 1:
            raise ConflictError("sequence number is taken", target=run)
        room = None if self.freeze_after is None else self.freeze_after - self.written
        kept = list(events) if room is None else list(events)[:room]
        self.stored[run].extend(kept)
        self.batches.append(len(kept))
        ended = next((event.at for event in kept if event.kind is Kind.RUN_FINISHED), None)
        if len(kept) == len(events):
            self.cards[run] = replace(self.cards[run], state=state, ended_at=ended)
        await self._freeze_if_due(len(events) - len(kept))
        await self._freeze_if_reached()

    async def events(self, run: RunId, *, after: int = 0) -> tuple[Event, ...]:
        """See the port."""
        await self._turn()
        if run not in self.stored:
            raise NotFoundError("no such run", target=run)
        return tuple(self.stored[run][after:])

    async def plan(self, plan_hash: str) -> RecoveryPlan:
        """See the port."""
        await self._turn()
        if plan_hash not in self.plans:
            raise NotFoundError("no such plan", target=plan_hash)
        return plan_from_json(self.plans[plan_hash])  # type: ignore[arg-type]  # stored by accept, from to_json

    async def run(self, run: RunId) -> RunCard:
        """See the port."""
        await self._turn()
        found = [card for card in self.cards.values() if card.id.startswith(run)]
        if not found:
            raise NotFoundError("no such run", target=run)
        return found[0]

    async def runs(self, wanted: RunFilter) -> tuple[RunCard, ...]:
        """See the port; knows the filters `parent` and `active` only."""
        await self._turn()
        return tuple(
            card
            for card in reversed(self.cards.values())
            if wanted.parent in {None, card.parent} and wanted.active in {None, not card.state.final}
        )

    async def holder(self, lock: str) -> RunCard | None:
        """See the port."""
        return next((card for card in self.cards.values() if card.lock == lock and not card.state.final), None)

    async def readable(self, run: RunId) -> tuple[Event, ...]:
        """See the port `Abandoning`."""
        return await self.events(run)

    async def abandon(self, run: RunId, word: Abandonment) -> None:
        """See the port `Abandoning`."""
        self.cards[run] = replace(self.cards[run], state=RunState.CANCELLED, ended_at=word.at, abandoned=word)
        self.claims[run] = self.claims.get(run, 0) + 1

    def restart(self) -> None:
        """Thaw: a new process opens the same file."""
        self.freeze_after = None
        self.frozen = asyncio.Event()

    async def _turn(self) -> None:
        await asyncio.sleep(0)
        if self.unavailable:
            raise JournalUnavailableError("the disk is full", hint="free some space")
        if self.frozen.is_set():
            await asyncio.Event().wait()

    async def _freeze_if_due(self, lost: int) -> None:
        if self.freeze_after is not None and self.freeze_after <= self.written and lost:
            self.frozen.set()
            await asyncio.Event().wait()

    async def _freeze_if_reached(self) -> None:
        if self.freeze_after is not None and self.written >= self.freeze_after:
            self.frozen.set()
            if self.swallow:
                await asyncio.Event().wait()
