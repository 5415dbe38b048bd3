"""Facts about items from what vaults and groups told: the worst that Azure says, in drd's words."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.domain.conformity import is_held
from drd.domain.estate import ProtectedItem, Protection, RecoveryPoint, Service, Tenant
from drd.ports.backups import BackedUpItem
from drd.ports.inventory import Chain, ItemFacts
from drd.ports.replication import ReplicatedItem

KEPT_POINTS = 200
_GOOD_STATES = frozenset({"protected", "normal"})
_SAME = timedelta(minutes=1)
"""A list of items and a list of points tell the time of one point a little differently."""


@dataclass(frozen=True, slots=True)
class Subject:
    """An item of a service under one protection."""

    service: Service
    item: ProtectedItem
    protection: Protection


def unprotected(tenant: Tenant, subject: Subject, now: datetime) -> ItemFacts:
    """Give what is known of an item that its vault does not hold."""
    return ItemFacts(
        tenant=tenant.id,
        service=subject.service.id,
        item=subject.item.id,
        mechanism=subject.protection.mechanism,
        seen_at=now,
        state="unprotected",
        points=(),
        points_total=0,
        note="not found in the vault",
    )


def replicated(tenant: Tenant, subject: Subject, item: ReplicatedItem, now: datetime) -> ItemFacts:
    """Give what Site Recovery's list of items tells."""
    return replace(
        unprotected(tenant, subject, now),
        state=_state(item.state, item.health),
        note="; ".join(item.errors),
        replication_rpo=item.rpo,
        replication_rpo_at=item.rpo_at,
    )


def backed_up(tenant: Tenant, subject: Subject, item: BackedUpItem, now: datetime) -> ItemFacts:
    """Give what Azure Backup's list of items tells."""
    return replace(
        unprotected(tenant, subject, now),
        state=_state(item.state, item.health),
        note=item.last_status,
        last_backup_at=item.last_backup_at,
        policy=item.policy,
    )


def with_points(facts: ItemFacts, points: tuple[RecoveryPoint, ...], before: Chain | None = None) -> ItemFacts:
    """Add points that were listed in the same collection, newest first; `before` is how they were listed last."""
    if not facts.policy and before is not None:
        # The paired region need not say it.
        facts = replace(facts, policy=before.policy)
    since = _kept_since(facts, points, before)
    return replace(facts, points=points[:KEPT_POINTS], points_total=len(points), kept_since=since)


def _kept_since(facts: ItemFacts, points: tuple[RecoveryPoint, ...], before: Chain | None) -> datetime | None:
    """Say since when points are made by the item's policy. Under another policy than before all begins anew."""
    if before is not None and before.policy and before.policy != facts.policy:
        return facts.seen_at
    oldest = min((point.time for point in points if is_held(point)), default=None)
    known = [each for each in (oldest, before.since if before else None) if each is not None]
    return min(known, default=None)


def with_told(facts: ItemFacts, told_at: datetime | None, chain: Chain) -> ItemFacts:
    """Add the newest point as the list of items tells it, where it is newer than those that were listed before."""
    return replace(facts, told_at=told_at if is_newer(told_at, chain) else None)


def is_newer(told_at: datetime | None, chain: Chain) -> bool:
    """Say whether a point was made since the points were listed."""
    return told_at is not None and (chain.newest_at is None or told_at - chain.newest_at > _SAME)


def newest_replicated(item: ReplicatedItem) -> datetime | None:
    """Give the newest point of a replicated item, as its own recovery point objective tells it."""
    return item.rpo_at - item.rpo if item.rpo is not None and item.rpo_at is not None else None


def copied(tenant: Tenant, subject: Subject, points: tuple[RecoveryPoint, ...], now: datetime) -> ItemFacts:
    """Give what the snapshots in the recovery region tell: the newest that is whole is what counts."""
    facts = unprotected(tenant, subject, now)
    usable = any(point.usable for point in points)
    if not points:
        return replace(facts, note="no snapshot of it in the recovery region")
    note = "" if usable else "no copy is whole yet"
    return with_points(replace(facts, state="ok" if usable else "warning", note=note), points)


def _state(state: str, health: str) -> str:
    """Give the worst of what Azure says, in drd's words; what is not known is unknown."""
    if state.casefold() not in _GOOD_STATES:
        return "critical" if state else "unknown"
    return {"": "ok", "normal": "ok", "passed": "ok", "warning": "warning", "actionsuggested": "warning"}.get(
        health.casefold(), "critical"
    )
