"""Actions: verbs that change the world, each in its own file, carried out by the engine's step protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.drill_seal import DrillSeal
from drd.domain.estate import ProtectedItem
from drd.domain.ids import ArmId, ItemId, RunId, StepId, TenantId
from drd.domain.plan import Mode
from drd.ports.capabilities import Operation, Provider
from drd.ports.clock import Clock
from drd.ports.parameters import Parameters

P_contra = TypeVar("P_contra", bound=Parameters, contravariant=True)
P = TypeVar("P", bound=Parameters)

Outputs = Mapping[str, Json]
"""What a step gives to later steps. Names in kebab-case; instants as ISO 8601 text; no floats."""


class Doubt(StrEnum):
    """What may be done when an intent is durable and nothing is known after it.

    PUT_BY_NAME: act again, same name and same tags give the same result.
    ADOPTABLE: find what was started and adopt it; act only if it is provably absent.
    AMBIGUOUS: park for a person after the settle window; never repeat by itself.
    """

    PUT_BY_NAME = "put-by-name"
    ADOPTABLE = "adoptable"
    AMBIGUOUS = "ambiguous"


class OutputType(StrEnum):
    """Type of an output, so that references to it can be checked when a runbook is loaded."""

    TEXT = "text"
    TEXTS = "texts"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    ARM_ID = "arm-id"
    ARM_IDS = "arm-ids"


@dataclass(frozen=True, slots=True, kw_only=True, init=False)
class StepContext:
    """What an action may know and use. The engine makes it anew for each attempt.

    Attributes:
        operation_id: drd's own id of this attempt; the same before and after a crash.
        request_id: a UUID made from it, sent as `x-ms-client-request-id`.
        requests: the request ids of this attempt and of every earlier one: what names one of them is this step's own.
        in_doubt: whether something may have left for this step whose outcome is unknown. False: what is found, and
            names none of `requests`, was started by others.
        intended_at: world time of the durable intent. What started before it was not started by this attempt.
        items: every protected item of the plan.
        tags: what everything created carries: `drd-run`, `drd-step`, and in a drill `drd-expires`.
        owned: ids of what this run created, from the ledger.
        recorded: when each of them was entered there, right before it was created.
        seal: seals the resource groups that a drill makes; None where no key was given.
        copies: in a drill, the machine that stands for an item, from the ledger: an item means its copy there.
        graceful: whether the home region can be reached, as the run was told.
    """

    run: RunId
    step: StepId
    attempt: int
    tenant: TenantId
    mode: Mode
    graceful: bool
    incident_at: datetime
    intended_at: datetime
    operation_id: str
    request_id: str
    home_region: str
    recovery_region: str
    items: Mapping[ItemId, ProtectedItem]
    tags: Mapping[str, str]
    owned: frozenset[ArmId]
    copies: Mapping[ItemId, ArmId]
    provider: Provider
    clock: Clock
    requests: frozenset[str] = frozenset()
    in_doubt: bool = False
    recorded: Mapping[ArmId, datetime] = field(default_factory=dict)
    seal: DrillSeal | None = None

    def __init__(
        self,
        *,
        run: RunId,
        step: StepId,
        attempt: int,
        tenant: TenantId,
        mode: Mode,
        graceful: bool,
        incident_at: datetime,
        intended_at: datetime,
        operation_id: str,
        request_id: str,
        home_region: str,
        recovery_region: str,
        items: Mapping[ItemId, ProtectedItem],
        tags: Mapping[str, str],
        owned: frozenset[ArmId],
        copies: Mapping[ItemId, ArmId],
        provider: Provider,
        clock: Clock,
        requests: frozenset[str] = frozenset(),
        in_doubt: bool = False,
        recorded: Mapping[ArmId, datetime] | None = None,
        seal: DrillSeal | None = None,
    ) -> None:
        """Make it. Written out: what a frozen dataclass writes takes three times as long, for each attempt."""
        _run(self, run)
        _step(self, step)
        _attempt(self, attempt)
        _tenant(self, tenant)
        _mode(self, mode)
        _graceful(self, graceful)
        _incident_at(self, incident_at)
        _intended_at(self, intended_at)
        _operation_id(self, operation_id)
        _request_id(self, request_id)
        _home_region(self, home_region)
        _recovery_region(self, recovery_region)
        _items(self, items)
        _tags(self, tags)
        _owned(self, owned)
        _copies(self, copies)
        _provider(self, provider)
        _clock(self, clock)
        _requests(self, requests)
        _in_doubt(self, in_doubt)
        _recorded(self, {} if recorded is None else recorded)
        _seal(self, seal)


# How each member of a context is set, in their order.
(
    _run, _step, _attempt, _tenant, _mode, _graceful, _incident_at, _intended_at, _operation_id,
    _request_id, _home_region, _recovery_region, _items, _tags, _owned, _copies,
    _provider, _clock, _requests, _in_doubt, _recorded, _seal,
) = (vars(StepContext)[name].__set__ for name in StepContext.__slots__)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """Something that a step is about to create, for the ledger.

    Attributes:
        id: the ARM id that it will have. For a test failover, the replicated item's id.
        kind: `resource`, `resource-group` or `test-failover`.
        item: the protected item whose copy it is, if one.
        details: what cleanup needs to know later (vault, item, job).
    """

    id: ArmId
    kind: str = "resource"
    item: ItemId | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """LOOK: it is not there, and nothing of this step was started, as far as can be seen now.

    Attributes:
        shows_within: how long what was sent may stay invisible to this look; absence is proven only after that. None
            leaves it to the engine's settle window.
    """

    shows_within: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """LOOK or ACT: it was started and goes on; follow this operation."""

    operation: Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """LOOK, ACT or POLL: it ended well as far as the other side says. VERIFY still reads the world.

    Attributes:
        outputs: what is known already; VERIFY may add to it.
    """

    outputs: Outputs = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """LOOK: it cannot be told. The engine waits for the settle window, looks again, and then parks the step.

    Attributes:
        question: what a person must find out: what was found, and where to look.
        found: what may be this step's own, and a person may adopt; None where nothing can be adopted.
    """

    question: str
    found: Operation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """POLL or VERIFY: not yet. Ask again after `wait` of world time; None leaves it to the engine.

    `known` is False when nothing at the other side tells of it any more, and the world does not show it either: asking
    on is useless where it stays so.
    """

    wait: timedelta | None = None
    note: str = ""
    known: bool = True


Started = Underway | Present
"""What goes on or is there already, so that nothing is to be sent."""

Sighting = Absent | Started | Unclear


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What a step would do: a sentence in English, and what it would touch."""

    sentence: str
    targets: tuple[str, ...] = ()
    destructive: bool = False


class Action(Protocol[P_contra]):
    """A verb that changes the world. Implementations keep no state: everything is in parameters and context.

    Every method may be called again after a crash with equal arguments. Errors: TransientError (the engine tries again
    as the step allows), PermanentError, AmbiguousError (the engine looks before anything else). Only `act` may change
    anything, and it sends at most one request that changes something.
    """

    @property
    def doubt(self) -> Doubt:
        """Which of the three classes it belongs to."""
        ...

    @property
    def modes(self) -> frozenset[Mode]:
        """In which modes it may run; a runbook that says otherwise is refused at load."""
        ...

    @property
    def permissions(self) -> tuple[str, ...]:
        """The ARM operations it needs, such as `Microsoft.Compute/virtualMachines/start/action`."""
        ...

    @property
    def outputs(self) -> Mapping[str, OutputType]:
        """What it gives to later steps."""
        ...

    def creates(self, parameters: P_contra, context: StepContext) -> tuple[Creation, ...]:
        """Name what `act` will create. The engine writes it to the ledger before it sends, in every mode."""
        ...

    def targets(self, parameters: P_contra, context: StepContext) -> tuple[ArmId, ...]:
        """Name what `act` changes or deletes. The engine refuses what the plan and the ledger do not hold."""
        ...

    async def look(self, parameters: P_contra, context: StepContext) -> Sighting:
        """Ask the world whether it is there, or was started since the intent. Changes nothing."""
        ...

    async def act(self, parameters: P_contra, context: StepContext) -> Underway | Present:
        """Send the one request. Raises AmbiguousError when the answer was lost."""
        ...

    async def poll(self, parameters: P_contra, context: StepContext, operation: Operation) -> Pending | Present:
        """Ask how the operation stands. Raises OperationFailedError when it ended badly."""
        ...

    async def verify(self, parameters: P_contra, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the world back, not the answer. Present carries the step's final outputs."""
        ...

    def undo(self, parameters: P_contra, outputs: Outputs) -> Call | None:
        """Give the call that takes a done step back, or None where there is no way back. The runbook's `undo` wins."""
        ...

    def simulate(self, parameters: P_contra, context: StepContext | None) -> Simulation:
        """Say what it would do. Asks nobody; `context` is None when only the plan is known."""
        ...


@dataclass(frozen=True)
class Verb(Generic[P]):
    """The last line of an action's file: `ACTION = Verb("vm.start", Params, StartVirtualMachine())`."""

    name: str
    parameters: type[P]
    action: Action[P]


class BoundAction(Protocol):
    """An action with its parameters inside: all that the engine sees. Methods as in `Action`."""

    @property
    def name(self) -> str:
        """The verb's name."""
        ...

    @property
    def doubt(self) -> Doubt:
        """See `Action.doubt`."""
        ...

    @property
    def modes(self) -> frozenset[Mode]:
        """See `Action.modes`."""
        ...

    def creates(self, context: StepContext) -> tuple[Creation, ...]:
        """See `Action.creates`."""
        ...

    def targets(self, context: StepContext) -> tuple[ArmId, ...]:
        """See `Action.targets`."""
        ...

    async def look(self, context: StepContext) -> Sighting:
        """See `Action.look`."""
        ...

    async def act(self, context: StepContext) -> Underway | Present:
        """See `Action.act`."""
        ...

    async def poll(self, context: StepContext, operation: Operation) -> Pending | Present:
        """See `Action.poll`."""
        ...

    async def verify(self, context: StepContext, outputs: Outputs) -> Pending | Present:
        """See `Action.verify`."""
        ...

    def undo(self, outputs: Outputs) -> Call | None:
        """See `Action.undo`."""
        ...

    def simulate(self, context: StepContext | None) -> Simulation:
        """See `Action.simulate`."""
        ...
