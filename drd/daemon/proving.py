"""Plugs together what proves recovery points, and what a schedule does with it."""

from dataclasses import dataclass
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drd.domain.actor import Actor, Role
from drd.domain.ids import TenantId
from drd.domain.ladder import Rung
from drd.domain.sampling import Budget
from drd.engine.engine import Engine
from drd.operations.list_backups import ListBackups
from drd.operations.list_services import ListServices
from drd.operations.look_at_points import LookAtPoints
from drd.operations.proofs import Proofs
from drd.operations.record_proofs import RecordProofs
from drd.operations.sample_backups import SampleBackups, SampleOrder
from drd.operations.start_scheduled import slot_key
from drd.operations.verify_backup import VerifyBackup
from drd.ports.clock import Clock
from drd.ports.services import Services
from drd.ports.slots import Slot
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
            verify=verify,
            clock=clock,
            fresh=fresh,
        ),
    )


class VerifyTold(BaseModel):
    """What is verified: all items by what the inventory knows, or as much as a budget allows by restores."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=lambda name: name.replace("_", "-")
    )

    to: str = "L1"
    """The rung. L0 and L1 are asked of every item; those above of what is chosen."""
    restores: int | None = Field(default=None, ge=0, le=1000)
    """From L2 on: at most so many restores in one slot."""
    core_hours: int | None = Field(default=None, ge=0)
    """From L2 on: at most so many hours of cores in one slot."""
    quota_cores: int | None = Field(default=None, ge=0)
    """From L2 on: no copy needs more cores than this."""

    @model_validator(mode="after")
    def _fits(self) -> "VerifyTold":
        if self.to not in {rung.value for rung in Rung}:
            raise ValueError("`to` is a rung, L0 to L6")
        if Rung(self.to).restores and not self.restores:
            raise ValueError("a proof from L2 on needs `restores`, at least 1")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    """Does the work `verify`."""

    proofs: Proofs

    async def __call__(self, slot: Slot, told: VerifyTold, tenant: TenantId | None = None) -> str:
        """Verify what the schedule calls for, and say it in one line. Raises as the use cases."""
        await self.proofs.record()
        if not Rung(told.to).restores:
            said = await self.proofs.look(tenant)
            return f"looked at {len({(each.tenant, each.item) for each in said})} items"
        order = SampleOrder(
            actor=Actor(
                name=f"schedule:{slot.schedule}",
                roles=frozenset({Role.OPERATOR}),
                tenants=frozenset({tenant} if tenant else ()),
            ),
            budget=Budget(restores=told.restores or 0, core_hours=told.core_hours, quota_cores=told.quota_cores),
            tenant=tenant,
            to=Rung(told.to),
            key=slot_key(slot),
        )
        chosen = await self.proofs.sample_backups(order)
        started = [f"{each.item} ({each.run.id})" for each in chosen if each.run is not None]
        left = [f"{each.item}: {each.refused}" for each in chosen if each.run is None]
        return "; ".join((f"verifies {', '.join(started) or 'nothing'}", *left))
