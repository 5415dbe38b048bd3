"""People in a simulation: who starts the run, who approves, who gives orders at odd times, and who helps at the end."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.domain.errors import AmbiguousError, DrdError
from drd.domain.ids import RunbookId, RunId, StepId, TenantId
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import Phase
from drd.domain.progress import Progress, StepProgress, is_undo
from drd.engine.engine import Order, StartWish
from drd.engine.requests import request_id
from drd.ports.journal import RunCard, RunFilter
from drd.ports.runbooks import PlanWish
from proofs.simulation.house import House, Life, village
from proofs.simulation.orders import OF_STEPS, aimed, gave
from proofs.simulation.play import Fault, Play

STARTER, CRISIS, HELPER = "operator", "crisiscel", "helper"
_CONTACT = frozenset({"crisisteam"})
_PATIENCE_SECONDS = 30.0
_KEY = "simulation"
_TRIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An order that was carried out: durable at that instant, as far as whoever gave it was told."""

    order: Order
    at: datetime


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a run stands, as the journal has it."""

    card: RunCard
    progress: Progress


class People:
    """They ask any daemon that answers, wait a while, and ask again."""

    def __init__(self, house: House, play: Play) -> None:
        """Take the house and what is to be done."""
        self._house = house
        self._play = play
        self._turn = 0
        self._tried: dict[tuple[str, str], int] = {}
        self._folds: dict[RunId, Progress] = {}
        self._habit = Request.RETRY
        self._orders = 0
        self.given: list[Given] = []
        self.refused: list[Order] = []
        self.wrong: list[str] = []

    async def start(self) -> None:
        """Start the run: the same wish again until somebody says that it is accepted."""
        _, _, shelf = village()
        play = self._play
        plan = shelf.plan(PlanWish(runbook=RunbookId(play.runbook), tenant=TenantId("dorp"), mode=play.mode, inputs={}))
        incident = self._house.clock.now() - timedelta(minutes=10) if play.lost else None
        while True:
            life = self._somebody()
            if life is not None and life.installation is not None:
                wish = StartWish(
                    actor=STARTER,
                    reason="simulation",
                    graceful=not play.lost,
                    incident_at=incident,
                    key=_KEY,
                    digest=_KEY,
                )
                if await self._asked(life, life.installation.engine.start(plan, wish), "start"):
                    return
            await asyncio.sleep(5)

    async def stands(self) -> list[Stand]:
        """Read how all runs stand, oldest first."""
        journal = self._house.base.journal
        found = []
        for card in reversed(await journal.runs(RunFilter())):
            progress = self._folds.get(card.id)
            if progress is None:
                progress = self._folds[card.id] = Progress(await journal.plan(card.plan_hash))
            if progress.final is None:
                for event in await journal.events(card.id, after=progress.sequence):
                    progress.apply(event)
            found.append(Stand(card, progress))
        return found

    async def approve(self, stands: Iterable[Stand]) -> None:
        """Answer every question that waits."""
        for stand, each in _steps(stands, StepState.WAITING):
            if each.step.approval is not None:
                await self._ask(stand, Request.APPROVE, each.step.id, actor=CRISIS)

    async def order(self, fault: Fault) -> None:
        """Give an order at an odd time, whether it is legal or not; or take up a habit."""
        if fault.kind == "habit":
            self._habit = Request(fault.where)
            return
        details = fault.details or {}
        stands = [stand for stand in await self.stands() if not stand.card.state.final]
        if not stands:
            return
        stand = stands[int(details["which"]) % len(stands)]
        request = Request(fault.where)
        step = None
        if request in OF_STEPS or (request is Request.NOTE and "any" in details):
            step = aimed(stand.progress, fault)
            if step is None:
                return
        actor = CRISIS if request in {Request.APPROVE, Request.DENY} else STARTER
        await self._ask(stand, request, step, actor=actor, onwards="onwards" in details)

    async def help(self, stands: Iterable[Stand]) -> None:
        """Do what a person does who wants the runs to end: retry what failed, answer what is in doubt, resume."""
        for stand in stands:
            if stand.progress.final is not None:
                continue
            if stand.progress.standstill:
                await self._ask(stand, Request.RESUME, None)
            for each in tuple(stand.progress.steps.values()):
                if each.held and each.state is StepState.PENDING:
                    await self._ask(stand, Request.RELEASE, each.step.id)
            for _, each in _steps([stand], StepState.FAILED, StepState.PARKED):
                if not each.settled:
                    await self._retry_or_skip(stand, each)

    async def cancel(self, stands: Iterable[Stand]) -> None:
        """Give up what does not end."""
        for stand in stands:
            if stand.progress.final is None and not stand.progress.cancelled:
                await self._ask(stand, Request.CANCEL, None)

    async def _retry_or_skip(self, stand: Stand, each: StepProgress) -> None:
        key = (str(stand.card.id), str(each.step.id))
        self._tried[key] = self._tried.get(key, 0) + 1
        tries = _TRIES if (each.failure or {}).get("code") != "deadline-passed" else 1
        parked, ran = each.state is StepState.PARKED, self._ran(stand, each)
        if parked and self._tried[key] == 1 and self._habit is Request.ADOPT and each.found is not None:
            await self._ask(stand, Request.ADOPT, each.step.id)
        elif parked and self._tried[key] == 1 and self._habit is Request.RESOLVE and ran:
            await self._ask(stand, Request.RESOLVE, each.step.id)
        elif parked and ran:
            await self._ask(stand, Request.SKIP, each.step.id)
        elif self._tried[key] <= tries:
            await self._ask(stand, Request.RETRY, each.step.id)
        elif _dispensable(stand, each):
            await self._ask(stand, Request.SKIP, each.step.id)
        else:
            # Nothing good comes of a recovery without one of its steps.
            await self._ask(stand, Request.CANCEL, None)

    def _ran(self, stand: Stand, each: StepProgress) -> bool:
        """Look at the other side, as the question asks, whether a step in doubt had its effect."""
        operation = f"{stand.card.id}/{each.step.id}/{each.attempt}"
        numbers = {sent.number for sent in self._house.network.sent if sent.request_id == request_id(operation)}
        entries = self._house.sandbox.world.journal.entries
        return any(entries[number - 1].effects for number in numbers if number)

    async def _ask(
        self, stand: Stand, request: Request, step: StepId | None, *, actor: str = HELPER, onwards: bool = False
    ) -> None:
        life = self._somebody()
        if life is None or life.installation is None:
            return
        self._orders += 1
        order = Order(
            run=stand.card.id,
            request=request,
            actor=actor,
            step=step,
            # Each has its own, so that the journal tells which of them it holds.
            reason=f"simulation {self._orders}",
            contacts=_CONTACT,
            onwards=onwards,
            outputs=gave(step, self._play.mode) if step and request is Request.RESOLVE else {},
        )
        what = f"{request.value} {stand.card.id} {step or ''}".strip()
        answer = await self._asked(life, life.installation.engine.control(order), what)
        if answer:
            self.given.append(Given(order=order, at=self._house.clock.now()))
        elif answer is False:
            self.refused.append(order)

    async def _asked(self, life: Life, work: object, what: str) -> bool | None:
        """Have a daemon do something, and wait a while for its word; None where none came, or it cannot tell."""
        task = self._house.task(life.fate, work)  # type: ignore[arg-type]  # a coroutine of any result
        done, _ = await asyncio.wait([task], timeout=_PATIENCE_SECONDS)
        if not done:
            self._house.tell(f"{life.name} does not answer: {what}")
            return None
        try:
            task.result()
        except AmbiguousError as error:
            self._house.tell(f"{life.name} cannot tell: {what}: {error.message}")
            return None
        except DrdError as error:
            self._house.tell(f"{life.name} refuses: {what}: {type(error).__name__} {error.message}")
            return False
        except Exception as error:  # noqa: BLE001 - what people are never shown
            self.wrong.append(f"{what} ended in {type(error).__name__}: {error}")
            return None
        self._house.tell(f"{life.name} accepts: {what}")
        return True

    def _somebody(self) -> Life | None:
        lives = [life for life in self._house.lives if life.well]
        self._turn += 1
        return lives[self._turn % len(lives)] if lives else None


def held(stand: Stand) -> bool:
    """Say whether a run waits for a person to decide."""
    progress = stand.progress
    return (
        stand.card.state in {RunState.PAUSED, RunState.PARKED}
        or (progress.halting and any(_steps([stand], StepState.FAILED, StepState.PARKED)))
        or bool(progress.tally.held and not progress.in_flight and not progress.due.any(progress.steps))
    )


def _dispensable(stand: Stand, each: StepProgress) -> bool:
    always = each.step.phase is Phase.ALWAYS or is_undo(each.step.id)
    return always or stand.progress.halting or not each.step.critical


def _steps(stands: Iterable[Stand], *states: StepState) -> Iterator[tuple[Stand, StepProgress]]:
    for stand in stands:
        if stand.progress.final is None:
            for each in stand.progress.steps.values():
                if each.state in states:
                    yield stand, each
