"""Collect items, recovery points, policies, jobs, posture and replication state of every tenant into the inventory."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeVar

from drd.domain.errors import DrdError, TransientError
from drd.domain.estate import Mechanism, Tenant
from drd.domain.ids import ArmId
from drd.domain.vault_key import VaultKey
from drd.operations.collect_items import CollectItems, Subjects
from drd.operations.collect_vault_lists import CollectVaultLists
from drd.operations.points_in_turn import Share, allotted
from drd.operations.seen_items import Subject, copied
from drd.operations.side_by_side import side_by_side
from drd.operations.silent_vaults import Silence, silences
from drd.operations.unnamed_items import Named, Unnamed, named, unnamed_found
from drd.ports.capabilities import Provider
from drd.ports.clock import Clock
from drd.ports.findings import Findings
from drd.ports.inventory import Collection, Inventory, VaultFacts
from drd.ports.keys import KEYS
from drd.ports.services import Services
from drd.ports.snapshots import OS, SNAPSHOTS
from drd.ports.vaults import VAULTS, VaultPosture

P = TypeVar("P")

_AT_ONCE = 16
"""Municipalities that are asked about at the same time: a lost region has each of them wait for minutes."""
SCOPE = "inventory"
"""Kind of the scopes under which it tells of what it could not read, or whom nobody names: `inventory/TENANT`."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the collectors of one tenant could not ask, and which items of its vaults no service names."""

    silent: list[Silence] = field(default_factory=list)
    unnamed: list[Unnamed] = field(default_factory=list)


_Collector = Callable[[Tenant, Heard], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collecting:
    """What collection needs. `room` gives of how many items of a subscription points are listed in one collection."""

    services: Services
    inventory: Inventory
    findings: Findings
    provider: Provider
    clock: Clock
    room: Callable[[], Awaitable[int]]


class CollectRecoveryPoints:
    """Collects. Facts of what could not be asked stay as they were, grow old, and are told of by a finding."""

    def __init__(self, parts: Collecting) -> None:
        """Take what is needed."""
        self._parts = parts
        self._clock = parts.clock
        self._inventory = parts.inventory
        self._provider = parts.provider
        self._items = CollectItems(inventory=parts.inventory, provider=parts.provider, clock=parts.clock)
        self._lists = CollectVaultLists(inventory=parts.inventory, provider=parts.provider, clock=parts.clock)

    async def __call__(self) -> None:
        """Collect from every tenant; one tenant's trouble neither stops nor delays another's.

        Raises:
            TransientError: when something could not be collected, after everything else was; all is noted already.
        """
        tenants = self._parts.services.tenants()
        most, known = allotted(_held(tenants), await self._parts.room()), named(tenants)
        collectors: tuple[tuple[str, _Collector], ...] = (
            ("replication", partial(self._vaults_of, Mechanism.SITE_RECOVERY, most, known)),
            ("backup", partial(self._vaults_of, Mechanism.BACKUP, most, known)),
            ("snapshots", self._snapshots),
            ("vaults", self._vaults),
        )
        failed = await side_by_side([partial(self._tenant, each, collectors) for each in tenants], most=_AT_ONCE)
        await self._parts.findings.keep(SCOPE, [f"{SCOPE}/{tenant.id}" for tenant in tenants])
        failures = [failure for some in failed for failure in some]
        if failures:
            raise TransientError("not everything could be collected", target="; ".join(failures))

    async def _tenant(self, tenant: Tenant, collectors: Iterable[tuple[str, _Collector]]) -> list[str]:
        """Collect from one tenant, and give what could not be collected."""
        heard, failures = Heard(), []
        for name, collector in collectors:
            failed = await self._noted(name, tenant, partial(collector, tenant, heard))
            failures.extend([f"{tenant.id}/{name}: {failed}"] if failed else [])
        await self._tell(tenant, heard)
        return failures

    async def _noted(self, name: str, tenant: Tenant, collect: Callable[[], Awaitable[int]]) -> str:
        started = self._clock.now()
        note, succeeded = "", True
        try:
            note = f"{await collect()} seen"
        except DrdError as error:
            note, succeeded = str(error), False
        now = self._clock.now()
        await self._inventory.put_collection(
            Collection(collector=name, tenant=tenant.id, at=now, succeeded=succeeded, took=now - started, note=note)
        )
        return "" if succeeded else note

    async def _tell(self, tenant: Tenant, heard: Heard) -> None:
        """Keep what could not be read as findings, with the age of what is known instead, and whom nobody names."""
        known, now = await self._inventory.lists(tenant.id) if heard.silent else (), self._clock.now()
        found = [*silences(tenant.id, heard.silent, known, now), *unnamed_found(tenant.id, heard.unnamed)]
        await self._parts.findings.put(f"{SCOPE}/{tenant.id}", found, now)

    async def _vaults_of(
        self, mechanism: Mechanism, most: Mapping[Share, int], known: Named, tenant: Tenant, heard: Heard
    ) -> int:
        """Collect the items of a tenant's vaults with their points, then policies and jobs."""
        subjects = by_vault(tenant, mechanism)
        own = {vault.subscription: most[vault.subscription, tenant.id, mechanism] for vault in subjects}
        items = await self._items(tenant, mechanism, subjects, own, known)
        lists = await self._lists(tenant, mechanism, subjects, items.quiet)
        heard.silent.extend((*items.silent, *lists))
        heard.unnamed.extend(items.unnamed)
        return _all_seen(items.seen, (*items.silent, *lists))

    async def _snapshots(self, tenant: Tenant, heard: Heard) -> int:
        by_group = by_vault(tenant, Mechanism.SNAPSHOT)
        return await self._each(
            by_group, lambda group: self._snapshots_in(tenant, group, by_group[group]), heard, "snapshots"
        )

    async def _snapshots_in(self, tenant: Tenant, group: ArmId, subjects: Sequence[Subject]) -> int:
        snapshots = self._provider.capability(SNAPSHOTS)
        points = await snapshots.all_points(group, disk=OS, region=tenant.recovery_region)
        now = self._clock.now()
        facts = tuple(copied(tenant, each, points.get(str(each.item.id), ()), now) for each in subjects)
        await self._inventory.put_items(facts)
        return len(facts)

    async def _vaults(self, tenant: Tenant, heard: Heard) -> int:
        return await self._each(
            tenant.subscriptions, lambda subscription: self._vaults_in(tenant, subscription, heard), heard, "vaults"
        )

    async def _vaults_in(self, tenant: Tenant, subscription: str, heard: Heard) -> int:
        found = await self._provider.capability(VAULTS).list(subscription)
        postures = [replace(each, key=await self._key(each, heard)) for each in found]
        now = self._clock.now()
        await self._inventory.put_vaults(
            tuple(VaultFacts(tenant=tenant.id, posture=posture, seen_at=now) for posture in postures)
        )
        return len(found)

    async def _key(self, vault: VaultPosture, heard: Heard) -> VaultKey | None:
        """Give what is known of the owner's key; what cannot be asked hides nothing else of the vault."""
        if not vault.encryption_key:
            return None
        try:
            return await self._provider.capability(KEYS).look(vault.encryption_key, subscription=vault.id.subscription)
        except DrdError as error:
            heard.silent.append(Silence(place=vault.id, what="the key", error=error))
            return None

    async def _each(self, places: Iterable[P], look: Callable[[P], Awaitable[int]], heard: Heard, what: str) -> int:
        """Look at each place; one that is silent hides no other. Raises TransientError after all were looked at."""
        seen, failed = 0, []
        for place in places:
            try:
                seen += await look(place)
            except DrdError as error:
                failed.append(Silence(place=place if isinstance(place, ArmId) else str(place), what=what, error=error))
        heard.silent.extend(failed)
        return _all_seen(seen, failed)


def _all_seen(seen: int, failed: Iterable[Silence]) -> int:
    """Give how much was seen. Raises TransientError when something could not be asked."""
    failures = dict.fromkeys(str(each.error) for each in failed)
    if failures:
        raise TransientError(f"{seen} seen, but not everything could be asked", target="; ".join(failures))
    return seen


def _held(tenants: Iterable[Tenant]) -> Mapping[Share, int]:
    """Count the items whose points are listed one by one, by who holds them."""
    held: Counter[Share] = Counter()
    for tenant in tenants:
        for mechanism in (Mechanism.SITE_RECOVERY, Mechanism.BACKUP):
            for vault, subjects in by_vault(tenant, mechanism).items():
                held[vault.subscription, tenant.id, mechanism] += len(subjects)
    return held


def by_vault(tenant: Tenant, mechanism: Mechanism) -> Subjects:
    """Give the items of a tenant that are protected in this way, by the vault or group that keeps their points."""
    found: dict[ArmId, list[Subject]] = {}
    for service in tenant.services:
        for item in service.items:
            protection = item.protected_by(mechanism)
            if protection is not None:
                found.setdefault(protection.vault, []).append(Subject(service, item, protection))
    return found
