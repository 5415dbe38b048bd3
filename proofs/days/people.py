"""The people of the house: one who looks every quarter of an hour, and the reaper that passes by its timer."""

import contextlib
from collections import Counter

from drd.domain.actor import Actor, Role
from drd.domain.errors import DrdError
from drd.domain.ids import StepId
from drd.domain.lifecycle import Request, RunState, StepState
from drd.operations.control_run import ControlOrder
from drd.operations.reap import Book, Reap
from drd.operations.show_run import RunView
from drd.ports.journal import RunCard, RunFilter
from proofs.days.house import House
from proofs.stage import CRISIS, STARTER, whole

_TRIES = 3
_HELD = frozenset({RunState.PAUSED, RunState.PARKED})
_STUCK = frozenset({StepState.FAILED, StepState.PARKED})
_ADMIN = Actor(name="operator", roles=frozenset({Role.ADMIN}))


class People:
    """They approve what waits, retry what failed some times, and cancel what does not come right."""

    def __init__(self, house: House) -> None:
        """Take the house."""
        self._house = house
        self._tried: Counter[str] = Counter()
        self.helped = 0
        self.cancelled = 0
        self.reaped = 0

    async def look(self) -> list[RunCard]:
        """Look once, unless nobody answers; gives the runs that are not over, the youngest first."""
        daemon = self._house.daemon
        if daemon is None:
            return []
        try:
            for waiting in await daemon.installation.use_cases.list_approvals.waiting(CRISIS):
                await self._ask(waiting.card, Request.APPROVE, waiting.step, CRISIS)
            cards = list(await daemon.store.journal.runs(RunFilter(active=True)))
            for card in cards:
                if card.parent is None:
                    await self._help(card)
        except DrdError:
            return []
        return cards

    async def _help(self, card: RunCard) -> None:
        daemon = self._house.daemon
        if daemon is None:
            return
        view = await daemon.installation.use_cases.show_run.show(STARTER, card.id)
        if not isinstance(view, RunView) or not any(each.card.state in _HELD for each in whole(view)):
            return
        self._tried[card.id] += 1
        if self._tried[card.id] > _TRIES:
            self.cancelled += self._tried[card.id] == _TRIES + 1
            await self._ask(card, Request.CANCEL, None, _ADMIN)
            return
        self.helped += 1
        for each in whole(view):
            for step in each.progress.steps.values():
                if step.state in _STUCK and not step.settled and not step.child:
                    await self._ask(each.card, Request.RETRY, step.step.id, _ADMIN)

    async def _ask(self, card: RunCard, request: Request, step: StepId | None, actor: Actor) -> None:
        daemon = self._house.daemon
        if daemon is None:
            return
        order = ControlOrder(
            run=card.id,
            request=request,
            actor=actor,
            step=step,
            reason="proof",
            confirm=card.service or card.tenant,
        )
        # What a person wants may be refused by now, or the database may be away: they look again soon.
        with contextlib.suppress(DrdError):
            await daemon.installation.use_cases.control_run(order)

    async def reap(self, reaper: Reap) -> None:
        """Let the reaper pass, by the ledger where it can be read."""
        daemon = self._house.daemon
        book = Book(ledger=daemon.store.ledger, runs=daemon.store.journal) if daemon else None
        with contextlib.suppress(DrdError):
            passed = await reaper(book)
            self.reaped += sum(each.outcome.value == "removed" for each in passed)
