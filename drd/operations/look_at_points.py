"""Verify L0 and L1 of items from what the inventory knows: by hand one item, on a schedule all of them, alike."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from drd.domain.climbing import Climb, can_be_restored
from drd.domain.conformity import Promises, SeenPolicy
from drd.domain.decay import due_at, standing_of
from drd.domain.durations import format_duration, format_instant
from drd.domain.estate import Mechanism, ProtectedItem, Service, Tenant
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ItemId, TenantId
from drd.domain.ladder import Rung, Verification
from drd.domain.posture import SeenVault, posture_of
from drd.domain.rung_exists import RungAnswer, Subject, exists
from drd.domain.rung_safe import is_safe
from drd.domain.ways_up import ways_up
from drd.ports.clock import Clock
from drd.ports.findings import Findings
from drd.ports.inventory import Inventory, ItemFacts
from drd.ports.services import Services
from drd.ports.vault_lists import ListKind
from drd.ports.verifications import Verifications

LADDER, POSTURE, PROOF = "ladder", "posture", "proof"
"""Kinds of the scopes under which it finds things: `ladder/TENANT/ITEM`, `posture/VAULT`, `proof/TENANT/ITEM`."""

_SAID_AGAIN = timedelta(hours=23)
"""What is as before leaves a record once a day, though it is looked at each hour."""


class LookAtPoints:
    """Looks, keeps what it proved, and replaces what it found before."""

    def __init__(
        self, *, services: Services, inventory: Inventory, verifications: Verifications, findings: Findings,
        clock: Clock, fresh: timedelta,
    ) -> None:  # fmt: skip
        """Take what is needed; a fact older than `fresh` (world time) is unknown."""
        self._services = services
        self._inventory = inventory
        self._verifications = verifications
        self._findings = findings
        self._clock = clock
        self._fresh = fresh

    async def __call__(self, tenant: TenantId | None = None, item: ItemId | None = None) -> tuple[Verification, ...]:
        """Look at all items, at those of a tenant, or at one; gives what was seen of each, also where it is as before.

        One item leaves its records always, all of them only what is new, or what was said last a day ago.

        Raises:
            NotFoundError: no such tenant.
        """
        now = self._clock.now()
        tenants = (self._services.tenant(tenant),) if tenant else self._services.tenants()
        known = _by_item(await self._verifications.standing(tenant))
        facts, seen = _by_item(await self._inventory.items(tenant)), await self._vaults(tenants)
        promises = {each.id: await self._promises(each.id, now) for each in tenants}
        marked = {(each.tenant, each.subject) for each in await self._findings.list(tenant)}
        said: list[Verification] = []
        for owner, service, each in _items(tenants, item):
            subject, key = self._subject(owner, service, each), (owner.id, each.id)
            mine = facts.get(key, [])
            safe = is_safe(subject, mine, seen, promises[owner.id], now)
            answers = ((Rung.L0, exists(subject, mine, now)), (Rung.L1, safe))
            words = [_verification(subject, rung, answer, now) for rung, answer in answers]
            said += words
            found = [finding for _, answer in answers for finding in answer.findings]
            proofs = list(_proofs(subject, owner, service, known.get(key, ()), now))
            # Of thousands of items most have no finding and had none: nothing is written about those.
            if found or proofs or key in marked:
                await self._findings.put(f"{LADDER}/{owner.id}/{each.id}", found, now)
                await self._findings.put(f"{PROOF}/{owner.id}/{each.id}", proofs, now)
        await self._verifications.append([each for each in said if item is not None or _is_news(each, known)])
        if item is None:
            await self._posture(tenants, seen, now, every=tenant is None)
        return tuple(said)

    async def may_have(self, tenant: TenantId, item: ItemId, point: str) -> bool:
        """Say whether an item's backups may hold a point of this id, by its last part: regions call one differently.

        False only where all of them were listed lately, and none is it.
        """
        since, name = self._clock.now() - self._fresh, _last(point)
        backups = [
            each
            for each in await self._inventory.items(tenant)
            if each.item == item and each.mechanism is Mechanism.BACKUP
        ]
        listed = [each for each in backups if _is_whole(each) and (each.points_seen_at or each.seen_at) >= since]
        known = {_last(one.id) for each in backups for one in each.points}
        return name in known or not backups or len(listed) < len(backups)

    async def _vaults(self, tenants: Sequence[Tenant]) -> tuple[SeenVault, ...]:
        """Give the vaults that were seen, with what each is used for."""
        keeps = {
            (tenant.id, protection.vault)
            for tenant in tenants
            for service in tenant.services
            for item in service.items
            for protection in item.protection
            if protection.mechanism is Mechanism.BACKUP
        }
        facts = [each for tenant in tenants for each in await self._inventory.vaults(tenant.id)]
        return tuple(
            SeenVault(
                tenant=each.tenant,
                posture=each.posture,
                seen_at=each.seen_at,
                holds_points=(each.tenant, each.posture.id) in keeps,
            )
            for each in facts
        )

    async def _promises(self, tenant: TenantId, now: datetime) -> Promises:
        """Give the backup policies of a tenant's vaults as they were seen."""
        lists = await self._inventory.lists(tenant, ListKind.POLICIES)
        backups = ((each, each.seen_at) for each in lists if each.mechanism is Mechanism.BACKUP)
        policies = [
            SeenPolicy(vault=each.vault, name=line.name, policy=line.policy, seen_at=seen_at, since=line.at)
            for each, seen_at in backups
            if seen_at is not None
            for line in each.entries
        ]
        return Promises(policies, fresh=self._fresh, now=now)

    async def _posture(
        self, tenants: Sequence[Tenant], seen: Sequence[SeenVault], now: datetime, *, every: bool
    ) -> None:
        recovery = {tenant.id: tenant.recovery_region for tenant in tenants}
        for vault in seen:
            found = posture_of(vault, recovery_region=recovery[vault.tenant], fresh=self._fresh, now=now).findings
            await self._findings.put(f"{POSTURE}/{vault.posture.id.key}", found, now)
        if every:
            await self._findings.keep(POSTURE, [f"{POSTURE}/{vault.posture.id.key}" for vault in seen])
            for kind in (LADDER, PROOF):
                await self._findings.keep(kind, [f"{kind}/{owner.id}/{each.id}" for owner, _, each in _items(tenants)])

    def _subject(self, tenant: Tenant, service: Service, item: ProtectedItem) -> Subject:
        return Subject(
            tenant=tenant.id,
            service=service.id,
            item=item,
            rpo=service.objectives.rpo,
            home_region=tenant.home_region,
            recovery_region=tenant.recovery_region,
            fresh=self._fresh,
        )


def _is_whole(facts: ItemFacts) -> bool:
    """Say whether its list holds every point: only the newest are kept, and one may be told that is not listed yet."""
    return bool(facts.points) and facts.points_total <= len(facts.points) and facts.told_at is None


def _last(point: str) -> str:
    return point.rsplit("/", 1)[-1].casefold()


def _items(tenants: Sequence[Tenant], only: ItemId | None = None) -> Iterator[tuple[Tenant, Service, ProtectedItem]]:
    for tenant in tenants:
        for service in tenant.services:
            for item in service.items:
                if only in {None, item.id}:
                    yield tenant, service, item


Told = TypeVar("Told", Verification, ItemFacts)


def _by_item(known: Sequence[Told]) -> Mapping[tuple[TenantId, ItemId], list[Told]]:
    found: dict[tuple[TenantId, ItemId], list[Told]] = {}
    for each in known:
        found.setdefault((each.tenant, each.item), []).append(each)
    return found


def _is_news(said: Verification, known: Mapping[tuple[TenantId, ItemId], list[Verification]]) -> bool:
    before = [each for each in known.get((said.tenant, said.item), ()) if each.rung is said.rung]
    last = max(before, key=lambda each: each.at, default=None)
    if last is None or last.outcome is not said.outcome or said.at - last.at >= _SAID_AGAIN:
        return True
    return last.measured.get("findings") != said.measured.get("findings")


def _verification(subject: Subject, rung: Rung, answer: RungAnswer, now: datetime) -> Verification:
    name = "/".join((subject.tenant, subject.id, rung.value, format_instant(now)))
    codes = sorted({each.code for each in answer.findings})
    return Verification(
        id=f"v-{sha256(name.encode('utf-8')).hexdigest()[:16]}",
        tenant=subject.tenant,
        service=subject.service,
        item=subject.id,
        mechanism=answer.mechanism,
        point=answer.point.id if answer.point else "",
        point_time=answer.point.time if answer.point else None,
        rung=rung,
        outcome=answer.outcome,
        at=now,
        took=timedelta(0),
        because=answer.because,
        measured={"findings": codes, **answer.measured},
    )


def _proofs(
    subject: Subject, tenant: Tenant, service: Service, known: Sequence[Verification], now: datetime
) -> Iterator[Finding]:
    """Find that the last restore did not do, or that the last one that did is too long ago."""
    half_life = service.objectives.proof_half_life
    standing = standing_of(known, now, half_life)
    failed = [each for each in standing.newest.values() if each.rung.restores and not each.proves]
    for each in sorted(failed, key=lambda each: each.rung.height)[:1]:
        found = subject.finding(
            "proof-failed",
            Severity.CRITICAL,
            f"{subject.id} does not reach {each.rung.value}: {each.because}",
            f"see `drd run show {each.run}`, then verify an older point: `drd backup verify {subject.id} --point ID`",
        )
        yield replace(found, since=each.at)
    alone = can_be_restored(subject.item)
    if (alone and tenant.proofs is None) or not subject.item.protection:
        return
    due = due_at(standing, Rung.L4, service.tier, half_life)
    if failed or (due is not None and due >= now):
        return
    done = "restored" if alone else "part of a drill"
    late = f"was never {done}" if due is None else f"should have been {done} again {format_duration(now - due)} ago"
    ways = ways_up(Climb(tenant=tenant, service=service, item=subject.item, to=Rung.L6))
    how = f"`drd backup verify {subject.id} --to L4`, or give the schedule a larger budget"
    if not alone:
        drill = f"`drd run start {service.runbook} --mode drill`" if service.runbook else "write a runbook with a drill"
        how = f"{drill}; of this item can be proven: {ways.sentence}"
    yield subject.finding("proof-overdue", Severity.WARNING, f"{subject.id} {late} to be proven", how)
