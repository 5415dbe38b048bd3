"""Collect recovery points, replication state and vault posture of every tenant into the inventory, by list calls."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from drd.domain.errors import DrdError, TransientError
from drd.domain.estate import Mechanism, ProtectedItem, Protection, RecoveryPoint, Service, Tenant
from drd.domain.ids import ArmId
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, BackedUpItem
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.inventory import Collection, Inventory, ItemFacts, VaultFacts
from drd.ports.replication import REPLICATION, ReplicatedItem
from drd.ports.services import Services
from drd.ports.snapshots import OS, SNAPSHOTS
from drd.ports.vaults import VAULTS

P = TypeVar("P")

_KEPT_POINTS = 200
_GOOD_STATES = frozenset({"protected", "normal"})

_Collector = Callable[[Tenant], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class _Subject:
    """An item of a service under one protection."""

    service: Service
    item: ProtectedItem
    protection: Protection


class CollectRecoveryPoints:
    """Collects. Facts of what could not be asked stay as they were, and grow old."""

    def __init__(self, *, services: Services, inventory: Inventory, provider: Provider, clock: Clock) -> None:
        """Take what is needed."""
        self._services = services
        self._inventory = inventory
        self._provider = provider
        self._clock = clock

    async def __call__(self) -> None:
        """Collect from every tenant; one tenant's trouble does not stop another's.

        Raises:
            TransientError: when something could not be collected, after everything else was; all is noted already.
        """
        failures: list[str] = []
        collectors: tuple[tuple[str, _Collector], ...] = (
            ("replication", self._replication),
            ("backup", self._backup),
            ("snapshots", self._snapshots),
            ("vaults", self._vaults),
        )
        for tenant in self._services.tenants():
            for name, collector in collectors:
                failed = await self._noted(name, tenant, collector)
                failures.extend([f"{tenant.id}/{name}: {failed}"] if failed else [])
        if failures:
            raise TransientError("not everything could be collected", target="; ".join(failures))

    async def _noted(self, name: str, tenant: Tenant, collect: _Collector) -> str:
        started = self._clock.now()
        note, succeeded = "", True
        try:
            note = f"{await collect(tenant)} seen"
        except DrdError as error:
            note, succeeded = str(error), False
        now = self._clock.now()
        await self._inventory.put_collection(
            Collection(collector=name, tenant=tenant.id, at=now, succeeded=succeeded, took=now - started, note=note)
        )
        return "" if succeeded else note

    async def _replication(self, tenant: Tenant) -> int:
        by_vault = _by_vault(tenant, Mechanism.SITE_RECOVERY)
        return await _each(by_vault, lambda vault: self._replicated_in(tenant, vault, by_vault[vault]))

    async def _replicated_in(self, tenant: Tenant, vault: ArmId, subjects: list[_Subject]) -> int:
        replication = self._provider.capability(REPLICATION)
        items = {item.name.casefold(): item for item in await replication.items(vault)}
        facts = []
        for subject in subjects:
            item = items.get((subject.protection.item or subject.item.resource.name).casefold())
            points = await replication.points(item) if item else ()
            facts.append(_replicated(tenant, subject, item, points, self._clock.now()))
        await self._inventory.put_items(tuple(facts))
        return len(facts)

    async def _backup(self, tenant: Tenant) -> int:
        by_vault = _by_vault(tenant, Mechanism.BACKUP)
        return await _each(by_vault, lambda vault: self._backed_up_in(tenant, vault, by_vault[vault]))

    async def _backed_up_in(self, tenant: Tenant, vault: ArmId, subjects: list[_Subject]) -> int:
        facts = await self._backup_facts(tenant, vault, subjects)
        await self._inventory.put_items(facts)
        return len(facts)

    async def _backup_facts(self, tenant: Tenant, vault: ArmId, subjects: list[_Subject]) -> tuple[ItemFacts, ...]:
        """Ask the vault's own region, and where that is silent the paired one, which answers for itself."""
        backups, paired = self._provider.capability(BACKUPS), self._provider.capability(CROSS_REGION_BACKUPS)
        try:
            items = await backups.items(vault)
            home = True
        except TransientError:
            items = await paired.items(vault, tenant.recovery_region)
            home = False
        by_source = {item.source: item for item in items}
        facts = []
        for subject in subjects:
            item = by_source.get(subject.item.resource)
            points: tuple[RecoveryPoint, ...] = ()
            if item is not None:
                points = await backups.points(item) if home else await paired.points(item, tenant.recovery_region)
            facts.append(_backed_up(tenant, subject, item, points, self._clock.now()))
        return tuple(facts)

    async def _snapshots(self, tenant: Tenant) -> int:
        by_group = _by_vault(tenant, Mechanism.SNAPSHOT)
        return await _each(by_group, lambda group: self._snapshots_in(tenant, group, by_group[group]))

    async def _snapshots_in(self, tenant: Tenant, group: ArmId, subjects: list[_Subject]) -> int:
        snapshots, facts = self._provider.capability(SNAPSHOTS), []
        for subject in subjects:
            points = await snapshots.points(group, str(subject.item.id), disk=OS, region=tenant.recovery_region)
            facts.append(_copied(tenant, subject, points, self._clock.now()))
        await self._inventory.put_items(tuple(facts))
        return len(facts)

    async def _vaults(self, tenant: Tenant) -> int:
        return await _each(tenant.subscriptions, lambda subscription: self._vaults_in(tenant, subscription))

    async def _vaults_in(self, tenant: Tenant, subscription: str) -> int:
        found, now = await self._provider.capability(VAULTS).list(subscription), self._clock.now()
        await self._inventory.put_vaults(
            tuple(VaultFacts(tenant=tenant.id, posture=posture, seen_at=now) for posture in found)
        )
        return len(found)


async def _each(places: Iterable[P], look: Callable[[P], Awaitable[int]]) -> int:
    """Look at each place; one that is silent hides no other.

    Raises:
        TransientError: some could not be asked, after all others were.
    """
    seen, failures = 0, []
    for place in places:
        try:
            seen += await look(place)
        except DrdError as error:
            failures.append(str(error))
    if failures:
        raise TransientError(f"{seen} seen, but not everything could be asked", target="; ".join(failures))
    return seen


def _by_vault(tenant: Tenant, mechanism: Mechanism) -> dict[ArmId, list[_Subject]]:
    found: dict[ArmId, list[_Subject]] = {}
    for service in tenant.services:
        for item in service.items:
            protection = item.protected_by(mechanism)
            if protection is not None:
                found.setdefault(protection.vault, []).append(_Subject(service, item, protection))
    return found


def _replicated(
    tenant: Tenant,
    subject: _Subject,
    item: ReplicatedItem | None,
    points: tuple[RecoveryPoint, ...],
    now: datetime,
) -> ItemFacts:
    facts = _unprotected(tenant, subject, now)
    if item is None:
        return facts
    return replace(
        facts,
        state=_state(item.state, item.health),
        points=points[:_KEPT_POINTS],
        points_total=len(points),
        note="; ".join(item.errors),
        replication_rpo=item.rpo,
        replication_rpo_at=item.rpo_at,
    )


def _backed_up(
    tenant: Tenant,
    subject: _Subject,
    item: BackedUpItem | None,
    points: tuple[RecoveryPoint, ...],
    now: datetime,
) -> ItemFacts:
    facts = _unprotected(tenant, subject, now)
    if item is None:
        return facts
    return replace(
        facts,
        state=_state(item.state, item.health),
        points=points[:_KEPT_POINTS],
        points_total=len(points),
        note=item.last_status,
        last_backup_at=item.last_backup_at,
    )


def _copied(tenant: Tenant, subject: _Subject, points: tuple[RecoveryPoint, ...], now: datetime) -> ItemFacts:
    """Give what the snapshots in the recovery region tell: the newest that is whole is what counts."""
    facts = _unprotected(tenant, subject, now)
    usable = any(point.usable for point in points)
    if not points:
        return replace(facts, note="no snapshot of it in the recovery region")
    note = "" if usable else "no copy is whole yet"
    kept = points[:_KEPT_POINTS]
    return replace(facts, state="ok" if usable else "warning", points=kept, points_total=len(points), note=note)


def _unprotected(tenant: Tenant, subject: _Subject, now: datetime) -> ItemFacts:
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


def _state(state: str, health: str) -> str:
    """Give the worst of what Azure says, in drd's words; what is not known is unknown."""
    if state.casefold() not in _GOOD_STATES:
        return "critical" if state else "unknown"
    return {"": "ok", "normal": "ok", "passed": "ok", "warning": "warning", "actionsuggested": "warning"}.get(
        health.casefold(), "critical"
    )
