"""List what collections saw of every vault, how old it is, and what is not known: too old is unknown, never good."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from drd.domain.actor import Actor, Role
from drd.domain.errors import NotFoundError
from drd.domain.estate import Mechanism, Tenant
from drd.domain.ids import ArmId, ItemId, TenantId
from drd.ports.clock import Clock
from drd.ports.inventory import Inventory, ItemFacts, VaultList
from drd.ports.services import Services
from drd.ports.vault_lists import Listed, ListKind


class Freshness(StrEnum):
    """Whether a fact is believed."""

    FRESH = "fresh"
    UNKNOWN = "unknown"
    """It is too old, or not all of it was seen."""
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class InventoryRow:
    """One kind of fact of one vault.

    Attributes:
        what: `items`, `policies` or `jobs`, by one list a vault; `points`, by one list an item, in turn; `posture`.
        seen_at: when the oldest of it was seen; None when it never was.
        total: how many there are as far as was seen; of points, of how many items they are known.
        missing: of how many items that the catalogue names nothing is believed.
        trouble: why it could not be read when it was last asked for; empty when it could.
    """

    tenant: TenantId
    vault: ArmId
    mechanism: Mechanism | None
    what: str
    seen_at: datetime | None
    freshness: Freshness
    total: int = 0
    missing: int = 0
    trouble: str = ""
    entries: tuple[Listed, ...] = ()


class ListInventory:
    """Reads the inventory."""

    def __init__(self, *, services: Services, inventory: Inventory, clock: Clock, fresh: timedelta) -> None:
        """Take what is needed; a fact older than `fresh` (world time) is not believed."""
        self._services = services
        self._inventory = inventory
        self._clock = clock
        self._fresh = fresh

    def now(self) -> datetime:
        """Give the instant against which ages are taken."""
        return self._clock.now()

    async def list(self, actor: Actor, tenant: TenantId | None = None) -> tuple[InventoryRow, ...]:
        """Give every kind of fact of every vault that the catalogue names or a subscription holds."""
        actor.must_have(*Role)
        found = (self._services.tenant(tenant),) if tenant else self._services.tenants()
        rows = [await self._rows(each) for each in found if actor.sees(each.id)]
        return tuple(row for some in rows for row in some)

    async def show(self, actor: Actor, vault: str, tenant: TenantId | None = None) -> tuple[InventoryRow, ...]:
        """Give what is known of a vault, by its name or its id, with the lines of its lists. Raises NotFoundError."""
        wanted = vault.casefold()
        rows = [row for row in await self.list(actor, tenant) if wanted in {row.vault.name.casefold(), row.vault.key}]
        if not rows:
            raise NotFoundError("no such vault is known", target=vault, hint="`drd inventory list` shows all")
        return tuple(rows)

    async def _rows(self, tenant: Tenant) -> Sequence[InventoryRow]:
        lists = {(each.vault, each.mechanism, each.kind): each for each in await self._inventory.lists(tenant.id)}
        facts = {(each.item, each.mechanism): each for each in await self._inventory.items(tenant.id)}
        rows: list[InventoryRow] = []
        for (vault, mechanism), items in _kept(tenant).items():
            if mechanism is not Mechanism.SNAPSHOT:
                rows.extend(self._of_list(tenant, vault, lists.get((vault, mechanism, kind)), (mechanism, kind))
                            for kind in ListKind)  # fmt: skip
            rows.append(self._of_points(tenant, (vault, mechanism), [facts.get((each, mechanism)) for each in items]))
        for each in await self._inventory.vaults(tenant.id):
            row = InventoryRow(
                tenant=tenant.id,
                vault=each.posture.id,
                mechanism=None,
                what="posture",
                seen_at=each.seen_at,
                freshness=self._freshness(each.seen_at),
                total=1,
            )
            rows.append(row)
        return sorted(rows, key=lambda row: (row.vault.key, row.mechanism or "", row.what))

    def _of_list(
        self, tenant: Tenant, vault: ArmId, known: VaultList | None, which: tuple[Mechanism, ListKind]
    ) -> InventoryRow:
        mechanism, kind = which
        seen_at = known.seen_at if known else None
        return InventoryRow(
            tenant=tenant.id,
            vault=vault,
            mechanism=mechanism,
            what=kind.value,
            seen_at=seen_at,
            freshness=self._freshness(seen_at),
            total=known.total if known else 0,
            trouble=known.trouble if known else "",
            entries=known.entries if known else (),
        )

    def _of_points(
        self, tenant: Tenant, where: tuple[ArmId, Mechanism], facts: Sequence[ItemFacts | None]
    ) -> InventoryRow:
        """Tell of the points of all items: the row is as old as the oldest of them."""
        known, now = [each for each in facts if each is not None], self._clock.now()
        believed = [each for each in known if now - each.seen_at <= self._fresh]
        seen_at = min((each.points_seen_at or each.seen_at for each in known), default=None)
        whole = len(believed) == len(facts)
        return InventoryRow(
            tenant=tenant.id,
            vault=where[0],
            mechanism=where[1],
            what="points",
            seen_at=seen_at,
            freshness=Freshness.NEVER if not known else Freshness.FRESH if whole else Freshness.UNKNOWN,
            total=len(believed),
            missing=len(facts) - len(believed),
        )

    def _freshness(self, seen_at: datetime | None) -> Freshness:
        if seen_at is None:
            return Freshness.NEVER
        return Freshness.FRESH if self._clock.now() - seen_at <= self._fresh else Freshness.UNKNOWN


def _kept(tenant: Tenant) -> Mapping[tuple[ArmId, Mechanism], list[ItemId]]:
    """Give the items of a tenant by the vault or group that keeps their points."""
    found: dict[tuple[ArmId, Mechanism], list[ItemId]] = {}
    for item, vault, mechanism in _protections(tenant):
        found.setdefault((vault, mechanism), []).append(item)
    return found


def _protections(tenant: Tenant) -> Iterator[tuple[ItemId, ArmId, Mechanism]]:
    for service in tenant.services:
        for item in service.items:
            for protection in item.protection:
                yield item.id, protection.vault, protection.mechanism
