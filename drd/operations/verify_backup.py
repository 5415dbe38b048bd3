"""Verify an item's recovery point: L0 and L1 at once, and above them by a drill that the engine runs."""

from dataclasses import dataclass
from hashlib import sha256

from drd.domain.actor import Actor, Role
from drd.domain.canonical import Json, canonical_json
from drd.domain.climbing import Climb, climb_plan
from drd.domain.errors import InvalidError, NotFoundError, RefusedError
from drd.domain.estate import ProtectedItem, Service, Tenant
from drd.domain.ids import ItemId, TenantId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.points import NEWEST, NEWEST_CLEAN
from drd.engine.engine import Engine, StartWish
from drd.operations.look_at_points import LookAtPoints
from drd.ports.journal import RunCard
from drd.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyOrder:
    """What somebody asked for.

    Attributes:
        to: the highest rung that is asked.
        point: `newest`, `newest-clean`, or the id of a point; means nothing up to L1.
        reason: stands in the journal, and with what was proven.
        key: what asks for it; the same order with the same key gives the run that it started before.
    """

    actor: Actor
    item: ItemId
    tenant: TenantId | None = None
    to: Rung = Rung.L1
    point: str = NEWEST
    reason: str = ""
    key: str = ""

    def digest(self) -> str:
        """Give the SHA-256 of what is wished, as it was typed."""
        wished: dict[str, Json] = {
            "verify": self.item,
            "tenant": self.tenant,
            "to": self.to.value,
            "point": self.point,
            "actor": self.actor.name,
        }
        return sha256(canonical_json(wished).encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What is known at once, and the run that finds out the rest; None where nothing had to be restored."""

    verifications: tuple[Verification, ...]
    run: RunCard | None = None


class VerifyBackup:
    """Verifies one item. A person and a schedule ask in the same way, and leave the same records."""

    def __init__(self, *, services: Services, look: LookAtPoints, engine: Engine) -> None:
        """Take what is needed."""
        self._services = services
        self._look = look
        self._engine = engine

    async def __call__(self, order: VerifyOrder) -> Verified:
        """Look, and start the climb.

        Raises:
            ForbiddenError: the actor may not drill.
            NotFoundError: no such item, or it is no longer in the catalogue; none of its points has the id.
            InvalidError: several tenants have an item of this name.
            RefusedError: it cannot be restored, has nothing to restore, or the rung has nothing to ask.
            ConflictError: the item is being verified already; `other` names the run.
        """
        tenant, service, item = self._found(order)
        order.actor.must_have(Role.OPERATOR, Role.RESPONDER, tenant=tenant.id)
        climb = Climb(tenant=tenant, service=service, item=item, to=order.to, point=order.point)
        plan = climb_plan(climb) if order.to.restores else None
        if plan is not None:
            await self._check_point(tenant, item, order.point)
        said = await self._look(tenant.id, item.id)
        if plan is None:
            return Verified(verifications=tuple(each for each in said if each.rung.height <= order.to.height))
        _check_something_is_there(item, said)
        wish = StartWish(
            actor=order.actor.name,
            reason=order.reason or f"verify {item.id} up to {order.to.value}",
            key=order.key,
            digest=order.digest() if order.key else "",
        )
        return Verified(verifications=said, run=await self._engine.start(plan, wish))

    async def _check_point(self, tenant: Tenant, item: ProtectedItem, point: str) -> None:
        """Refuse an id that is mistyped: it would end as a failed proof of the item, and say nothing of its points."""
        if point not in {NEWEST, NEWEST_CLEAN} and not await self._look.may_have(tenant.id, item.id, point):
            raise NotFoundError(
                f"{item.id} has no recovery point of this id",
                target=point,
                hint=f"`drd item points {item.id}` lists them; one made since the last collection is `newest`",
            )

    def _found(self, order: VerifyOrder) -> tuple[Tenant, Service, ProtectedItem]:
        tenants = (self._services.tenant(order.tenant),) if order.tenant else self._services.tenants()
        found = [
            (tenant, service, item)
            for tenant in tenants
            if order.actor.sees(tenant.id)
            for service in tenant.services
            for item in service.items
            if item.id == order.item
        ]
        if not found:
            raise NotFoundError("no such item", target=order.item, hint="`drd item list` shows all")
        if len(found) > 1:
            raise InvalidError("several municipalities have an item of this name", hint="say which: --tenant NAME")
        return found[0]


def _check_something_is_there(item: ProtectedItem, said: tuple[Verification, ...]) -> None:
    [exists] = [each for each in said if each.rung is Rung.L0]
    if exists.outcome is Outcome.FAILED and exists.point_time is None:
        raise RefusedError(
            f"{item.id} has nothing to restore: {exists.because}",
            target=item.id,
            hint="see `drd item points`; this was kept as a failed verification",
            code="nothing-to-restore",
        )
