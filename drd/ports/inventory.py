"""What was last seen of protected items, with the freshness of every fact: too old is unknown, never good."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import ItemId, ServiceId, TenantId
from drd.ports.vaults import VaultPosture


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What one collection saw of one item under one mechanism.

    Attributes:
        state: `ok`, `warning`, `critical`, `unprotected` or `unknown`.
        points: newest first; at most the newest 200. Those of the paired region carry its name.
        replication_rpo: as Site Recovery reports, calculated at `replication_rpo_at`.
    """

    tenant: TenantId
    service: ServiceId
    item: ItemId
    mechanism: Mechanism
    seen_at: datetime
    state: str
    points: tuple[RecoveryPoint, ...]
    points_total: int
    note: str = ""
    replication_rpo: timedelta | None = None
    replication_rpo_at: datetime | None = None
    last_backup_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFacts:
    """What one collection saw of a vault."""

    tenant: TenantId
    posture: VaultPosture
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """How the last collection of one kind went."""

    collector: str
    tenant: TenantId
    at: datetime
    succeeded: bool
    took: timedelta
    note: str = ""
    last_success_at: datetime | None = None


class Inventory(Protocol):
    """Latest facts, replaced as a whole per item and mechanism. Errors as `Journal`'s."""

    async def put_items(self, facts: tuple[ItemFacts, ...]) -> None:
        """Replace what was known of these items."""
        ...

    async def put_vaults(self, facts: tuple[VaultFacts, ...]) -> None:
        """Replace what was known of these vaults."""
        ...

    async def put_collection(self, collection: Collection) -> None:
        """Note how a collection went; keeps the last success when this one failed."""
        ...

    async def items(self, tenant: TenantId | None = None) -> tuple[ItemFacts, ...]:
        """Give what is known of items."""
        ...

    async def vaults(self, tenant: TenantId | None = None) -> tuple[VaultFacts, ...]:
        """Give what is known of vaults."""
        ...

    async def collections(self) -> tuple[Collection, ...]:
        """Give how the last collections went."""
        ...
