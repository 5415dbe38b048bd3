"""Choose what to prove within a budget, and verify it: some because it counts most, some by lot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from drd.domain.actor import Actor, Role
from drd.domain.climbing import Climb, asked_rungs, cores_of
from drd.domain.decay import due_at, remaining, standing_of
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
    """What somebody asked for.

    Attributes:
        to: the highest rung; an item of which less can be asked is proven as far as that goes.
        due_by: choose only among items of which a rung should be proven again by then; None for all.
        key: as in `VerifyOrder`, with the item's name behind it.
    """

    actor: Actor
    budget: Budget
    tenant: TenantId | None = None
    to: Rung = Rung.L4
    due_by: datetime | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One that was chosen, why, and the run that proves it; or why there is none."""

    tenant: TenantId
    item: ItemId
    point: RecoveryPoint
    because: str
    to: Rung = Rung.L4
    run: RunCard | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn: what was chosen, and how many more could have been, had the budget allowed it."""

    chosen: tuple[Sampled, ...]
    left: int = 0


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
        """Choose and start, as `turn`, and give what was chosen. Raises as that does."""
        return (await self.turn(order)).chosen

    async def turn(self, order: SampleOrder) -> Turn:
        """Choose, and start what was chosen; one that cannot be started leaves the others alone.

        Raises:
            ForbiddenError: the actor may not drill.
            RefusedError: the budget allows nothing (`no-budget`), nothing can be proven at all or within it, or a
                recovery is under way, which needs the room and the requests for itself. That nothing is due is none.
        """
        order.actor.must_have(Role.OPERATOR, Role.RESPONDER, tenant=order.tenant)
        await self._check_calm()
        now = self._clock.now()
        candidates = await self._candidates(order, now)
        picks = sample(candidates, order.budget, day=now.date())
        if order.due_by is not None and not candidates:
            return Turn(chosen=())
        if not picks:
            raise _nothing(candidates)
        chosen = tuple([await self._started(order, pick) for pick in picks])
        return Turn(chosen=chosen, left=len(candidates) - len(chosen))

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
            proofs=_proofs(await self._verifications.standing(order.tenant)),
            failures=await self._verifications.failures(now - _LATELY),
        )
        climbs = [
            Climb(tenant=tenant, service=service, item=item, to=order.to)
            for tenant in tenants
            if order.actor.sees(tenant.id)
            for service in tenant.services
            for item in service.items
        ]
        return [candidate for climb in climbs if (candidate := _candidate(climb, known, order.due_by)) is not None]

    async def _started(self, order: SampleOrder, pick: Pick) -> Sampled:
        chosen = pick.candidate
        said = Sampled(tenant=chosen.tenant, item=chosen.item, point=pick.point, because=pick.because, to=chosen.to)
        wish = VerifyOrder(
            actor=order.actor,
            item=chosen.item,
            tenant=chosen.tenant,
            to=chosen.to,
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
    proofs: Mapping[_Item, list[Verification]]
    failures: Mapping[_Item, int]


def _nothing(candidates: Sequence[Candidate]) -> RefusedError:
    """Say why nothing is chosen: nothing can be proven, or all of it costs more than the budget allows."""
    code, least = "nothing-to-prove", min(candidates, key=lambda each: each.core_hours, default=None)
    if least is None:
        hint = "items need a backup with fresh points, the catalogue a place for proofs; see `drd backup list`"
        return RefusedError("there is nothing that could be proven", hint=hint, code=code)
    cost = f"{least.cores} cores and {least.core_hours:g} core-hours"
    message = f"the budget is too small for any proof: the least one, of {least.item}, takes {cost}"
    return RefusedError(message, hint="allow as much, or ask for a lower rung", code=code)


def _points(facts: Sequence[ItemFacts], since: datetime) -> Mapping[_Item, tuple[RecoveryPoint, ...]]:
    return {
        (each.tenant, each.item): tuple(point for point in each.points if point.usable and point.id)
        for each in facts
        if each.mechanism is Mechanism.BACKUP and each.seen_at >= since
    }


def _proofs(known: Sequence[Verification]) -> Mapping[_Item, list[Verification]]:
    found: dict[_Item, list[Verification]] = {}
    for each in known:
        found.setdefault((each.tenant, each.item), []).append(each)
    return found


def _candidate(climb: Climb, known: _Known, due_by: datetime | None) -> Candidate | None:
    """Give what may be chosen; None for what cannot be restored, of which no point is known, or which is not due."""
    item = (climb.tenant.id, climb.item.id)
    points, rungs = known.points.get(item, ()), asked_rungs(climb)
    if not points or not rungs:
        return None
    objectives, tier = climb.service.objectives, climb.service.tier
    proofs = known.proofs.get(item, [])
    standing = standing_of(proofs, known.now, objectives.proof_half_life)
    due = [due_at(standing, rung, tier, objectives.proof_half_life) for rung in rungs]
    if due_by is not None and all(each is not None and each > due_by for each in due):
        return None
    reached = replace(climb, to=rungs[-1])
    proven_at = max((each.at for each in proofs if _reaches(each, reached.to)), default=None)
    return Candidate(
        tenant=climb.tenant.id,
        service=climb.service.id,
        item=climb.item.id,
        tier=tier,
        rpo=objectives.rpo,
        points=points,
        proven=remaining(known.now - proven_at, objectives.proof_half_life) if proven_at else 0.0,
        failures=known.failures.get(item, 0),
        cores=cores_of(reached),
        to=reached.to,
    )


def _reaches(proof: Verification, rung: Rung) -> bool:
    """Say whether it proves the rung that is wanted, or one above it."""
    return proof.proves and proof.rung.height >= rung.height
