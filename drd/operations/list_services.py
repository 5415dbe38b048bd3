"""List services and their items: what was promised against what is known. Too old a fact is unknown, never good."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from drd.domain.actor import Actor, Role
from drd.domain.errors import NotFoundError
from drd.domain.estate import ProtectedItem, Service, Tenant
from drd.domain.figures import Verdict, verdict
from drd.domain.ids import ItemId, ServiceId, TenantId
from drd.domain.plan import Mode
from drd.ports.clock import Clock
from drd.ports.inventory import Inventory, ItemFacts
from drd.ports.readings import Figures, Readings, Recovery
from drd.ports.services import Services

_Facts: TypeAlias = Mapping[tuple[TenantId, ItemId], Sequence[ItemFacts]]
_Ended: TypeAlias = Mapping[tuple[TenantId, ServiceId], Sequence[Recovery]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What one read told, each thing where it is looked for: ten thousand items must not each be held against all."""

    facts: _Facts
    ended: _Ended
    proven: Mapping[tuple[TenantId, ItemId, str], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """An item with what the last collections saw of it.

    Attributes:
        facts: those that are fresh enough to believe, one a mechanism.
        newest_point_at: the newest usable point of any mechanism; None when unknown or none.
        proven_point_at: the newest point of any mechanism that a drill restored; None when none was.
    """

    tenant: TenantId
    service: ServiceId
    item: ProtectedItem
    facts: tuple[ItemFacts, ...]
    stale: bool
    newest_point_at: datetime | None
    proven_point_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    """A service, its objectives and its evidence.

    Attributes:
        point_at: the oldest of its items' newest usable points; None when one is unknown or missing.
        point_verdict: its age now against the recovery point objective.
        proven_at: the oldest of its items' newest proven points; None when one of them was never restored.
        last: the newest run that ended, of any mode, and the newest drill.
    """

    tenant: Tenant
    service: Service
    items: tuple[ItemView, ...]
    point_at: datetime | None
    point_age: timedelta | None
    point_verdict: Verdict
    proven_at: datetime | None
    last: Recovery | None
    last_drill: Recovery | None


class ListServices:
    """Reads the estate."""

    def __init__(
        self, *, services: Services, inventory: Inventory, readings: Readings, clock: Clock, fresh: timedelta
    ) -> None:
        """Take what is needed; a fact older than `fresh` (world time) is not believed."""
        self._services = services
        self._inventory = inventory
        self._readings = readings
        self._clock = clock
        self._fresh = fresh

    def now(self) -> datetime:
        """Give the instant against which ages are taken."""
        return self._clock.now()

    async def list(self, actor: Actor, tenant: TenantId | None = None) -> tuple[ServiceView, ...]:
        """Give the services of one tenant, or of all, in the catalogue's order."""
        actor.must_have(*Role)
        found = (self._services.tenant(tenant),) if tenant else self._services.tenants()
        tenants = tuple(each for each in found if actor.sees(each.id))
        known = _known(await self._inventory.items(tenant), await self._readings.figures())
        return tuple(self._view(each, service, known) for each in tenants for service in each.services)

    async def show(self, actor: Actor, tenant: TenantId | None, service: ServiceId) -> ServiceView:
        """Give one service. Raises NotFoundError, InvalidError when several tenants have it."""
        actor.must_have(*Role)
        owner, found = self._services.service(tenant, service)
        actor.must_have(*Role, tenant=owner.id)
        known = _known(await self._inventory.items(owner.id), await self._readings.figures())
        return self._view(owner, found, known)

    async def item(self, actor: Actor, tenant: TenantId | None, item: ItemId) -> ItemView:
        """Give one item with its points. Raises NotFoundError."""
        for view in await self.list(actor, tenant):
            for each in view.items:
                if each.item.id == item:
                    return each
        raise NotFoundError("no such item", target=item, hint="`drd item list` shows all")

    def _view(self, tenant: Tenant, service: Service, known: _Known) -> ServiceView:
        now = self._clock.now()
        items = tuple(self._item(tenant, service, item, known) for item in service.items)
        newest = [each.newest_point_at for each in items if each.newest_point_at is not None]
        point_at = min(newest) if newest and len(newest) == len(items) else None
        age = now - point_at if point_at else None
        proven = [each.proven_point_at for each in items if each.proven_point_at is not None]
        ended = known.ended.get((tenant.id, service.id), ())
        drills = [each for each in ended if each.mode is Mode.DRILL]
        return ServiceView(
            tenant=tenant,
            service=service,
            items=items,
            point_at=point_at,
            point_age=age,
            point_verdict=verdict(service.objectives.rpo, age),
            proven_at=min(proven) if proven and len(proven) == len(items) else None,
            last=max(ended, key=lambda each: each.ended_at, default=None),
            last_drill=max(drills, key=lambda each: each.ended_at, default=None),
        )

    def _item(self, tenant: Tenant, service: Service, item: ProtectedItem, known: _Known) -> ItemView:
        now = self._clock.now()
        facts = known.facts.get((tenant.id, item.id), ())
        fresh = tuple(each for each in facts if now - each.seen_at <= self._fresh)
        points = [point.time for each in fresh for point in each.points if point.usable]
        restored = (known.proven.get((tenant.id, item.id, each.mechanism.value)) for each in item.protection)
        proven = [time for time in restored if time is not None]
        return ItemView(
            tenant=tenant.id,
            service=service.id,
            item=item,
            facts=fresh,
            stale=len(fresh) < len(item.protection),
            newest_point_at=max(points, default=None),
            proven_point_at=max(proven, default=None),
        )


def _known(facts: Sequence[ItemFacts], figures: Figures) -> _Known:
    by_item: dict[tuple[TenantId, ItemId], list[ItemFacts]] = {}
    for each in facts:
        by_item.setdefault((each.tenant, each.item), []).append(each)
    by_service: dict[tuple[TenantId, ServiceId], list[Recovery]] = {}
    for recovery in figures.last:
        by_service.setdefault((recovery.tenant, recovery.service), []).append(recovery)
    return _Known(facts=by_item, ended=by_service, proven=figures.proven)
