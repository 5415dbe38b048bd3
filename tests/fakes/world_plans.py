"""A recovery plan in memory: its job waits for one person."""

from dataclasses import dataclass

from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation
from drd.ports.recovery_plans import ManualAction, PlanFacts, PlanStatus, PointKind
from tests.fakes.world import World


@dataclass
class WorldPlans:
    """Answers `RecoveryPlans` for one plan of one item, whose job waits until it is resumed."""

    world: World
    facts: PlanFacts
    point: RecoveryPoint
    waits: bool = True

    async def get(self, plan: ArmId) -> PlanFacts:
        """Read."""
        self.world.settle()
        return self.facts

    async def test_fail_over(
        self, plan: PlanFacts, *, kind: PointKind, network: ArmId, back: bool, request_id: str
    ) -> Operation:
        """Nobody starts it here."""
        raise NotImplementedError

    async def clean_up_test(self, plan: PlanFacts, *, comment: str, request_id: str) -> Operation:
        """Nobody cleans up here."""
        raise NotImplementedError

    async def fail_over(
        self, plan: PlanFacts, *, kind: PointKind, graceful: bool, back: bool, request_id: str
    ) -> Operation:
        """Nobody fails it over here."""
        raise NotImplementedError

    async def commit(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Nobody commits it here."""
        raise NotImplementedError

    async def cancel_failover(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Nobody cancels it here."""
        raise NotImplementedError

    async def reprotect(self, plan: PlanFacts, *, request_id: str) -> Operation:
        """Nobody reprotects it here."""
        raise NotImplementedError

    async def resume(self, plan: PlanFacts, *, job: str, comment: str, request_id: str) -> Operation:
        """Go on."""

        def effect() -> Operation:
            self.waits = False
            return Operation(kind="recovery-plan", target=str(plan.id), started_at=self.world.clock.now(), job=job)

        return self.world.change("POST resume", effect)

    async def find(
        self, plan: PlanFacts, *, scenario: str, since: object, requests: frozenset[str] = frozenset()
    ) -> Operation | None:
        """Find nothing."""
        return None

    async def follow(self, operation: Operation) -> PlanStatus:
        """Follow."""
        self.world.settle()
        action = ManualAction(name="licentie", instructions="bel de leverancier")
        used = {"vm-bz-sql-1": self.point}
        return PlanStatus(finished=not self.waits, job=operation.job, waits=action if self.waits else None, used=used)
