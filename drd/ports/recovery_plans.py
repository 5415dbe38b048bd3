"""Recovery plans of Site Recovery: machines that it brings up together, in its own order, with people in between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation

PointKind = Literal["latest", "latest-processed", "latest-app-consistent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """A recovery plan as Site Recovery sees it.

    Attributes:
        items: the replicated items of its groups, by id.
        allowed: its `allowedOperations`: the gate of every verb; empty while a job of it runs.
        primary_region, recovery_region: the direction that it was made for.
        job: id of its last job; empty when it never ran.
    """

    id: ArmId
    name: str
    items: tuple[ArmId, ...]
    allowed: tuple[str, ...]
    primary_region: str
    recovery_region: str
    job: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualAction:
    """What a plan's job waits for: the action's name, its instructions, and since when it waits."""

    name: str
    instructions: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStatus:
    """How a plan's job stands.

    Attributes:
        finished: True when it ended well. One that ended badly raises OperationFailedError instead.
        waits: the manual action that it waits for; nobody but a person ends that.
        used: the point that each item was brought up from, by the item's name, as far as it is known.
        known: False when no job and no operation tells of it.
    """

    finished: bool
    job: str
    waits: ManualAction | None = None
    used: Mapping[str, RecoveryPoint] = field(default_factory=dict)
    known: bool = True


class RecoveryPlans(Protocol):
    """Recovery plans. Every verb sends one POST and gives the accepted operation.

    Verbs raise RefusedError when `allowed` forbids them, AmbiguousError when the answer was lost. `back` fails over
    against the direction that the plan was made for.
    """

    async def get(self, plan: ArmId) -> PlanFacts:
        """Give a plan. Raises NotFoundError."""
        ...

    async def test_fail_over(
        self, plan: PlanFacts, *, kind: PointKind, network: ArmId, back: bool, request_id: str
    ) -> Operation:
        """Make test copies in an isolated network."""
        ...

    async def clean_up_test(self, plan: PlanFacts, *, comment: str, request_id: str) -> Operation:
        """Let Site Recovery remove the test copies."""
        ...

    async def fail_over(
        self, plan: PlanFacts, *, kind: PointKind, graceful: bool, back: bool, request_id: str
    ) -> Operation:
        """Fail all items over, group after group."""
        ...

    async def commit(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Make a failover final."""
        ...

    async def cancel_failover(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Take a failover back that was not committed."""
        ...

    async def reprotect(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Let all items replicate the other way."""
        ...

    async def resume(self, plan: PlanFacts, *, job: str, comment: str, request_id: str) -> Operation:
        """Say that the manual action that a job waits for was done. The operation follows the job."""
        ...

    async def find(
        self, plan: PlanFacts, *, scenario: str, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find a job of this scenario on the plan that started at or after `since`, as an operation to follow.

        One that names a request of `requests` comes first, whatever its clock says. The operation's `request_id` is the
        one that the job names, empty where it names none.
        """
        ...

    async def follow(self, operation: Operation) -> PlanStatus:
        """Ask how a job stands. Raises OperationFailedError when it ended badly or was cancelled."""
        ...


RECOVERY_PLANS: Capability[RecoveryPlans] = Capability("recovery-plans")
"""Recovery plans of Site Recovery."""
