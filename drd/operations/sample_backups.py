"""Choose what to prove within a budget, and verify it: some because it counts most, some by lot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from drd.domain.actor import Actor, Role
from drd.domain.climbing import Climb, climb_plan
from drd.domain.decay import remaining
from drd.domain.errors import ConflictError, DrdError, RefusedError
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import ItemId, TenantId
from drd.domain.ladder import Rung, Verification
from drd.domain.plan import Mode
from drd.domain.points import NEWEST
from drd.domain.sampling import Budget, Candidate, Pick, sample
from drd.operations.verify_backup import VerifyBackup, VerifyOrder
from drd.ports.clock import Clock
from drd.ports.inventory import Inventory, ItemFacts
from drd.ports.journal import Journal, RunCard, RunFilter
from drd.ports.services import Services
from drd.ports.verifications import Verifications

_log = structlog.get_logger(__name__)

_LATELY = timedelta(days=30)
_MANY = 10_000

_Item: TypeAlias = tuple[TenantId, ItemId]


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOrder:
    """What somebody asked for; `key` as in `VerifyOrder`, with the item's name behind it."""

    actor: Actor
    budget: Budget
    tenant: TenantId | None = None
    to: Rung = Rung.L4
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One that was chosen, why, and the run that proves it; or why there is none."""

    tenant: TenantId
    item: ItemId
    point: RecoveryPoint
    because: str
    run: RunCard | None = None
    refused: str = ""


class SampleBackups:
    """Chooses and starts. The reason of each choice stands in its run's journal and with what it proves."""

    def __init__(
        self, *, services: Services, inventory: Inventory, verifications: Verifications, journal: Journal,
        verify: VerifyBackup, clock: Clock, fresh: timedelta,
    ) -> None:  # fmt: skip
        """Take what is needed; a fact older than `fresh` (world time) is not believed."""
        self._services = services
        self._inventory = inventory
        self._verifications = verifications
        self._journal = journal
        self._verify = verify
        self._clock = clock
        self._fresh = fresh

    async def __call__(self, order: SampleOrder) -> tuple[Sampled, ...]:
        """Choose, and start what was chosen; one that cannot be started leaves the others alone.

        Raises:
            ForbiddenError: the actor may not drill.
            RefusedError: the budget allows nothing (`no-budget`), nothing can be proven at all, or a recovery is under
                way, which needs the room and the requests for itself.
        """
        order.actor.must_have(Role.OPERATOR, Role.RESPONDER, tenant=order.tenant)
        await self._check_calm()
        now = self._clock.now()
        candidates = await self._candidates(order, now)
        picks = sample(candidates, order.budget, day=now.date())
        if not picks:
            raise RefusedError(
                "there is nothing that could be proven within this budget",
                hint="items need a backup with fresh points, the catalogue a place for proofs; see `drd backup list`",
                code="nothing-to-prove",
            )
        return tuple([await self._started(order, pick) for pick in picks])

    async def _check_calm(self) -> None:
        for card in await self._journal.runs(RunFilter(active=True, newest=_MANY)):
            if card.mode is not Mode.DRILL:
                raise RefusedError(
                    f"a {card.mode.value} is under way, and nothing is chosen to be proven beside it",
                    target=card.id,
                    hint="verify one item by hand where the recovery needs it: `drd backup verify ITEM`",
                    code="recovery-under-way",
                )

    async def _candidates(self, order: SampleOrder, now: datetime) -> list[Candidate]:
        tenants = (self._services.tenant(order.tenant),) if order.tenant else self._services.tenants()
        facts = await self._inventory.items(order.tenant)
        known = _Known(
            now=now,
            points=_points(facts, now - self._fresh),
            proofs=_proofs(await self._verifications.standing(order.tenant), order.to),
            failures=await self._verifications.failures(now - _LATELY),
        )
        climbs = [
            Climb(tenant=tenant, service=service, item=item, to=order.to)
            for tenant in tenants
            if order.actor.sees(tenant.id)
            for service in tenant.services
            for item in service.items
        ]
        return [candidate for climb in climbs if (candidate := _candidate(climb, known)) is not None]

    async def _started(self, order: SampleOrder, pick: Pick) -> Sampled:
        chosen = pick.candidate
        said = Sampled(tenant=chosen.tenant, item=chosen.item, point=pick.point, because=pick.because)
        wish = VerifyOrder(
            actor=order.actor,
            item=chosen.item,
            tenant=chosen.tenant,
            to=order.to,
            point=NEWEST if pick.point == chosen.points[0] else pick.point.id,
            reason=f"chosen: {pick.because}",
            key=f"{order.key}/{chosen.tenant}/{chosen.item}" if order.key else "",
        )
        try:
            return replace(said, run=(await self._verify(wish)).run)
        except ConflictError as error:
            return replace(said, refused=f"{error.message} ({error.other})")
        except DrdError as error:
            _log.warning("a chosen point is not verified", item=chosen.item, because=str(error))
            return replace(said, refused=str(error))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of all items."""

    now: datetime
    points: Mapping[_Item, tuple[RecoveryPoint, ...]]
    proofs: Mapping[_Item, datetime]
    failures: Mapping[_Item, int]


def _points(facts: Sequence[ItemFacts], since: datetime) -> Mapping[_Item, tuple[RecoveryPoint, ...]]:
    return {
        (each.tenant, each.item): tuple(point for point in each.points if point.usable)
        for each in facts
        if each.mechanism is Mechanism.BACKUP and each.seen_at >= since
    }


def _proofs(known: Sequence[Verification], rung: Rung) -> Mapping[_Item, datetime]:
    """Give when each item was last proven at the rung that is wanted, or above it."""
    found: dict[_Item, datetime] = {}
    for each in known:
        if each.proves and each.rung.height >= rung.height:
            item = (each.tenant, each.item)
            found[item] = max(found.get(item, each.at), each.at)
    return found


def _candidate(climb: Climb, known: _Known) -> Candidate | None:
    """Give what may be chosen; None for what cannot be restored, or of which no point is known."""
    item, place = (climb.tenant.id, climb.item.id), climb.tenant.proofs
    points = known.points.get(item, ())
    if place is None or not points:
        return None
    try:
        copies = len(climb_plan(climb).items)
    except RefusedError:
        return None
    objectives, proven_at = climb.service.objectives, known.proofs.get(item)
    return Candidate(
        tenant=climb.tenant.id,
        service=climb.service.id,
        item=climb.item.id,
        tier=climb.service.tier,
        rpo=objectives.rpo,
        points=points,
        proven=remaining(known.now - proven_at, objectives.proof_half_life) if proven_at else 0.0,
        failures=known.failures.get(item, 0),
        cores=place.cores * copies,
    )
