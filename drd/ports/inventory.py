"""What was last seen of protected items, with the freshness of every fact: too old is unknown, never good."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import ArmId, ItemId, ServiceId, TenantId
from drd.ports.vault_lists import Listed, ListKind
from drd.ports.vaults import VaultPosture


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """What one collection saw of one item under one mechanism.

    Attributes:
        state: `ok`, `warning`, `critical`, `unprotected` or `unknown`.
        points: newest first; at most the newest 200. Those of the paired region carry its name.
        replication_rpo: as Site Recovery reports, calculated at `replication_rpo_at`.
        points_seen_at: when the points were listed; None where that was at `seen_at`, with all the rest.
        told_at: a point that is newer than the listed ones: the vault's list of items tells its time and no more.
        policy: by which the vault makes the points; empty where it does not say.
        kept_since: since when points were seen to be made by that policy; None when none was.
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
    points_seen_at: datetime | None = None
    told_at: datetime | None = None
    policy: str = ""
    kept_since: datetime | None = None


ChainKey: TypeAlias = tuple[ItemId, Mechanism]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The points of an item as they were listed: when, and the time of the newest, None where there was none.

    Attributes:
        policy: by which they were made then.
        since: since when points were seen to be made by it: the oldest that was ever seen, though it may be gone since.
    """

    seen_at: datetime
    newest_at: datetime | None
    policy: str = ""
    since: datetime | None = None


def joined(facts: ItemFacts, points: tuple[RecoveryPoint, ...], total: int, chain: Chain) -> ItemFacts:
    """Put facts and points together that were seen at different times.

    A point that is only told is the first of them, without an id: nobody may restore from it before it was listed.
    Of a policy that the item has only since then nothing is known yet.
    """
    if facts.told_at is not None and (not points or facts.told_at > points[0].time):
        points, total = (RecoveryPoint(id="", time=facts.told_at), *points), total + 1
    since = chain.since if chain.policy == facts.policy else None
    return replace(facts, points=points, points_total=total, points_seen_at=chain.seen_at, kept_since=since)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultList:
    """A list of a vault: what was in it when it was last read, and how asking for it went last.

    Attributes:
        seen_at: when it was last read; None when it never was.
        trouble: why it could not be read at `asked_at`; empty when it was.
        total: how many lines it had; `entries` are at most the first 200.
    """

    tenant: TenantId
    vault: ArmId
    mechanism: Mechanism
    kind: ListKind
    asked_at: datetime
    seen_at: datetime | None
    trouble: str = ""
    entries: tuple[Listed, ...] = ()
    total: int = 0


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
        """Replace what was known of these items, their points included."""
        ...

    async def put_states(self, facts: tuple[ItemFacts, ...]) -> None:
        """Replace what was known of these items, except for their points: those stay as they were listed, and when."""
        ...

    async def chains(self, tenant: TenantId) -> Mapping[ChainKey, Chain]:
        """Give when the points of a tenant's items were listed, without the points."""
        ...

    async def put_lists(self, lists: tuple[VaultList, ...]) -> None:
        """Replace what was known of these lists; one that could not be read keeps what was seen, and when."""
        ...

    async def lists(self, tenant: TenantId | None = None, kind: ListKind | None = None) -> tuple[VaultList, ...]:
        """Give what is known of vaults' lists, or of those of one kind."""
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
