"""A municipality of two services, and answers to the ports that tell about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.estate import (
    ItemKind,
    Mechanism,
    Objectives,
    ProtectedItem,
    Protection,
    RecoveryPoint,
    Service,
    Tenant,
)
from drd.domain.ids import ArmId, ItemId, RunbookId, ServiceId, TenantId
from drd.domain.language import Text
from drd.domain.plan import Mode, RecoveryGroup, RecoveryPlan
from drd.ports.inventory import Chain, ChainKey, Collection, ItemFacts, VaultFacts, VaultList, joined
from drd.ports.readings import Figures
from drd.ports.runbooks import PlanWish, RunbookCard
from drd.ports.vault_lists import ListKind

TENANT = TenantId("voorbeeld")
GROUP = "/subscriptions/sub-1/resourceGroups/rg"
HOME_VAULT = ArmId(f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/rsv-weu")
RECOVERY_VAULT = ArmId(f"{GROUP}/providers/Microsoft.RecoveryServices/vaults/rsv-neu")


_BOTH = (Mechanism.BACKUP, Mechanism.SITE_RECOVERY)


def machine_id(name: str) -> ArmId:
    """Give a machine's ARM id."""
    return ArmId(f"{GROUP}/providers/Microsoft.Compute/virtualMachines/{name}")


def item(name: str, *mechanisms: Mechanism, vault: ArmId | None = None) -> ProtectedItem:
    """Make a protected machine; without mechanisms it has both."""
    vaults = {
        Mechanism.BACKUP: vault or HOME_VAULT,
        Mechanism.SITE_RECOVERY: vault or RECOVERY_VAULT,
        Mechanism.SNAPSHOT: vault or HOME_VAULT,
    }
    return ProtectedItem(
        id=ItemId(name),
        kind=ItemKind.VIRTUAL_MACHINE,
        resource=machine_id(name),
        protection=tuple(Protection(mechanism=each, vault=vaults[each], item=name) for each in mechanisms or _BOTH),
    )


def service(name: str, *items: ProtectedItem, rpo: timedelta | None = timedelta(hours=1)) -> Service:
    """Make a service of tier 1."""
    return Service(
        id=ServiceId(name),
        name=Text(nl=name.capitalize()),
        tier=1,
        objectives=Objectives(rpo=rpo if items else None, rto=timedelta(hours=2), drill_every=timedelta(days=90)),
        runbook=RunbookId(name),
        owner="crisisteam",
        items=items,
    )


def tenant(*services: Service, name: str = TENANT) -> Tenant:
    """Make a municipality; without services it has `burgerzaken` with two machines, and `netwerk` with none."""
    return Tenant(
        id=TenantId(name),
        name=Text(nl="Gemeente Voorbeeld"),
        home_region="westeurope",
        recovery_region="northeurope",
        subscriptions=("sub-1",),
        services=services or (service("burgerzaken", item("vm-app"), item("vm-sql")), service("netwerk")),
    )


def plan(runbook: str = "burgerzaken", mode: Mode = Mode.FAILOVER, *, parent: bool = False) -> RecoveryPlan:
    """Make a plan without steps."""
    return RecoveryPlan(
        runbook=RunbookId(runbook),
        title=Text(nl=runbook),
        tenant=TENANT,
        service=None if parent else ServiceId(runbook),
        mode=mode,
        home_region="westeurope",
        recovery_region="northeurope",
        groups=(RecoveryGroup(id=""),),
        steps=(),
        objectives=None if parent else Objectives(rpo=timedelta(hours=1), rto=timedelta(hours=2)),
    )


class FixedServices:
    """Answers the port `Services`."""

    def __init__(self, *tenants: Tenant) -> None:
        """Tell of these, or of the one municipality."""
        self._tenants = tenants or (tenant(),)

    def tenants(self) -> tuple[Tenant, ...]:
        """See the port."""
        return self._tenants

    def tenant(self, tenant: TenantId | None) -> Tenant:
        """See the port."""
        found = [each for each in self._tenants if tenant in {None, each.id}]
        if not found:
            raise NotFoundError("no such tenant", target=str(tenant))
        if len(found) > 1:
            raise InvalidError("there are several tenants")
        return found[0]

    def service(self, tenant: TenantId | None, service: ServiceId) -> tuple[Tenant, Service]:
        """See the port."""
        for each in self._tenants:
            found = each.service(service)
            if found is not None and tenant in {None, each.id}:
                return each, found
        raise NotFoundError("no such service", target=service)


class FixedRunbooks:
    """Answers the port `Runbooks`."""

    def __init__(self, *plans: RecoveryPlan) -> None:
        """Know these plans."""
        self._plans = {(plan.runbook, plan.mode): plan for plan in plans}
        self.wishes: list[PlanWish] = []

    def list(self) -> tuple[RunbookCard, ...]:
        """See the port."""
        return tuple(
            RunbookCard(id=each.runbook, title=each.title, service=each.service, modes=(each.mode,), path="x.yaml")
            for each in self._plans.values()
        )

    def plan(self, wish: PlanWish) -> RecoveryPlan:
        """See the port."""
        self.wishes.append(wish)
        found = self._plans.get((wish.runbook, wish.mode))
        if found is None:
            raise NotFoundError("no such runbook", target=wish.runbook)
        return found


def no_figures(**others: object) -> Figures:
    """Give the figures of a store in which nothing is."""
    nothing: dict[str, object] = {
        "items": (), "vaults": (), "collections": (), "last": (), "last_succeeded": (), "active": (),
        "ended": {}, "proven": {}, "events": 0,
    }  # fmt: skip
    return Figures(**{**nothing, **others})  # type: ignore[arg-type]  # tests name the members


class FixedReadings:
    """Answers the port `Readings`."""

    def __init__(self, figures: Figures | None = None) -> None:
        """Tell these figures, until told others."""
        self.figures_now = figures or no_figures()
        self.error: Exception | None = None

    async def figures(self) -> Figures:
        """See the port."""
        if self.error is not None:
            raise self.error
        return self.figures_now


def _chain(facts: ItemFacts) -> Chain:
    newest = next((point.time for point in facts.points if point.id), None)
    seen_at = facts.points_seen_at or facts.seen_at
    return Chain(seen_at=seen_at, newest_at=newest, policy=facts.policy, since=facts.kept_since)


@dataclass
class MemoryInventory:
    """Answers the port `Inventory`."""

    facts: dict[tuple[str, str, str], ItemFacts] = field(default_factory=dict)
    postures: dict[ArmId, VaultFacts] = field(default_factory=dict)
    collections_seen: dict[tuple[str, str], Collection] = field(default_factory=dict)
    lists_seen: dict[tuple[object, ...], VaultList] = field(default_factory=dict)

    async def put_items(self, facts: tuple[ItemFacts, ...]) -> None:
        """See the port."""
        self.facts.update({(each.tenant, each.item, each.mechanism.value): each for each in facts})

    async def put_states(self, facts: tuple[ItemFacts, ...]) -> None:
        """See the port."""
        for each in facts:
            key = (each.tenant, each.item, each.mechanism.value)
            known = self.facts[key]
            listed = tuple(point for point in known.points if point.id)
            total = known.points_total - (len(known.points) - len(listed))
            self.facts[key] = joined(each, listed, total, _chain(known))

    async def chains(self, tenant: TenantId) -> Mapping[ChainKey, Chain]:
        """See the port."""
        found = {}
        for each in self.facts.values():
            found.update({(each.item, each.mechanism): _chain(each)} if each.tenant == tenant else {})
        return found

    async def put_lists(self, lists: tuple[VaultList, ...]) -> None:
        """See the port."""
        for each in lists:
            key = (each.tenant, each.vault, each.mechanism, each.kind)
            known = self.lists_seen.get(key)
            kept = {"asked_at": each.asked_at, "trouble": each.trouble}
            self.lists_seen[key] = replace(known, **kept) if each.trouble and known else each  # type: ignore[arg-type]  # named above

    async def lists(self, tenant: TenantId | None = None, kind: ListKind | None = None) -> tuple[VaultList, ...]:
        """See the port."""
        found = (each for each in self.lists_seen.values() if tenant in {None, each.tenant})
        return tuple(each for each in found if kind in {None, each.kind})

    async def put_vaults(self, facts: tuple[VaultFacts, ...]) -> None:
        """See the port."""
        self.postures.update({each.posture.id: each for each in facts})

    async def put_collection(self, collection: Collection) -> None:
        """See the port."""
        self.collections_seen[collection.tenant, collection.collector] = collection

    async def items(self, tenant: TenantId | None = None) -> tuple[ItemFacts, ...]:
        """See the port."""
        return tuple(each for each in self.facts.values() if tenant in {None, each.tenant})

    async def vaults(self, tenant: TenantId | None = None) -> tuple[VaultFacts, ...]:
        """See the port."""
        return tuple(each for each in self.postures.values() if tenant in {None, each.tenant})

    async def collections(self) -> Sequence[Collection]:
        """See the port."""
        return tuple(self.collections_seen.values())


def points(*times: datetime, usable: bool = True) -> tuple[RecoveryPoint, ...]:
    """Make recovery points of these instants."""
    return tuple(
        RecoveryPoint(id=f"p{number}", time=time, consistency="application", usable=usable, tiers=("vault",))
        for number, time in enumerate(times)
    )
