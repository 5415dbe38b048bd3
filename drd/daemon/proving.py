"""Plugs together what proves recovery points, and what a schedule does with it."""

from dataclasses import dataclass
from datetime import timedelta

from drd.daemon.catalogue import parsed_values
from drd.daemon.works import ProveTold
from drd.domain.errors import ConflictError
from drd.domain.ladder import Rung
from drd.domain.proof_terms import ProofTerms
from drd.domain.sampling import Budget
from drd.engine.engine import Engine
from drd.operations.list_backups import ListBackups
from drd.operations.list_services import ListServices
from drd.operations.look_at_points import LookAtPoints
from drd.operations.look_at_proof_terms import LookAtProofTerms
from drd.operations.proofs import Proofs
from drd.operations.record_proofs import RecordProofs
from drd.operations.sample_backups import SampleBackups, Sampled, SampleOrder, Turn
from drd.operations.start_scheduled import slot_actor, slot_key
from drd.operations.verify_backup import VerifyBackup
from drd.ports.clock import Clock
from drd.ports.services import Services
from drd.ports.slots import Slot
from drd.scheduling.schedule import Schedule
from drd.scheduling.timetable import Timetable
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


def proof_terms(timetable: Timetable) -> tuple[ProofTerms, ...]:
    """Give the schedules that prove by restores, as the settings tell them."""
    found = []
    for card in timetable.cards():
        if card.does == "prove":
            told = parsed_values(card.does, ProveTold, timetable.terms(card.id).values)
            found.append(
                ProofTerms(schedule=card.id, tenant=card.tenant, budget=budget_of(told), to=Rung(told.to)),
            )
    return tuple(found)


def budget_of(told: ProveTold) -> Budget:
    """Give what a slot may use."""
    return Budget(restores=told.restores, core_hours=told.core_hours, quota_cores=told.quota_cores)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Does the work `verify`: what points tell by themselves, and whether anything will ever restore them."""

    look: LookAtPoints
    terms: LookAtProofTerms

    async def __call__(self, schedule: Schedule, *_: object) -> None:
        """Look. Raises as the use cases."""
        await self.look(schedule.tenant)
        await self.terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proving:
    """Does the work `prove`."""

    proofs: Proofs
    terms: LookAtProofTerms
    timetable: Timetable
    clock: Clock

    async def __call__(self, schedule: Schedule, slot: Slot, told: ProveTold) -> str:
        """Verify what counts most within the budget, and say what was chosen and why.

        Raises:
            ConflictError: something was chosen, and none of it could be started.
            DrdError: as the use case; a budget of zero is refused, after it was found.
        """
        await self.terms()
        tenant, now = schedule.tenant, self.clock.now()
        following = next(self.timetable.coming(schedule.id, after=now), None)
        until = following.starts_at if following else now
        order = SampleOrder(
            actor=slot_actor(slot, tenant),
            budget=budget_of(told),
            tenant=tenant,
            to=Rung(told.to),
            due_by=until if told.only_due else None,
            key=slot_key(slot),
        )
        turn = await self.proofs.sample_backups.turn(order)
        said = "; ".join((*(_said(each) for each in turn.chosen), *_left(turn)))
        if turn.chosen and all(each.run is None for each in turn.chosen):
            raise ConflictError(said, target=schedule.id, hint="`drd run list` shows what is in the way")
        return said or "no proof is due"


def _said(chosen: Sampled) -> str:
    if chosen.run is None:
        return f"{chosen.item}: {chosen.refused}"
    return f"verifies {chosen.item} up to {chosen.to.value} ({chosen.run.id}): {chosen.because}"


def _left(turn: Turn) -> tuple[str, ...]:
    return (f"{turn.left} more had to wait for the budget",) if turn.left else ()
