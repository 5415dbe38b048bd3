"""A whole installation in virtual time, with people at hand: an operator, and somebody of the crisis team."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import structlog
import structlog.testing

from drd.daemon.catalogue import Checks
from drd.daemon.discovery import checks
from drd.daemon.one_process import OneProcess, one_process
from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.actor import Actor, Role
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.events import Event
from drd.domain.ids import RunbookId, RunId, StepId, TenantId
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import Mode
from drd.operations.control_run import ControlOrder
from drd.operations.show_run import RunView
from drd.operations.start_run import StartOrder
from drd.ports.journal import RunCard
from drd.sandbox import wire
from drd.settings.loading import Configuration, load_configuration

T = TypeVar("T")
Entries = list[dict[str, Any]]

ROOT = Path(__file__).parent.parent
EPOCH = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
HOME = "westeurope"
TENANT = "voorbeeld"
PARENT = "minimale-dienstverlening"
SERVICES = ("identiteit", "netwerk", "databank", "burgerzaken", "sociaal-huis", "besluitvorming", "e-loket", "werkplek")
INCIDENT = timedelta(minutes=10)
"""How long ago the home region was lost when somebody starts a failover."""

STARTER = Actor(name="operator", roles=frozenset({Role.ADMIN}))
CRISIS = Actor(name="crisiscel", roles=frozenset({Role.APPROVER}), contacts=frozenset({"crisisteam"}))

NO_CODE = "NO REASON GIVEN"
NO_HINT = "NO HINT GIVEN"
UNEXPECTED = "unexpected"
"""Code of a failure of drd itself."""

_NOWHERE = "http://127.0.0.1:1"
_LONGEST = timedelta(hours=12)
_LOOK = timedelta(seconds=10)
HELD = {RunState.PAUSED, RunState.PARKED}


@dataclass(frozen=True, slots=True)
class Stage:
    """One installation. All methods belong to its event loop; `seconds` and instants are virtual."""

    world: OneProcess
    confirms: bool = False
    """Whether the ends of drills are looked at, as a daemon does."""

    async def start(self, runbook: str, mode: Mode, *, lost: bool, actor: Actor = STARTER) -> RunCard:
        """Start a run as a person does: confirmed, with a reason, and with the incident's instant if there is one."""
        order = StartOrder(
            runbook=RunbookId(runbook),
            tenant=TenantId(TENANT),
            mode=mode,
            actor=actor,
            graceful=not lost,
            incident_at=f"-{int(INCIDENT.total_seconds())}s" if lost else "",
            confirm=TENANT if runbook == PARENT else runbook.removesuffix("-reprotect"),
            reason="scenario",
        )
        return await self.world.installation.use_cases.start_run(order)

    async def show(self, run: str) -> RunView:
        """Give a run with its children."""
        view = await self.world.installation.use_cases.show_run.show(STARTER, run)
        if not isinstance(view, RunView):
            raise TypeError(f"{run}: {view.damage}")
        return view

    async def events(self, run: str) -> tuple[Event, ...]:
        """Give a run's events."""
        return await self.world.store.journal.events(RunId(run))

    async def ask(
        self, run: str, request: Request, *, step: str = "", actor: Actor = STARTER, reason: str = "scenario"
    ) -> None:
        """Give an order to a run."""
        card = await self.world.store.journal.run(RunId(run))
        await self.world.installation.use_cases.control_run(
            ControlOrder(
                run=run,
                request=request,
                actor=actor,
                step=StepId(step) if step else None,
                reason=reason,
                confirm=card.service or card.tenant,
            )
        )

    async def approve_all(self) -> int:
        """Let the crisis team approve all that waits; gives how many."""
        waiting = await self.world.installation.use_cases.list_approvals.waiting(CRISIS)
        for each in waiting:
            await self.ask(each.card.id, Request.APPROVE, step=each.step, actor=CRISIS)
        return len(waiting)

    async def until_settled(
        self, run: str, *, approve: bool = True, meanwhile: Callable[[], None] = lambda: None
    ) -> RunView:
        """Wait until a run is over, or it or a child of it waits for a person who must decide; approve meanwhile.

        A drill is over when it has its verdict, where somebody confirms drills.
        """
        until = self.world.clock.now() + _LONGEST
        while self.world.clock.now() < until:
            await self.world.clock.sleep(_LOOK)
            meanwhile()
            if approve:
                await self.approve_all()
            view = await self.show(run)
            if self.is_over(view.card) or any(each.card.state in HELD for each in whole(view)):
                return view
        raise AssertionError(f"{run} did not settle within {_LONGEST}: {(await self.show(run)).card.state}")

    def is_over(self, card: RunCard) -> bool:
        """Say whether a run is over; a drill is when it has its verdict, where somebody confirms drills."""
        return card.state.final and not (self.confirms and card.verdict is DrillVerdict.UNCONFIRMED)

    async def help_along(self, view: RunView) -> list[str]:
        """Retry every step that failed or is in doubt; gives what they said. Waits until the run settles again."""
        said: list[str] = []
        for each in whole(view):
            for step in each.progress.steps.values():
                if step.state in {StepState.FAILED, StepState.PARKED} and not step.settled and not step.child:
                    said.append(complaint(step.failure, step.question))
                    await self.ask(each.card.id, Request.RETRY, step=step.step.id)
        return said

    def control(self, path: str, body: dict[str, Any] | None = None, *, method: str = "POST") -> None:
        """Use the sandbox's control addresses: faults, regions, guests."""
        self._send(method, f"/_sandbox/{path}", body, {})

    def arm(self, method: str, path: str, body: dict[str, Any] | None = None) -> wire.Response:
        """Speak to the sandbox as somebody else who works in the subscription."""
        token = self.world.sandbox.world.identities.token_for("sandbox-owner")
        return self._send(method, path, body, {"authorization": f"Bearer {token}"})

    def _send(self, method: str, path: str, body: dict[str, Any] | None, headers: dict[str, str]) -> wire.Response:
        raw = b"" if body is None else json.dumps(body).encode()
        request = wire.Request(method=method, url=_NOWHERE + path, headers=headers, body=raw)
        response = self.world.sandbox.answer(request)
        assert response.status < HTTPStatus.BAD_REQUEST, (path, response.body)
        return response

    def lose_home(self) -> None:
        """Declare the home region lost, `INCIDENT` ago."""
        at = self.world.clock.now() - INCIDENT
        self.control("region-down", {"region": HOME, "at": at.isoformat()})

    def entries(self, since: int = 0) -> Entries:
        """Give what the sandbox saw, as its control address tells it."""
        return [entry.wire() for entry in self.world.sandbox.world.journal.since(since)]

    def resources(self) -> set[str]:
        """Give the ids of all resources of the sandbox. Jobs are history, and stay."""
        return {
            resource.id.casefold()
            for resource in self.world.sandbox.world.store.each()
            if "jobs/" not in resource.id.casefold()
        }


def whole(view: RunView) -> Iterator[RunView]:
    """Give a run and all runs below it."""
    yield view
    for child in view.children:
        yield from whole(child)


def troubles(view: RunView) -> list[str]:
    """Give what went wrong, one line a step."""
    return [
        f"{each.card.runbook} {step.step.id}: {step.failure or step.question}"
        for each in whole(view)
        for step in each.progress.steps.values()
        if step.failure or step.question
    ]


def complaint(failure: Any, question: str) -> str:  # noqa: ANN401 - a failure is JSON
    """Say what a step asks, or why it failed: code, message and hint."""
    if question:
        return question
    failure = failure or {}
    return f"{failure.get('code') or NO_CODE}: {failure.get('message') or NO_CODE}. {failure.get('hint') or NO_HINT}"


def virtually(play: Callable[[Stage], Awaitable[T]], *, seed: int = 1, spread: float | None = 0) -> T:
    """Play something on a stage of its own, in virtual time."""
    return virtually_with(sample_configuration(), play, seed=seed, spread=spread)


def virtually_with(
    configuration: Configuration, play: Callable[[Stage], Awaitable[T]], *, seed: int = 1, spread: float | None = 0
) -> T:
    """Play something under a configuration of one's own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        return runner.run(_played(configuration, play, seed, spread))


def sample_configuration() -> Configuration:
    """Read the sample municipality."""
    return load_configuration(ROOT / "config" / "drd.yaml", {}, Checks(checks()))


async def _played(
    configuration: Configuration, play: Callable[[Stage], Awaitable[T]], seed: int, spread: float | None
) -> T:
    async with stage(configuration, seed=seed, spread=spread) as made:
        return await play(made)


@contextlib.asynccontextmanager
async def stage(configuration: Configuration, *, seed: int, spread: float | None) -> AsyncIterator[Stage]:
    """Set a stage whose engine serves."""
    async with one_process(configuration, epoch=EPOCH, seed=seed, spread=spread) as world:
        engine = world.installation.engine
        serving = asyncio.create_task(engine.serve())
        confirming = asyncio.create_task(world.installation.confirm.serve())
        try:
            yield Stage(world, confirms=True)
        finally:
            confirming.cancel()
            await asyncio.wait({confirming})
            await engine.drain()
            await serving
