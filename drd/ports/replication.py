"""Azure Site Recovery as actions, checks and collection see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability, Operation, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicatedItem:
    """A replicated machine, as Site Recovery sees it.

    Attributes:
        id: the whole ARM id of the replicated item (vault, fabric, container, name).
        allowed: Azure's `allowedOperations`: the gate of every verb.
        rpo: as reported, calculated at `rpo_at`; effective_rpo adds the time since then.
        active_location: `Primary` or `Recovery`: on which side of the present direction the machine runs.
        primary_region, recovery_region: the present direction, which a switch of protection turns round.
        recovery_group: resource group in which a failover makes the machine.
        size: of the machine that a failover makes; empty when it does not say.
        job: id of the job that works on the item now, if one (`currentScenario`).
    """

    id: ArmId
    name: str
    source: ArmId
    state: str
    health: str
    failover_health: str
    allowed: tuple[str, ...]
    active_location: str
    test_state: str
    recovery_group: ArmId | None
    recovery_machine_name: str
    primary_region: str = ""
    recovery_region: str = ""
    test_machine_name: str = ""
    size: str = ""
    rpo: timedelta | None = None
    rpo_at: datetime | None = None
    job: str = ""
    scenario: str = ""
    last_test_at: datetime | None = None
    errors: tuple[str, ...] = ()

    @property
    def active_region(self) -> str:
        """Give the region in which the machine runs now, by Site Recovery's word; empty when it does not say."""
        return self.recovery_region if self.active_location.casefold() == "recovery" else self.primary_region

    def is_active_in(self, region: str) -> bool:
        """Say whether the machine runs in a region now."""
        return self.active_region.casefold() == region.casefold()

    def effective_rpo(self, now: datetime) -> timedelta | None:
        """Give the age of the newest point now; None until replication is protected."""
        if self.rpo is None or self.rpo_at is None:
            return None
        return self.rpo + max(now - self.rpo_at, timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseWish:
    """What a switch of protection needs to know.

    Attributes:
        recovery_group: resource group in which a failover back makes the machine.
        staging: storage account in the region where the machine runs now; changes pass through it.
        disks: the disks of the machine that runs now.
    """

    recovery_group: ArmId
    staging: ArmId
    disks: tuple[ArmId, ...]


class Replication(Protocol):
    """Azure Site Recovery, Azure to Azure. Every verb sends one POST and gives the accepted operation.

    Verbs raise RefusedError when `allowed` forbids them, AmbiguousError when the answer was lost.
    """

    async def items(self, vault: ArmId) -> tuple[ReplicatedItem, ...]:
        """Give every replicated item of a vault."""
        ...

    async def item(self, vault: ArmId, name: str) -> ReplicatedItem:
        """Give one item by its name in the vault, or by its source machine's name. Raises NotFoundError."""
        ...

    async def points(self, item: ReplicatedItem) -> tuple[RecoveryPoint, ...]:
        """Give an item's recovery points, newest first. `id` is the whole ARM id of the point."""
        ...

    async def fail_over(self, item: ReplicatedItem, *, point: str | None, graceful: bool, request_id: str) -> Operation:
        """Fail over unplanned to the other region; `point` None lets Site Recovery make the latest one it can.

        `graceful` lets Site Recovery shut the source down first; without it nothing is asked of the home region.
        """
        ...

    async def commit(self, item: ReplicatedItem, *, request_id: str) -> Operation:
        """Make a failover final."""
        ...

    async def cancel_failover(self, item: ReplicatedItem, *, request_id: str) -> Operation:
        """Take a failover back that was not committed."""
        ...

    async def switch_protection(self, item: ReplicatedItem, wish: ReverseWish, *, request_id: str) -> Operation:
        """Let a committed item replicate the other way. Afterwards it has another id, and the same name."""
        ...

    async def test_fail_over(
        self, item: ReplicatedItem, *, point: str | None, network: ArmId, request_id: str
    ) -> Operation:
        """Make a test copy in an isolated network."""
        ...

    async def clean_up_test(self, item: ReplicatedItem, *, comment: str, request_id: str) -> Operation:
        """Let Site Recovery remove the test copy."""
        ...

    async def find(
        self, item: ReplicatedItem, *, scenario: str, since: datetime, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find a job of this scenario on the item that started at or after `since`, as an operation to follow.

        One that names a request of `requests` comes first, whatever its clock says. The operation's `request_id` is the
        one that the job names, empty where it names none.

        Scenarios as in Azure's jobs: `UnplannedFailover`, `Commit`, `TestFailover`, `TestFailoverCleanup`,
        `CancelFailover`, `SwitchProtection`.
        """
        ...

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands. Its times are the service's own."""
        ...


REPLICATION: Capability[Replication] = Capability("replication")
