"""Plugs together what proves recovery points, and what a schedule does with it."""

from dataclasses import dataclass
from datetime import timedelta

from drd.daemon.works import ProveTold
from drd.domain.ladder import Rung
from drd.domain.sampling import Budget
from drd.engine.engine import Engine
from drd.operations.list_backups import ListBackups
from drd.operations.list_services import ListServices
from drd.operations.look_at_points import LookAtPoints
from drd.operations.proofs import Proofs
from drd.operations.record_proofs import RecordProofs
from drd.operations.sample_backups import SampleBackups, SampleOrder
from drd.operations.start_scheduled import slot_actor, slot_key
from drd.operations.verify_backup import VerifyBackup
from drd.ports.clock import Clock
from drd.ports.services import Services
from drd.ports.slots import Slot
from drd.scheduling.schedule import Schedule
from drd.store.opening import Store


def looking(*, services: Services, store: Store, clock: Clock, fresh: timedelta) -> LookAtPoints:
    """Give what looks at points; a fact older than `fresh` is unknown."""
    return LookAtPoints(
        services=services,
        inventory=store.inventory,
        verifications=store.verifications,
        findings=store.findings,
        clock=clock,
        fresh=fresh,
    )


def recording(look: LookAtPoints, *, store: Store, clock: Clock) -> RecordProofs:
    """Give what asks drills what they proved: an observer of the engine."""
    return RecordProofs(
        journal=store.journal, verifications=store.verifications, evidence=store.evidence, look=look, clock=clock
    )


def proving(
    record: RecordProofs, look: LookAtPoints, *, estate: ListServices, services: Services, store: Store, engine: Engine,
    clock: Clock, fresh: timedelta,
) -> Proofs:  # fmt: skip
    """Give the use cases."""
    verify = VerifyBackup(services=services, look=look, engine=engine)
    return Proofs(
        look=look,
        record=record,
        list_backups=ListBackups(estate=estate, verifications=store.verifications, record=record),
        verify_backup=verify,
        sample_backups=SampleBackups(
            services=services,
            inventory=store.inventory,
            verifications=store.verifications,
            journal=store.journal,
            verify=verify,
            clock=clock,
            fresh=fresh,
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """Does the work `prove`."""

    proofs: Proofs

    async def __call__(self, schedule: Schedule, slot: Slot, told: ProveTold) -> str:
        """Verify what counts most within the budget, and say it in one line. Raises as the use case."""
        tenant = schedule.tenant
        order = SampleOrder(
            actor=slot_actor(slot, tenant),
            budget=Budget(restores=told.restores, core_hours=told.core_hours, quota_cores=told.quota_cores),
            tenant=tenant,
            to=Rung(told.to),
            key=slot_key(slot),
        )
        chosen = await self.proofs.sample_backups(order)
        started = [f"{each.item} ({each.run.id})" for each in chosen if each.run is not None]
        left = [f"{each.item}: {each.refused}" for each in chosen if each.run is None]
        return "; ".join((f"verifies {', '.join(started) or 'nothing'}", *left))
