"""The cloud of the model: jobs that actions start, and everything that can go wrong between asking and knowing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from drd.domain.call import Call
from drd.domain.errors import AmbiguousError, NotFoundError, OperationFailedError, TransientError
from drd.domain.ids import ArmId, RunId, StepId
from drd.domain.plan import Mode
from drd.ports.action import (
    Absent,
    Creation,
    Doubt,
    Outputs,
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
from drd.ports.parameters import Fault as ParameterFault
from proofs.model.database import Database
from proofs.model.line import Line
from proofs.model.plans import ADOPT, CHECK, PUT, TELL

_DOUBTS = {PUT: Doubt.PUT_BY_NAME, ADOPT: Doubt.ADOPTABLE, TELL: Doubt.AMBIGUOUS}
_THROTTLED = timedelta(seconds=30)
_RISKY = frozenset({"lost-after", "lost-before", "late", "server-error", "broken"})
"""What leaves the caller without knowing whether it had its effect."""

Key = tuple[RunId, StepId]


@dataclass(slots=True)
class Job:
    """Something that a request started."""

    number: int
    ends_at: float
    visible_at: float
    fails: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that left a daemon.

    Attributes:
        at: the second.
        outcome: what became of it: `ok`, or the fault that it met.
        zombie: whether another process held the run then, or could claim it.
        intent: whether the intent was durable then.
    """

    at: float
    who: int
    run: RunId
    step: StepId
    operation: str
    verb: str
    outcome: str
    zombie: bool
    intent: bool
    draining: float | None

    @property
    def may_have_effect(self) -> bool:
        """Say whether the sender cannot rule out that it counted."""
        return self.outcome != "throttled"

    @property
    def key(self) -> Key:
        """The step that it was sent for."""
        return self.run, self.step


@dataclass(slots=True)
class World:
    """What is there, and the world's own account of how it came to be."""

    db: Database
    faults: Mapping[tuple[str, str, StepId, int], tuple[str, float]] = field(default_factory=dict)
    jobs: dict[Key, list[Job]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    polled_unrecorded: list[str] = field(default_factory=list)
    calls: dict[tuple[str, RunId, StepId], int] = field(default_factory=dict)

    def fault(self, method: str, context: StepContext) -> tuple[str, float]:
        """Say what goes wrong with this call, counting calls."""
        count = self.calls.get((method, context.run, context.step), 0) + 1
        self.calls[method, context.run, context.step] = count
        return self.faults.get((method, str(self.db.rows[context.run].card.runbook), context.step, count), ("", 0.0))

    def visible(self, key: Key, now: float) -> list[Job]:
        """Give the jobs of a step that a look can see."""
        return [job for job in self.jobs.get(key, ()) if job.visible_at <= now]

    def note(self, line: Line, context: StepContext, verb: str, outcome: str) -> None:
        """Write down that a request left."""
        now = asyncio.get_running_loop().time()
        row = self.db.rows[context.run]
        durable = any(event.payload.get("operation-id") == context.operation_id for event in reversed(row.events))
        self.sent.append(
            Sent(
                now, line.who, context.run, context.step, context.operation_id, verb, outcome,
                row.holder is not line or line.lease_ends(now) <= now, durable, line.draining_since,
            )
        )  # fmt: skip

    def start(self, key: Key, lasts: float, *, late: float, fails: bool) -> Job:
        """Let a job begin."""
        now, jobs = asyncio.get_running_loop().time(), self.jobs.setdefault(key, [])
        job = Job(len(jobs), now + lasts, now + late, fails)
        jobs.append(job)
        return job

    def recorded(self, context: StepContext) -> bool:
        """Say whether the step's operation is durable."""
        events = reversed(self.db.rows[context.run].events)
        return any(event.step == context.step and "operation" in event.payload for event in events)


@dataclass(frozen=True, slots=True)
class ModelAction:
    """An action on the world, over the line of one process."""

    name: str
    values: Mapping[str, Any]
    world: World
    line: Line

    @property
    def doubt(self) -> Doubt:
        """Which class it belongs to."""
        return _DOUBTS[self.name]

    @property
    def modes(self) -> frozenset[Mode]:
        """Every mode."""
        return frozenset(Mode)

    def creates(self, context: StepContext) -> tuple[Creation, ...]:
        """Nothing that a ledger holds."""
        return ()

    def targets(self, context: StepContext) -> tuple[ArmId, ...]:
        """Nothing with an ARM id."""
        return ()

    async def look(self, context: StepContext) -> Sighting:
        """Look for the newest job that has not failed."""
        await self.line.out()
        if self.world.fault("look", context)[0]:
            raise TransientError("the other side is busy")
        now = asyncio.get_running_loop().time()
        jobs = [job for job in self.world.visible((context.run, context.step), now) if not _has_failed(job, now)]
        await self.line.back()
        if self.name == TELL:
            return Unclear(question="did it run?")
        if not jobs:
            return Absent()
        ended = jobs[-1].ends_at <= now and not jobs[-1].fails
        return Present() if ended else Underway(operation=_operation(context, jobs[-1]))

    async def act(self, context: StepContext) -> Underway | Present:
        """Send; what is found out afterwards is another matter."""
        await self.line.at_once()
        fault, length = self.world.fault("act", context)
        self.world.note(self.line, context, self.name, fault or "ok")
        if fault == "throttled":
            await self.line.back()
            raise TransientError("too many requests", retry_after=_THROTTLED)
        job = None
        if fault != "lost-before":
            lasts = float("inf") if fault == "job-endless" else float(self.values.get("lasts", 0))
            late = length if fault == "late" else 0.0
            job = self.world.start((context.run, context.step), lasts, late=late, fails=fault == "job-fails")
        await self.line.back()
        if fault == "broken":
            raise RuntimeError("the action itself broke")
        if job is None or fault in _RISKY:
            raise AmbiguousError("the answer was lost")
        now = asyncio.get_running_loop().time()
        return Present() if job.ends_at <= now and not job.fails else Underway(operation=_operation(context, job))

    async def poll(self, context: StepContext, operation: Operation) -> Pending | Present:
        """Ask how a job stands."""
        if not self.world.recorded(context):
            self.world.polled_unrecorded.append(context.operation_id)
        await self.line.out()
        if self.world.fault("poll", context)[0]:
            raise TransientError("the other side is busy")
        await self.line.back()
        job = self.world.jobs[context.run, context.step][int(operation.details["number"])]
        if job.ends_at > asyncio.get_running_loop().time():
            return Pending()
        if job.fails:
            raise OperationFailedError("the job ended badly", target=context.step)
        return Present()

    async def verify(self, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the world back."""
        await self.line.out()
        if self.world.fault("verify", context)[0]:
            raise TransientError("the other side is busy")
        return Present(outputs={"value": str(context.step)})

    def undo(self, outputs: Outputs) -> Call | None:
        """Take back by another put, where the plan says so."""
        return Call(uses=PUT, values={"lasts": 5}) if self.values.get("undo") else None

    def simulate(self, context: StepContext | None) -> Simulation:
        """Say it."""
        return Simulation(sentence=self.name)


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """A question that is answered with yes."""

    name: str
    line: Line

    def within(self) -> timedelta:
        """Give how long it may turn green."""
        return timedelta(minutes=1)

    async def ask(self, context: CheckContext) -> Answer:
        """Answer."""
        await self.line.out()
        return Answer(green=True, sentence="it is green")

    def describe(self) -> str:
        """Say it."""
        return self.name


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """What both catalogues say of every name."""

    def schema(self, name: str) -> Mapping[str, Any]:
        """Take anything."""
        return {}

    def faults(self, name: str, values: Mapping[str, Any]) -> tuple[ParameterFault, ...]:
        """Find no fault."""
        return ()

    def modes(self, name: str) -> frozenset[Mode]:
        """Run in every mode."""
        return frozenset(Mode)

    def outputs(self, name: str) -> Mapping[str, OutputType]:
        """Promise nothing."""
        return {}

    def permissions(self, name: str) -> tuple[str, ...]:
        """Need nothing."""
        return ()


@dataclass(frozen=True, slots=True)
class ModelActions(_Catalogue):
    """Answers the port `ActionCatalogue`."""

    world: World
    line: Line

    def names(self) -> tuple[str, ...]:
        """Name the verbs."""
        return tuple(_DOUBTS)

    def bind(self, name: str, values: Mapping[str, Any]) -> ModelAction:
        """Bind. Raises NotFoundError."""
        if name not in _DOUBTS:
            raise NotFoundError("no such action", target=name)
        return ModelAction(name, values, self.world, self.line)


@dataclass(frozen=True, slots=True)
class ModelChecks(_Catalogue):
    """Answers the port `CheckCatalogue`."""

    line: Line

    def names(self) -> tuple[str, ...]:
        """Name the one question."""
        return (CHECK,)

    def bind(self, name: str, values: Mapping[str, Any]) -> ModelCheck:
        """Bind."""
        return ModelCheck(name, self.line)


def _has_failed(job: Job, now: float) -> bool:
    return job.fails and job.ends_at <= now


def _operation(context: StepContext, job: Job) -> Operation:
    return Operation(
        kind="model",
        target=context.step,
        started_at=context.clock.now(),
        request_id=context.request_id,
        details={"number": str(job.number)},
    )
