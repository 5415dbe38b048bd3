"""Evaluate readiness: ask of every runbook, service and tenant what would make a recovery fail. Touches nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from drd.domain.actor import Actor, Role
from drd.domain.clock_offset import ClockOffset
from drd.domain.errors import DrdError, NotFoundError
from drd.domain.estate import Mechanism, RecoveryPoint, Tenant
from drd.domain.findings import Finding, distinct, worst_first
from drd.domain.ids import RunbookId, TenantId
from drd.domain.plan import Mode, RecoveryPlan
from drd.domain.plan_status import StandingPlan
from drd.domain.readiness import KIND, merged, runbook_scope, service_scope, tenant_scope
from drd.operations.side_by_side import side_by_side
from drd.ports.capacity import Rooms
from drd.ports.clock import Clock
from drd.ports.findings import Findings
from drd.ports.inventory import Inventory
from drd.ports.plan_book import PlanBook
from drd.ports.runbooks import PlanWish, RunbookCard, Runbooks
from drd.ports.services import Services
from drd.readiness.asking import Collected, World, asking_once
from drd.readiness.judging import Judge
from drd.readiness.matter import Known, Matter
from drd.readiness.room import room_together

_AT_ONCE = 8
"""So many tenants are asked about side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessParts:
    """What readiness is made of.

    Attributes:
        world: whom it may ask; only questions leave it.
        host: the host's clock, for what lives by it.
        stamp: changes when a runbook's file does.
        fresh: world time for which what a collection saw is believed.
        rooms: where the room in recovery regions is kept; None where nobody wants to know.
        answerers, region, to_green: see `drd.readiness.matter.Known`.
        clock_offset: how far the host's clock is off; None where nobody told.
    """

    runbooks: Runbooks
    services: Services
    inventory: Inventory
    findings: Findings
    plan_book: PlanBook
    world: World
    host: Clock
    stamp: Callable[[], str]
    fresh: timedelta
    rooms: Rooms | None = None
    answerers: Mapping[tuple[TenantId, str], frozenset[str]] = field(default_factory=dict)
    region: str = ""
    to_green: Callable[[RecoveryPlan], timedelta] = lambda _plan: timedelta(0)
    clock_offset: Callable[[], ClockOffset | None] = lambda: None


class EvaluateReadiness:
    """Looks, and keeps what it found. Evaluations of one daemon follow each other."""

    def __init__(self, parts: ReadinessParts) -> None:
        """Take what is needed."""
        self.parts = parts
        self._one = asyncio.Lock()
        self._stamp = ""

    async def __call__(self) -> None:
        """Look at everything. What could not be told is a finding."""
        async with self._one:
            self._stamp = self.parts.stamp()
            found = await self._evaluate(self.parts.services.tenants(), None)
            await self.parts.findings.keep(KIND, list(found))

    async def if_changed(self) -> bool:
        """Look at everything when a runbook's file changed since the last time; says whether it did."""
        if self.parts.stamp() == self._stamp:
            return False
        await self()
        return True

    async def check(self, actor: Actor, tenant: TenantId | None, runbook: RunbookId | None) -> tuple[Finding, ...]:
        """Look now, at everything or at one runbook with its service, and give what was found, worst first.

        Raises:
            ForbiddenError: the actor only reads: looking costs requests to Azure.
            NotFoundError: there is no such tenant, or no such runbook for it.
        """
        actor.must_have(Role.OPERATOR, Role.RESPONDER, tenant=tenant)
        services = self.parts.services
        asked = (services.tenant(tenant),) if tenant else services.tenants()
        tenants = tuple(each for each in asked if actor.sees(each.id))
        if runbook is not None and not any(card.id == runbook for card in self.parts.runbooks.list()):
            # Before the lock: another look may be waiting for a lost region.
            raise _no_such(runbook)
        async with self._one:
            looked = await self._evaluate(tenants, runbook)
            # As it is kept: with since when.
            kept = await self.parts.findings.list()
        if runbook is not None and not looked:
            raise _no_such(runbook)
        found = {_key(each) for findings in looked.values() for each in findings}
        return worst_first(each for each in merged(kept) if _key(each) in found)

    async def matters(self, tenants: Iterable[Tenant]) -> AsyncIterator[Matter]:
        """Give what there is to look at: each tenant, its services, its runbooks with their plans."""
        cards = self.parts.runbooks.list()
        owner = {card.id: _tenants_of(card, self.parts.services.tenants()) for card in cards}
        for tenant in tenants:
            bringing = {service.runbook for service in tenant.services}
            under: list[RecoveryPlan] = []
            for card in (each for each in cards if tenant.id in owner[each.id]):
                matter = await self._planned(tenant, card)
                under += [matter.plans[Mode.FAILOVER]] if card.id in bringing and Mode.FAILOVER in matter.plans else []
                yield matter
            for service in tenant.services:
                yield Matter(tenant=tenant, service=service)
            yield Matter(tenant=tenant, under=tuple(under))

    async def _planned(self, tenant: Tenant, card: RunbookCard) -> Matter:
        plans: dict[Mode, RecoveryPlan] = {}
        refusals: dict[Mode, DrdError] = {}
        for mode in () if card.asks else card.modes:
            try:
                plans[mode] = self.parts.runbooks.plan(PlanWish(runbook=card.id, tenant=tenant.id, mode=mode))
            except DrdError as error:
                refusals[mode] = error
            # Planning takes a while, and runs must not wait for it.
            await asyncio.sleep(0)
        service = tenant.service(card.service) if card.service else None
        return Matter(tenant=tenant, service=service, card=card, plans=plans, refusals=refusals)

    async def _evaluate(self, tenants: Iterable[Tenant], runbook: RunbookId | None) -> dict[str, tuple[Finding, ...]]:
        """Give what was found by scope. Tenant after tenant, so that the plans of few are in memory at once."""
        known = await self.known()
        world = asking_once(self.parts.world, collected(known, self.parts.services.tenants()))

        async def evaluated(tenant: Tenant) -> dict[str, tuple[Finding, ...]]:
            matters = [each async for each in self.matters((tenant,))]
            if runbook is not None:
                matters = _around(matters, runbook)
            standing = await self._note(tenant, matters, known, whole=runbook is None)
            judge = Judge(replace(known, standing=standing), world)
            found = {_scope(matter): await self._kept(judge, matter) for matter in matters}
            if runbook is None and self.parts.rooms is not None:
                # Asked a moment ago by the judge: it costs no request more.
                await self.parts.rooms.put(tenant.id, await room_together(matters[-1], world))
            return found

        parts = await side_by_side([partial(evaluated, each) for each in tenants], most=_AT_ONCE)
        return {scope: findings for part in parts for scope, findings in part.items()}

    async def _note(
        self, tenant: Tenant, matters: list[Matter], known: Known, *, whole: bool
    ) -> tuple[StandingPlan, ...]:
        """Write down the plans as they stand; what was not looked at stays as it was."""
        plans = [each for matter in matters for each in _standing(matter)]
        looked = {each.runbook for each in matters}
        mine = [each for each in known.standing if each.tenant == tenant.id]
        others = [] if whole else [each for each in mine if each.runbook not in looked]
        return await self.parts.plan_book.note(tenant.id, [*others, *plans], self.parts.world.clock.now())

    async def _kept(self, judge: Judge, matter: Matter) -> tuple[Finding, ...]:
        found = distinct(await judge.judge(matter))
        await self.parts.findings.put(_scope(matter), found, self.parts.world.clock.now())
        return found

    async def known(self) -> Known:
        """Give what is known without asking anybody."""
        parts, now = self.parts, self.parts.world.clock.now()
        seen = await parts.inventory.items()
        return Known(
            now=now,
            host_now=parts.host.now(),
            items={
                (each.tenant, each.item, each.mechanism): each for each in seen if now - each.seen_at <= parts.fresh
            },
            standing=await parts.plan_book.standing(),
            drills=await parts.plan_book.drills(),
            answerers=parts.answerers,
            region=parts.region,
            runbooks=frozenset(card.id for card in parts.runbooks.list()),
            to_green=parts.to_green,
            clock=parts.clock_offset(),
        )


def _key(finding: Finding) -> tuple[object, ...]:
    return finding.tenant, finding.service, finding.runbook, finding.code, finding.subject


def _no_such(runbook: RunbookId) -> NotFoundError:
    return NotFoundError("no such runbook", target=runbook, hint="`drd runbook list` shows all")


def _tenants_of(card: RunbookCard, tenants: Iterable[Tenant]) -> frozenset[TenantId]:
    """Give the tenants that a runbook is for. One that cannot be read is told to those whose services name it."""
    known = tuple(tenants)
    if card.faults:
        naming = {each.id for each in known if any(service.runbook == card.id for service in each.services)}
        return frozenset(naming or {each.id for each in known[:1]})
    if card.service is None:
        return frozenset(each.id for each in known)
    owners = {each.id for each in known if each.service(card.service) is not None}
    return frozenset(owners or {each.id for each in known[:1]})


def _around(matters: list[Matter], runbook: RunbookId) -> list[Matter]:
    """Give one runbook's matters, with the services that they bring back."""
    wanted = [each for each in matters if each.runbook == runbook]
    services = {each.service.id for each in wanted if each.service}
    return wanted + [each for each in matters if each.card is None and each.service and each.service.id in services]


def _scope(matter: Matter) -> str:
    if matter.runbook is not None:
        return runbook_scope(matter.tenant.id, matter.runbook)
    return service_scope(matter.tenant.id, matter.service.id) if matter.service else tenant_scope(matter.tenant.id)


def _standing(matter: Matter) -> Iterator[StandingPlan]:
    runbook = matter.runbook
    if runbook is not None:
        for mode, plan in matter.plans.items():
            yield StandingPlan(tenant=matter.tenant.id, runbook=runbook, mode=mode, hash=plan.hash())


def collected(known: Known, tenants: Iterable[Tenant]) -> Collected:
    """Give the points of replicated items that a collection saw, by their source machine."""
    found: dict[tuple[Mechanism, str], tuple[RecoveryPoint, ...]] = {}
    for tenant in tenants:
        for item in (each for service in tenant.services for each in service.items):
            facts = known.facts(tenant.id, item.id, Mechanism.SITE_RECOVERY)
            if facts is not None:
                found[Mechanism.SITE_RECOVERY, item.resource.key] = facts.points
    return found
