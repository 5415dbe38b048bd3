"""A world of named effects, and actions and checks that change and ask it as a test's script says.

Values that the actions take: `name` (the effect), `lasts` (seconds; 0 ends at once), `leaves-after` (seconds from `act`
to the wire), `outputs`, `creates`, `targets`, `undo`. A script is a queue of things to happen at an effect's next
`look`, `act`, `poll` or `verify`.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from drd.domain.call import Call
from drd.domain.errors import AmbiguousError, InvalidError, NotFoundError, TransientError
from drd.domain.ids import ArmId, ItemId
from drd.domain.plan import Mode
from drd.ports.action import (
    Absent,
    Creation,
    Doubt,
    OutputType,
    Pending,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Unclear,
    Underway,
)
from drd.ports.capabilities import Operation
from drd.ports.check import Answer, CheckContext
from drd.ports.clock import Clock
from drd.ports.departure import may_leave
from drd.ports.parameters import Fault

LOST_AFTER = AmbiguousError("answer lost, the request had its effect")
LOST_BEFORE = AmbiguousError("answer lost, the request had no effect", code="lost-before")
BUSY = TransientError("too many requests")
HANG = object()

DOUBTS = {
    "put": Doubt.PUT_BY_NAME,
    "adopt": Doubt.ADOPTABLE,
    "tell": Doubt.AMBIGUOUS,
    "noop": Doubt.PUT_BY_NAME,
    "drill.only": Doubt.PUT_BY_NAME,
    "resource-group.delete": Doubt.PUT_BY_NAME,
    "asr.test-cleanup": Doubt.PUT_BY_NAME,
}


@dataclass
class Effect:
    """Something that an action did."""

    operation: Operation
    ends_at: datetime
    times: int = 1


@dataclass
class World:
    """What is there, what was sent, and what goes wrong."""

    clock: Clock
    effects: dict[str, Effect] = field(default_factory=dict)
    sent: list[tuple[str, str]] = field(default_factory=list)
    looks: list[str] = field(default_factory=list)
    scripts: dict[tuple[str, str], deque[Any]] = field(default_factory=lambda: defaultdict(deque))
    contexts: list[StepContext] = field(default_factory=list)
    acted: list[StepContext] = field(default_factory=list)
    check_contexts: list[CheckContext] = field(default_factory=list)
    answers: dict[str, deque[Any]] = field(default_factory=dict)
    on_act: Callable[[str], None] | None = None
    gives: Mapping[str, OutputType] = field(default_factory=dict)
    sent_at: list[datetime] = field(default_factory=list)
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def script(self, name: str, method: str, *happenings: object) -> None:
        """Let these happen at the next calls of a method for an effect."""
        self.scripts[name, method].extend(happenings)

    def next(self, name: str, method: str) -> Any:
        """Take what happens now; errors are raised by the caller."""
        queue = self.scripts[name, method]
        return queue.popleft() if queue else None

    def names_sent(self) -> list[str]:
        """Give the effects that requests were sent for, in order."""
        return [name for name, _ in self.sent]


@dataclass(frozen=True)
class ScriptedAction:
    """A bound action on the world."""

    name: str
    values: Mapping[str, Any]
    world: World

    @property
    def doubt(self) -> Doubt:
        """Give the class by the verb's name."""
        return DOUBTS[self.name]

    @property
    def modes(self) -> frozenset[Mode]:
        """Give the modes by the verb's name."""
        return frozenset({Mode.DRILL}) if self.name == "drill.only" else frozenset(Mode)

    @property
    def effect(self) -> str:
        """Name the effect."""
        return str(self.values.get("name", self.name))

    def creates(self, context: StepContext) -> tuple[Creation, ...]:
        """Create what the values say."""
        return tuple(
            Creation(
                id=ArmId(each["id"]),
                kind=each.get("kind", "resource"),
                item=ItemId(each["item"]) if "item" in each else None,
            )
            for each in self.values.get("creates", ())
        )

    def targets(self, context: StepContext) -> tuple[ArmId, ...]:
        """Target what the values say."""
        if self.name == "resource-group.delete":
            return (ArmId(self.values["id"]),)
        return tuple(ArmId(each) for each in self.values.get("targets", ()))

    async def look(self, context: StepContext) -> Sighting:
        """Look for the effect."""
        self.world.contexts.append(context)
        self.world.looks.append(self.effect)
        scripted = self.world.next(self.effect, "look")
        if isinstance(scripted, BaseException):
            raise scripted
        if isinstance(scripted, Absent | Underway | Present | Unclear):
            return scripted
        effect = self.world.effects.get(self.effect)
        if self.doubt is Doubt.AMBIGUOUS:
            return Unclear(question="did it run?")
        if effect is None:
            return Absent()
        if effect.ends_at <= self.world.clock.now():
            return Present(outputs={"operation": effect.operation.request_id})
        return Underway(operation=effect.operation)

    async def act(self, context: StepContext) -> Underway | Present:
        """Send the request, as far as the script lets it."""
        self.world.acted.append(context)
        scripted = self.world.next(self.effect, "act")
        if isinstance(scripted, BaseException) and scripted is not LOST_AFTER and scripted is not LOST_BEFORE:
            raise scripted
        if "leaves-after" in self.values:
            await self.world.clock.sleep(timedelta(seconds=self.values["leaves-after"]))
        await may_leave()
        self.world.sent.append((self.effect, context.operation_id))
        self.world.sent_at.append(self.world.clock.now())
        if self.world.on_act is not None:
            self.world.on_act(self.effect)
        if scripted is LOST_BEFORE:
            raise LOST_BEFORE
        effect = self._have_effect(context)
        if scripted is LOST_AFTER:
            raise LOST_AFTER
        if scripted is HANG:
            self.world.hanging.set()
            await self.world.released.wait()
        if effect.ends_at <= self.world.clock.now():
            return Present(outputs={"acted": True})
        return Underway(operation=effect.operation)

    def _have_effect(self, context: StepContext) -> Effect:
        now = self.world.clock.now()
        known = self.world.effects.get(self.effect)
        operation = Operation(kind="fake", target=self.effect, started_at=now, request_id=context.request_id)
        effect = Effect(
            operation, now + timedelta(seconds=self.values.get("lasts", 0)), known.times + 1 if known else 1
        )
        self.world.effects[self.effect] = effect
        return effect

    async def poll(self, context: StepContext, operation: Operation) -> Pending | Present:
        """Ask about the effect."""
        scripted = self.world.next(self.effect, "poll")
        if isinstance(scripted, BaseException):
            raise scripted
        if isinstance(scripted, Pending | Present):
            return scripted
        ended = self.world.effects[operation.target].ends_at <= self.world.clock.now()
        return Present(outputs={"polled": True}) if ended else Pending()

    async def verify(self, context: StepContext, outputs: Mapping[str, Any]) -> Pending | Present:
        """Read the world back."""
        scripted = self.world.next(self.effect, "verify")
        if isinstance(scripted, BaseException):
            raise scripted
        if isinstance(scripted, Pending | Present):
            return scripted
        return Present(outputs=dict(self.values.get("outputs", {})))

    def undo(self, outputs: Mapping[str, Any]) -> Call | None:
        """Take back as the values say."""
        undo = self.values.get("undo")
        return Call(uses="put", values={"name": undo}) if undo else None

    def simulate(self, context: StepContext | None) -> Simulation:
        """Say it."""
        targets = tuple(self.values.get("targets", ()))
        return Simulation(sentence=f"{self.name} {self.effect}", targets=targets, destructive=self.name != "noop")


@dataclass(frozen=True)
class ScriptedCheck:
    """A bound check: takes the next of its answers, green when there is none left."""

    name: str
    values: Mapping[str, Any]
    world: World

    def within(self) -> timedelta:
        """Give how long it may turn green."""
        return timedelta(seconds=self.values.get("within", 0))

    async def ask(self, context: CheckContext) -> Answer:
        """Answer as scripted."""
        self.world.check_contexts.append(context)
        queue = self.world.answers.get(str(self.values.get("name", "")), deque())
        scripted = queue.popleft() if queue else True
        if isinstance(scripted, BaseException):
            raise scripted
        return Answer(green=bool(scripted), sentence="it is green" if scripted else "it is red", evidence={"n": 1})

    def describe(self) -> str:
        """Say it."""
        return f"asks {self.values.get('name', '')}"


class ScriptedActions:
    """Answers the port `ActionCatalogue`."""

    def __init__(self, world: World) -> None:
        """Act on this world."""
        self._world = world

    def names(self) -> tuple[str, ...]:
        """Name the verbs."""
        return tuple(DOUBTS)

    def schema(self, name: str) -> Mapping[str, Any]:
        """Take anything."""
        return {}

    def faults(self, name: str, values: Mapping[str, Any]) -> tuple[Fault, ...]:
        """Find no fault."""
        return ()

    def modes(self, name: str) -> frozenset[Mode]:
        """Run in every mode."""
        return frozenset(Mode)

    def outputs(self, name: str) -> Mapping[str, OutputType]:
        """Promise what the world gives."""
        return self._world.gives

    def permissions(self, name: str) -> tuple[str, ...]:
        """Need nothing."""
        return ()

    def bind(self, name: str, values: Mapping[str, Any]) -> ScriptedAction:
        """Bind; a value `invalid` does not fit."""
        if name not in DOUBTS:
            raise NotFoundError("no such action", target=name)
        if "invalid" in values:
            raise InvalidError("values do not fit", faults=("invalid: unknown key",), target=name)
        return ScriptedAction(name, values, self._world)


class ScriptedChecks(ScriptedActions):
    """Answers the port `CheckCatalogue`."""

    def names(self) -> tuple[str, ...]:
        """Name the questions."""
        return ("check.it",)

    def bind(self, name: str, values: Mapping[str, Any]) -> ScriptedCheck:  # type: ignore[override]  # another catalogue
        """Bind."""
        return ScriptedCheck(name, values, self._world)
