"""An engine with fakes around it, that can be killed and started again on the same journal and the same world."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from drd.domain.call import Call
from drd.domain.estate import ItemKind, Mechanism, Objectives, ProtectedItem, Protection
from drd.domain.events import Event, Kind
from drd.domain.ids import ArmId, ItemId, RunbookId, RunId, ServiceId, StepId, TenantId
from drd.domain.language import Text
from drd.domain.lifecycle import Request
from drd.domain.plan import Mode, Phase, RecoveryGroup, RecoveryPlan, Step
from drd.domain.progress import Progress
from drd.engine.engine import Engine, EngineOptions, EngineParts, Order, StartWish
from drd.ports.capabilities import Provider
from drd.ports.journal import RunCard
from drd.ports.observer import Observer
from drd.ports.reach import HttpAnswer
from tests.fakes.memory_dispatcher import MemoryDispatcher
from tests.fakes.memory_journal import MemoryJournal
from tests.fakes.memory_ledger import MemoryLedger
from tests.fakes.scripted_world import ScriptedActions, ScriptedChecks, World
from tests.fakes.virtual_clock import VirtualClock


class SilentReach:
    """Answers the port `Reach`: nobody is there."""

    async def connect(self, host: str, port: int, *, limit: timedelta) -> None:
        """Connect to nobody."""

    async def get(self, url: str, *, limit: timedelta) -> HttpAnswer:
        """Get nothing."""
        return HttpAnswer(status=204)

    async def resolve(self, host: str, *, limit: timedelta) -> tuple[str, ...]:
        """Find nothing."""
        return ()


class House:
    """Everything that outlives a process, and the engine of the present one."""

    def __init__(self, *, options: EngineOptions | None = None, observers: tuple[Observer, ...] = ()) -> None:
        """Begin with an empty journal and an empty world."""
        self.clock = VirtualClock()
        self.journal = MemoryJournal()
        self.ledger = MemoryLedger()
        self.world = World(self.clock)
        self.reach, self.drill_reach = SilentReach(), SilentReach()
        self._options = options or EngineOptions(stop_grace_seconds=0.3, follow_seconds=0.2)
        self._observers = observers
        self._serving: asyncio.Task[None] | None = None
        self.open()

    def open(self) -> None:
        """Start a process: a new engine on what is there."""
        self.journal.restart()
        self.dispatcher = MemoryDispatcher(self.journal)
        self.engine = Engine(self.parts())

    def parts(self, **others: Any) -> EngineParts:
        """Give what the engine of the present process is made of, with others in the place of some."""
        parts = EngineParts(
            journal=self.journal,
            dispatcher=self.dispatcher,
            ledger=self.ledger,
            actions=ScriptedActions(self.world),
            checks=ScriptedChecks(self.world),
            provider=Provider("fake", ()),
            reach=self.reach,
            drill_reach=self.drill_reach,
            clock=self.clock,
            observers=self._observers,
            options=self._options,
        )
        return replace(parts, **others)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve, and drain at the end."""
        serving = asyncio.create_task(self.engine.serve())
        self._serving = serving
        try:
            yield
            if not serving.cancelled():
                await self.engine.drain()
                await serving
        finally:
            serving.cancel()

    async def kill(self) -> None:
        """End the process at once, wherever it is, and start the next one."""
        if self._serving is not None:
            self._serving.cancel()
            await asyncio.wait({self._serving})
        self.open()

    async def run(self, plan: RecoveryPlan, **wish: Any) -> RunCard:
        """Start a plan and wait for its end, in a process of its own."""
        async with self.serving():
            card = await self.start(plan, **wish)
            return await self.engine.over(card.id)

    async def start(self, plan: RecoveryPlan, **wish: Any) -> RunCard:
        """Start a plan."""
        return await self.engine.start(plan, StartWish(**{"actor": "an", "run": RunId("r-1"), **wish}))

    async def order(self, request: Request, step: str | None = None, **others: Any) -> Progress:
        """Give an order as `an`."""
        terms = {"run": RunId("r-1"), "actor": "an", **others}
        return await self.engine.control(Order(request=request, step=StepId(step) if step else None, **terms))

    async def until(self, kind: Kind, *, step: str | None = None, run: str = "r-1") -> Event:
        """Wait for a durable event."""
        async for event in self.engine.follow(RunId(run)):
            if event.kind is kind and (step is None or event.step == step):
                return event
        raise AssertionError(f"the run ended without {kind}")

    def events(self, *kinds: Kind, run: str = "r-1") -> list[Event]:
        """Give a run's durable events, of these kinds or all."""
        return [event for event in self.journal.stored[RunId(run)] if not kinds or event.kind in kinds]

    def story(self, run: str = "r-1") -> list[str]:
        """Give a run's events in short: kind and step."""
        return [f"{event.kind.value} {event.step or ''}".strip() for event in self.events(run=run)]

    def finished(self, run: str = "r-1") -> dict[str, Any]:
        """Give what the run's last event says."""
        return dict(self.events(Kind.RUN_FINISHED, run=run)[-1].payload)


def step(name: str, uses: str = "put", values: dict[str, Any] | None = None, **others: Any) -> Step:
    """Make a step whose effect has the step's name."""
    others["needs"] = tuple(StepId(need) for need in others.get("needs", ()))
    return Step(id=StepId(name), call=Call(uses=uses, values={"name": name, **(values or {})}), **others)


def plan(*steps: Step, groups: Sequence[RecoveryGroup] = (), **others: Any) -> RecoveryPlan:
    """Make a plan of these steps."""
    terms: dict[str, Any] = {
        "runbook": RunbookId("burgerzaken"),
        "title": Text(nl="Burgerzaken"),
        "tenant": TenantId("voorbeeld"),
        "service": ServiceId("burgerzaken"),
        "mode": Mode.FAILOVER,
        "home_region": "westeurope",
        "recovery_region": "northeurope",
        "groups": tuple(groups) or (RecoveryGroup(id=""),),
        "steps": steps,
        "objectives": Objectives(rpo=timedelta(hours=1), rto=timedelta(hours=2)),
        **others,
    }
    return RecoveryPlan(**terms)


def check(name: str, values: dict[str, Any] | None = None, **others: Any) -> Step:
    """Make a check step."""
    return step(name, "check.it", values, **{"phase": Phase.AFTER, **others})


def machine(name: str) -> ProtectedItem:
    """Make a protected machine."""
    group = "/subscriptions/s/resourceGroups"
    vault = ArmId(f"{group}/rg-v/providers/Microsoft.RecoveryServices/vaults/rsv")
    return ProtectedItem(
        id=ItemId(name),
        kind=ItemKind.VIRTUAL_MACHINE,
        resource=ArmId(f"{group}/rg-p/providers/Microsoft.Compute/virtualMachines/{name}"),
        protection=(Protection(mechanism=Mechanism.SITE_RECOVERY, vault=vault, item=name),),
    )


def failure(event: Event) -> dict[str, Any]:
    """Give the failure that an event tells of."""
    told = event.payload["failure"]
    assert isinstance(told, Mapping)
    return dict(told)
