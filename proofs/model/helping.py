"""People who help runs to their end: they answer, go and look, resume, retry, and in the end skip."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import Phase
from drd.domain.progress import Progress, StepProgress, fold
from drd.engine.engine import Order
from proofs.model.database import Database, Row
from proofs.model.plans import TEAM
from proofs.model.script import DAEMONS

_ROUND_SECONDS = 120.0
_ROUNDS = 1200
_RETRIES = 2
_PATIENCE_ROUNDS = 40


@dataclass(slots=True)
class Helper:
    """Helps until everything is over, or nothing helps."""

    db: Database
    ask: Callable[[int, Order], Awaitable[bool]]
    _seen: dict[RunId, int] = field(default_factory=dict)
    _still: dict[RunId, int] = field(default_factory=dict)
    _turn: int = 0

    async def help(self) -> None:
        """Help; on return every run is over, or stands still whatever is done."""
        for _ in range(_ROUNDS):
            left = [row for row in self.db.rows.values() if not row.card.state.final]
            for row in left:
                await self._help(row)
            if all(self._still[row.card.id] > _PATIENCE_ROUNDS for row in left):
                return
            await asyncio.sleep(_ROUND_SECONDS)

    async def _help(self, row: Row) -> None:
        run, head = row.card.id, len(row.events)
        moved = self._seen.get(run) != head
        self._seen[run], self._still[run] = head, 0 if moved else self._still.get(run, 0) + 1
        if moved and row.card.state in {RunState.RUNNING, RunState.STOPPING}:
            return
        progress = fold(self.db.plans[row.card.plan_hash], row.events)
        for order in tuple(self._orders(row, progress)):
            self._turn += 1
            await self.ask(self._turn % DAEMONS, order)

    def _orders(self, row: Row, progress: Progress) -> Iterator[Order]:
        for each in tuple(progress.steps.values()):
            yield from self._of_step(row, progress, each)
        if progress.paused or progress.parked:
            yield _order(row, Request.RESUME)

    def _of_step(self, row: Row, progress: Progress, each: StepProgress) -> Iterator[Order]:
        if each.held:
            yield _order(row, Request.RELEASE, each)
        if each.state is StepState.WAITING:
            for actor in ("an", "bo"):
                yield _order(row, Request.APPROVE, each, actor)
        elif each.state is StepState.PARKED or (each.state is StepState.FAILED and not each.settled):
            yield _order(row, self._remedy(row, progress, each), each)

    def _remedy(self, row: Row, progress: Progress, each: StepProgress) -> Request:
        tried = sum(event.kind is Kind.STEP_RETRY and event.step == each.step.id for event in row.events)
        if each.state is StepState.PARKED and not tried:
            return Request.RESOLVE
        stopping = progress.halting and each.step.phase is not Phase.ALWAYS
        return Request.SKIP if tried >= _RETRIES or stopping else Request.RETRY


def _order(row: Row, request: Request, each: StepProgress | None = None, actor: str = "an") -> Order:
    return Order(
        run=row.card.id,
        request=request,
        actor=actor,
        step=each.step.id if each else None,
        reason="somebody looked",
        contacts=frozenset({TEAM}),
    )
