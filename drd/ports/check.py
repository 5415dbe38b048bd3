"""Checks: questions that change nothing. Asked in runs, in drills, for readiness and in steady state."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from drd.domain.canonical import Json
from drd.domain.estate import ProtectedItem
from drd.domain.ids import ArmId, ItemId, TenantId
from drd.domain.plan import Mode
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.parameters import Parameters
from drd.ports.reach import Reach

P_contra = TypeVar("P_contra", bound=Parameters, contravariant=True)
P = TypeVar("P", bound=Parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckContext:
    """What a check may know and use.

    Attributes:
        mode: None in steady state. In a drill `reach` is the drill's own, and items mean their copies.
        machines: the machine that stands for an item now (a recovered one or a drill's copy), where the run knows it.
        rpo: the recovery point objective of the items' service; None where it has none.
    """

    tenant: TenantId
    mode: Mode | None
    home_region: str
    recovery_region: str
    items: Mapping[ItemId, ProtectedItem]
    machines: Mapping[ItemId, ArmId]
    provider: Provider
    reach: Reach
    clock: Clock
    rpo: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a check found. `green` only from the world.

    Attributes:
        sentence: what was seen, in English, one line, no secrets.
        evidence: figures and ids behind it.
    """

    green: bool
    sentence: str
    evidence: Mapping[str, Json] = field(default_factory=dict)


class Check(Protocol[P_contra]):
    """A question that changes nothing. Errors are answers too: a check that cannot ask raises TransientError."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """The ARM operations it needs."""
        ...

    def within(self, parameters: P_contra) -> timedelta:
        """Give how long a run asks again before the check counts as failed; zero for once."""
        ...

    async def ask(self, parameters: P_contra, context: CheckContext) -> Answer:
        """Ask once."""
        ...

    def describe(self, parameters: P_contra) -> str:
        """Say in English what is asked, in one line."""
        ...


@dataclass(frozen=True)
class Question(Generic[P]):
    """The last line of a check's file: `CHECK = Question("check.http", Params, HttpAnswers())`."""

    name: str
    parameters: type[P]
    check: Check[P]


class BoundCheck(Protocol):
    """A check with its parameters inside. Methods as in `Check`."""

    @property
    def name(self) -> str:
        """The question's name."""
        ...

    def within(self) -> timedelta:
        """See `Check.within`."""
        ...

    async def ask(self, context: CheckContext) -> Answer:
        """See `Check.ask`."""
        ...

    def describe(self) -> str:
        """See `Check.describe`."""
        ...
