"""Start the drills that are due: of the services whose last green drill would be too old by the next turn."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.domain.errors import ConflictError, DrdError
from drd.domain.estate import Service, Tenant
from drd.domain.ids import RunbookId, ServiceId, TenantId
from drd.domain.plan import Mode
from drd.operations.kill_conductor import KillOrder
from drd.operations.start_run import StartOrder, StartRun
from drd.operations.start_scheduled import slot_actor, slot_key
from drd.ports.readings import Figures, Readings
from drd.ports.runbooks import RunbookCard, Runbooks
from drd.ports.services import Services
from drd.ports.slots import Slot

QUARTER = timedelta(days=90)
"""How often a service is drilled at least, where its objectives do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWish:
    """Which drills a slot is to start.

    Attributes:
        tenant: whose; None for all.
        whole: the runbooks that span a tenant's services, whether or not they are due: their schedule says when.
        most: how many are started at most, the longest due first.
        until: when the next slot comes; what would be too old by then is due now.
        kill: the drill ends its daemon once; None for no such thing.
    """

    tenant: TenantId | None = None
    whole: bool = False
    most: int = 2
    until: datetime
    kill: KillOrder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    tenant: TenantId
    runbook: RunbookId
    rank: tuple[bool, float, int]
    """Never drilled first, then by how long it has been due, then by tier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDueDrills:
    """Starts drills under the schedule's own name, each under a key of its slot: none is started twice.

    A drill that did not end green counts for nothing, so its service stays due.
    """

    start_run: StartRun
    runbooks: Runbooks
    services: Services
    readings: Readings

    async def __call__(self, slot: Slot, wish: DueWish) -> str:
        """Start what is due, and say it in one line.

        Raises:
            ConflictError: something was due, and none of it could be started.
        """
        found = sorted(await self._due(wish), key=lambda each: each.rank)
        started, refused = [], []
        for due in found[: wish.most]:
            try:
                started.append(f"{due.runbook} ({await self._start(slot, due, wish)})")
            except DrdError as error:
                refused.append(f"{due.runbook}: {error.message}")
        left = f"{len(found) - wish.most} more are due" if len(found) > wish.most else ""
        told = "; ".join(each for each in (f"started {', '.join(started)}" if started else "", *refused, left) if each)
        if refused and not started:
            raise ConflictError(told, target=slot.schedule, hint="`drd run list` shows what is in the way")
        return told or "no drill is due"

    async def _start(self, slot: Slot, due: _Due, wish: DueWish) -> str:
        order = StartOrder(
            runbook=due.runbook,
            tenant=due.tenant,
            mode=Mode.DRILL,
            actor=slot_actor(slot, due.tenant),
            reason=f"slot {slot.wall} of schedule {slot.schedule}",
            key=f"{slot_key(slot)}/{due.tenant}/{due.runbook}",
            kill=wish.kill,
        )
        return (await self.start_run(order)).id

    async def _due(self, wish: DueWish) -> list[_Due]:
        cards = [card for card in self.runbooks.list() if Mode.DRILL in card.modes and not card.faults]
        chosen = [each for each in self.services.tenants() if wish.tenant in {None, each.id}]
        if wish.whole:
            return [_whole(tenant, card) for tenant in chosen for card in cards if card.service is None]
        figures = await self.readings.figures()
        return [due for tenant in chosen for due in _of_tenant(tenant, cards, figures, wish.until)]


def _whole(tenant: Tenant, card: RunbookCard) -> _Due:
    return _Due(tenant=tenant.id, runbook=card.id, rank=(False, 0.0, 0))


def _of_tenant(tenant: Tenant, cards: list[RunbookCard], figures: Figures, until: datetime) -> Iterator[_Due]:
    last = _last_green(tenant.id, figures)
    busy = {each.card.service for each in figures.active if each.card.tenant == tenant.id}
    for service in tenant.services:
        runbook = _runbook(service, cards)
        if runbook is None or service.id in busy:
            continue
        allowed, drilled = service.objectives.drill_every or QUARTER, last.get(service.id)
        if drilled is None:
            yield _Due(tenant=tenant.id, runbook=runbook, rank=(False, 0.0, service.tier))
        elif until - drilled > allowed:
            over = (until - drilled - allowed).total_seconds()
            yield _Due(tenant=tenant.id, runbook=runbook, rank=(True, -over, service.tier))


def _last_green(tenant: TenantId, figures: Figures) -> dict[ServiceId, datetime]:
    return {
        each.service: each.ended_at
        for each in figures.last_succeeded
        if each.tenant == tenant and each.mode is Mode.DRILL
    }


def _runbook(service: Service, cards: list[RunbookCard]) -> RunbookId | None:
    """Give the service's own runbook; else the first that drills it."""
    ours = [card.id for card in cards if card.service == service.id]
    return service.runbook if service.runbook in ours else next(iter(ours), None)
