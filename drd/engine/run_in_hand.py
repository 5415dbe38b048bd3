"""A run while this process moves it: what every step of it shares."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from drd.domain.canonical import Json
from drd.domain.conductor import Kill
from drd.domain.durations import format_instant, parse_instant
from drd.domain.errors import JournalUnavailableError, Stopping
from drd.domain.events import FILES, LOOKED, Kind, to_millisecond
from drd.domain.ids import ArmId, ItemId, RunId, StepId
from drd.domain.plan import Mode, RecoveryPlan, Step
from drd.domain.points import ITEMS, MACHINES
from drd.domain.progress import Progress, StepProgress
from drd.engine.holdings import REMOVERS, Holdings
from drd.engine.parts import EngineParts
from drd.engine.places import Places
from drd.engine.references import StepOutputs
from drd.engine.requests import request_id
from drd.engine.scribe import Scribe
from drd.engine.signals import Halted
from drd.engine.waiting import Alarm
from drd.ports.action import Outputs, StepContext
from drd.ports.capabilities import Provider
from drd.ports.check import CheckContext
from drd.ports.dispatcher import Claim

T = TypeVar("T")

_NO_TIME = timedelta(0)

MACHINE = "machine"
"""The output that names the machine which now stands for the step's item."""


class RunInHand:
    """One run, its ports, its fold and its writer. Belongs to one event loop."""

    def __init__(
        self,
        parts: EngineParts,
        *,
        claim: Claim,
        progress: Progress,
        scribe: Scribe,
        holdings: Holdings,
        alarm: Alarm,
        calls: Places,
        kill: Kill | None = None,
        beside: Callable[[], Collection["RunInHand"]] = tuple,
    ) -> None:
        """Read from the accepted event how the run was started.

        `kill` is where this daemon is still to die, `beside` gives the runs that move here now, this one too.
        """
        if progress.accepted is None:
            raise ValueError(f"run {claim.run} has no accepted event")
        accepted = progress.accepted
        self.parts = parts
        self.options = parts.options
        self.clock = parts.clock
        self.claim = claim
        self.plan = progress.plan
        self.progress = progress
        self.scribe = scribe
        self.holdings = holdings
        self.alarm = alarm
        self.calls = calls
        self.kill, self.beside = kill, beside
        above = accepted.payload.get("parent")
        self.parent = RunId(str(above["run"])) if isinstance(above, Mapping) else None
        self.outputs = StepOutputs(progress, holdings)
        self.plan_hash = str(accepted.payload["plan"])
        self.starter, self.reason, self.accepted_at = accepted.actor, accepted.reason, accepted.at
        given = accepted.payload.get("incident-at")
        self.incident_at = parse_instant(given) if isinstance(given, str) else accepted.at
        self.claimed_at = self.now()
        self.stopping = False
        self.heard = 0
        self.acting: set[StepId] = set()
        self.in_doubt: set[StepId] = set()
        self.items = {item.id: item for item in self.plan.items}
        self._given_machines: dict[ItemId, ArmId] = {}
        for each in progress.steps.values():
            self.note_machines(each)

    @property
    def drill(self) -> bool:
        """Whether the run is a rehearsal."""
        return self.plan.mode is Mode.DRILL

    @property
    def expires_at(self) -> datetime | None:
        """When what the run makes may be removed; None for what stays."""
        return to_millisecond(self.accepted_at + self.options.drill_life) if self.drill else None

    def files(self, child: RecoveryPlan) -> Mapping[str, Json]:
        """Give what a child's plan and those below it were made of, as it was when this run was accepted."""
        accepted = self.progress.accepted
        known = accepted.payload.get(FILES) if accepted else None
        return {name: known[name] for name in child.runbooks() if name in known} if isinstance(known, Mapping) else {}

    def now(self) -> datetime:
        """Give world time, cut to the millisecond that the journal holds."""
        return to_millisecond(self.clock.now())

    def check_may_go(self, step: Step) -> None:
        """Pass when the step may send something now, pauses aside.

        Raises:
            Stopping: the daemon stops.
            Halted: the run is being cancelled or stopped, and the step is none that always runs.
        """
        if self.stopping:
            raise Stopping
        if not self.progress.may_act(step):
            raise Halted

    async def gate(self, step: Step) -> timedelta:
        """Wait while a person holds the run; gives how long that took. Raises as `check_may_go`."""
        began = None
        self.check_may_go(step)
        while self.progress.standstill:
            began = began or self.clock.now()
            await self.alarm.nap(None)
            self.check_may_go(step)
        return self.clock.now() - began if began else _NO_TIME

    async def orders_durable(self) -> None:
        """Wait until what people ordered so far is on disk: nothing is sent on the strength of what a crash unsays.

        Raises ClaimLost.
        """
        if self.heard > self.scribe.durable_to:
            await self.scribe.durable()

    def in_the_air(self, step: StepId) -> "_Flight":
        """Mark that a request of the step is on its way: a stopping daemon waits for it a little."""
        return _Flight(self, step)

    async def until_available(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask the store, and again while it cannot be written or read."""
        while True:
            try:
                return await ask()
            except JournalUnavailableError:
                await self.clock.sleep(self.options.journal_wait)

    def done(self, each: StepProgress, outputs: Outputs, *, looked: str = "") -> None:
        """Write that a step is done; `looked`: what was found of it, where nothing else of the journal says so."""
        payload: dict[str, Json] = {"outputs": dict(outputs)}
        if looked:
            payload[LOOKED] = looked
        self.scribe.write(Kind.STEP_DONE, step=each.step.id, attempt=each.attempt, payload=payload)
        self.note_machines(each)

    def operation_id(self, step: StepId, attempt: int) -> str:
        """Name one attempt of a step, the same before and after a crash."""
        return f"{self.claim.run}/{step}/{attempt}"

    @property
    def provider(self) -> Provider:
        """Give the cloud as this run may use it: a drill speaks under an identity that cannot fail over."""
        return (self.parts.drill_provider if self.drill else None) or self.parts.provider

    def step_context(self, step: Step, attempt: int, since: datetime, *, in_doubt: bool) -> StepContext:
        """Make what an action may know. `since` is the instant from which on something may have been started."""
        operation = self.operation_id(step.id, attempt)
        request = request_id(operation)
        earlier = [request_id(self.operation_id(step.id, each)) for each in range(1, attempt)]
        return StepContext(
            run=self.claim.run,
            step=step.id,
            attempt=attempt,
            tenant=self.plan.tenant,
            mode=self.plan.mode,
            graceful=self.progress.graceful,
            incident_at=self.incident_at,
            intended_at=since,
            operation_id=operation,
            request_id=request,
            home_region=self.plan.home_region,
            recovery_region=self.plan.recovery_region,
            items=self.items,
            tags=self._tags(step.id),
            owned=self.holdings.owned,
            copies=self.machines() if self.drill else {},
            provider=self.provider,
            clock=self.clock,
            requests=frozenset((request, *earlier)),
            in_doubt=in_doubt,
            recorded=self.holdings.recorded if step.call.uses in REMOVERS else {},
            seal=self.parts.seal,
        )

    def check_context(self) -> CheckContext:
        """Make what a check may know."""
        return CheckContext(
            tenant=self.plan.tenant,
            mode=self.plan.mode,
            home_region=self.plan.home_region,
            recovery_region=self.plan.recovery_region,
            items=self.items,
            machines=self.machines(),
            provider=self.provider,
            reach=self.parts.drill_reach if self.drill else self.parts.reach,
            clock=self.clock,
            rpo=self.plan.objectives.rpo if self.plan.objectives else None,
        )

    def machines(self) -> dict[ItemId, ArmId]:
        """Give the machine that stands for each item now: as a step said, else as the ledger holds it."""
        return {**self.holdings.machines(), **self._given_machines}

    def _tags(self, step: StepId) -> dict[str, str]:
        tags = {"drd-run": str(self.claim.run), "drd-step": str(step)}
        if self.expires_at is not None:
            tags["drd-expires"] = format_instant(self.expires_at)
        return tags

    def note_machines(self, each: StepProgress) -> None:
        """Learn from a done step's outputs which machines stand for items now."""
        step, outputs = each.step, each.outputs
        machine: Json = outputs.get(MACHINE)
        if step.item is not None and isinstance(machine, str):
            self._given_machines[step.item] = ArmId(machine)
        items, machines = outputs.get(ITEMS), outputs.get(MACHINES)
        if items and isinstance(items, list | tuple) and isinstance(machines, list | tuple):
            pairs = zip(items, machines, strict=False)
            self._given_machines |= {ItemId(str(item)): ArmId(str(one)) for item, one in pairs}


@dataclass(frozen=True, slots=True)
class _Flight:
    """A request on its way."""

    hand: RunInHand
    step: StepId

    def __enter__(self) -> None:
        self.hand.acting.add(self.step)

    def __exit__(self, *_: object) -> None:
        self.hand.acting.discard(self.step)
        if self.hand.stopping:
            self.hand.alarm.ring()
