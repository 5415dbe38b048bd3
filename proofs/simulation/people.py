"""People in a simulation: who starts the run, who approves, who gives orders at odd times, and who helps at the end."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.domain.errors import DrdError
from drd.domain.ids import RunbookId, RunId, StepId, TenantId
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import Phase
from drd.domain.progress import Progress, StepProgress
from drd.engine.engine import Order, StartWish
from drd.engine.requests import request_id
from drd.ports.journal import RunCard, RunFilter
from drd.ports.runbooks import PlanWish
from proofs.simulation.faults import Fault, Play
from proofs.simulation.house import House, Life, village

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
        self.given: list[Given] = []
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
        """Give an order at an odd time, whether it is legal or not."""
        details = fault.details or {}
        stands = [stand for stand in await self.stands() if not stand.card.state.final]
        if not stands:
            return
        which = int(details["which"])
        stand = stands[which % len(stands)]
        request = Request(fault.where)
        step = None
        if request in {Request.RETRY, Request.SKIP, Request.APPROVE, Request.DENY}:
            step = _aimed(stand.progress, request, which)
            if step is None:
                return
        actor = CRISIS if request in {Request.APPROVE, Request.DENY} else STARTER
        await self._ask(stand, request, step, actor=actor)

    async def help(self, stands: Iterable[Stand]) -> None:
        """Do what a person does who wants the runs to end: retry what failed, answer what is in doubt, resume."""
        for stand in stands:
            if stand.progress.final is not None:
                continue
            if stand.progress.paused:
                await self._ask(stand, Request.RESUME, None)
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
        if each.state is StepState.PARKED and self._ran(stand, each):
            await self._ask(stand, Request.SKIP, each.step.id)
        elif self._tried[key] <= tries:
            await self._ask(stand, Request.RETRY, each.step.id)
        elif each.step.phase is Phase.ALWAYS or stand.progress.cancelled or not each.step.critical:
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

    async def _ask(self, stand: Stand, request: Request, step: StepId | None, *, actor: str = HELPER) -> None:
        life = self._somebody()
        if life is None or life.installation is None:
            return
        order = Order(
            run=stand.card.id, request=request, actor=actor, step=step, reason="simulation", contacts=_CONTACT
        )
        what = f"{request.value} {stand.card.id} {step or ''}".strip()
        if await self._asked(life, life.installation.engine.control(order), what):
            self.given.append(Given(order=order, at=self._house.clock.now()))

    async def _asked(self, life: Life, work: object, what: str) -> bool:
        """Have a daemon do something, and wait for its word at most a while."""
        task = self._house.task(life.fate, work)  # type: ignore[arg-type]  # a coroutine of any result
        done, _ = await asyncio.wait([task], timeout=_PATIENCE_SECONDS)
        if not done:
            self._house.tell(f"{life.name} does not answer: {what}")
            return False
        try:
            task.result()
        except DrdError as error:
            self._house.tell(f"{life.name} refuses: {what}: {type(error).__name__} {error.message}")
            return False
        except Exception as error:  # noqa: BLE001 - what people are never shown
            self.wrong.append(f"{what} ended in {type(error).__name__}: {error}")
            return False
        self._house.tell(f"{life.name} accepts: {what}")
        return True

    def _somebody(self) -> Life | None:
        lives = [life for life in self._house.lives if life.well]
        self._turn += 1
        return lives[self._turn % len(lives)] if lives else None


def held(stand: Stand) -> bool:
    """Say whether a run waits for a person to decide."""
    return stand.card.state in {RunState.PAUSED, RunState.PARKED} or (
        stand.progress.halting and any(_steps([stand], StepState.FAILED, StepState.PARKED))
    )


def _steps(stands: Iterable[Stand], *states: StepState) -> Iterator[tuple[Stand, StepProgress]]:
    for stand in stands:
        if stand.progress.final is None:
            for each in stand.progress.steps.values():
                if each.state in states:
                    yield stand, each


def _aimed(progress: Progress, request: Request, which: int) -> StepId | None:
    wanted = {
        Request.RETRY: {StepState.FAILED, StepState.PARKED},
        Request.SKIP: {StepState.FAILED, StepState.PARKED, StepState.WAITING, StepState.RETRYING},
        Request.APPROVE: {StepState.WAITING},
        Request.DENY: {StepState.WAITING},
    }[request]
    found = [each.step.id for each in progress.steps.values() if each.state in wanted]
    return found[which % len(found)] if found else None
