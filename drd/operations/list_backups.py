"""List what is proven of every item, show its verifications, and search its newest clean point."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from drd.domain.actor import Actor, Role
from drd.domain.clean_point import Examined, Search, search_clean_point
from drd.domain.decay import Standing, due_at, standing_of
from drd.domain.errors import NotFoundError
from drd.domain.estate import Mechanism
from drd.domain.ids import ItemId, RunId, ServiceId, TenantId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.operations.list_services import ItemView, ListServices, ServiceView
from drd.operations.record_proofs import RecordProofs
from drd.ports.verifications import VerificationFilter, Verifications

_MANY = 1000
_PATIENCE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupView:
    """What is proven of an item.

    Attributes:
        due_at: when it should be restored again (L4); None when it is not proven: it is due now.
    """

    item: ItemView
    tier: int
    standing: Standing
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceProof:
    """What is proven of a service: the least of its items.

    Attributes:
        proven: the rung that all of them reach; None when one is not proven at all.
        due_at: when the first of them should be restored again; None when that is now.
    """

    service: ServiceView
    proven: Rung | None
    score: float
    due_at: datetime | None


class ListBackups:
    """Reads proofs. Drills that are over and were not asked yet are asked first, so that nothing is missing."""

    def __init__(self, *, estate: ListServices, verifications: Verifications, record: RecordProofs) -> None:
        """Take what is needed."""
        self._estate = estate
        self._verifications = verifications
        self._record = record

    def now(self) -> datetime:
        """Give the instant against which ages are taken."""
        return self._estate.now()

    async def list(
        self, actor: Actor, tenant: TenantId | None = None, service: ServiceId | None = None
    ) -> tuple[BackupView, ...]:
        """Give every item of one tenant or of all, in the catalogue's order, with what is proven of it.

        Raises:
            NotFoundError: there is no such tenant or service.
        """
        views = await self._estate.list(actor, tenant)
        if service is not None and service not in {view.service.id for view in views}:
            raise NotFoundError("no such service", target=service, hint="`drd service list` shows all")
        await self._asked()
        known = await self._verifications.standing(tenant)
        by_item: dict[tuple[TenantId, ItemId], list[Verification]] = {}
        for each in known:
            by_item.setdefault((each.tenant, each.item), []).append(each)
        found = []
        for view in views:
            if service not in {None, view.service.id}:
                continue
            half_life, now = view.service.objectives.proof_half_life, self.now()
            for item in view.items:
                mine = by_item.get((item.tenant, item.item.id), [])
                standing = standing_of(mine, now, half_life)
                found.append(
                    BackupView(
                        item=item,
                        tier=view.service.tier,
                        standing=standing,
                        due_at=due_at(standing, Rung.L4, view.service.tier, half_life),
                    )
                )
        return tuple(found)

    async def services(self, actor: Actor, tenant: TenantId | None = None) -> tuple[ServiceProof, ...]:
        """Give every service that has items, with what is proven of the one of which least is."""
        views = await self._estate.list(actor, tenant)
        by_service: dict[tuple[TenantId, ServiceId], list[BackupView]] = {}
        for each in await self.list(actor, tenant):
            by_service.setdefault((each.item.tenant, each.item.service), []).append(each)
        return tuple(
            _of_service(view, by_service[view.tenant.id, view.service.id])
            for view in views
            if (view.tenant.id, view.service.id) in by_service
        )

    async def _asked(self) -> None:
        """Let drills that are over be asked first; where there are too many, somebody else goes on with them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._record()

    async def verifications(
        self, actor: Actor, tenant: TenantId | None, item: ItemId | None = None, run: RunId | None = None
    ) -> tuple[Verification, ...]:
        """Give verifications, newest first: of an item, of a run, or of all that the actor sees.

        Raises:
            NotFoundError: nothing is known of the item, and there is none of that name.
        """
        actor.must_have(*Role, tenant=tenant)
        await self._asked()
        wanted = VerificationFilter(tenant=tenant, item=item, run=run, newest=_MANY)
        found = tuple(each for each in await self._verifications.list(wanted) if actor.sees(each.tenant))
        if item is not None and not found:
            await self._estate.item(actor, tenant, item)
        return found

    async def clean_point(
        self, actor: Actor, tenant: TenantId | None, item: ItemId, *, budget: int, before: datetime | None = None
    ) -> Search:
        """Tell which of an item's backups is the newest clean one, by what was examined, and which to examine next.

        Raises:
            NotFoundError: no such item, or nothing fresh is known of its backups.
            RefusedError: with the code `no-budget`, when nothing may be restored and nothing was examined.
        """
        view = await self._estate.item(actor, tenant, item)
        backups = [facts for facts in view.facts if facts.mechanism is Mechanism.BACKUP]
        # A point that is only told, and not listed yet, has no id to restore from.
        points = [point for facts in backups for point in facts.points if point.id]
        if not points:
            raise NotFoundError(
                "nothing fresh is known of its backups", target=item, hint="see `drd item points`; collection may fail"
            )
        await self._asked()
        wanted = VerificationFilter(tenant=view.tenant, item=item, newest=_MANY)
        answers = _answers(await self._verifications.list(wanted))
        named = {point.id: answers[_last(point.id)] for point in points if _last(point.id) in answers}
        return search_clean_point(points, named, budget=budget, before=before)


def _of_service(view: ServiceView, items: Sequence[BackupView]) -> ServiceProof:
    due = [each.due_at for each in items if each.due_at is not None]
    rungs = [each.standing.proven.rung for each in items if each.standing.proven is not None]
    return ServiceProof(
        service=view,
        proven=min(rungs, key=lambda each: each.height) if len(rungs) == len(items) else None,
        score=min(each.standing.score for each in items),
        due_at=min(due) if len(due) == len(items) else None,
    )


def _answers(newest_first: tuple[Verification, ...]) -> Mapping[str, Examined]:
    """Give what examinations said, by the last part of the point's id: regions call one point differently.

    A point that did not get as far as the examination cannot be examined.
    """
    found: dict[str, Examined] = {}
    tried = [each for each in newest_first if each.point and each.rung.restores]
    for each in tried:
        if each.rung is Rung.L3 and each.outcome is not Outcome.ABORTED:
            found.setdefault(_last(each.point), _EXAMINED.get(each.outcome, Examined.UNCLEAR))
    for each in tried:
        if each.outcome in {Outcome.FAILED, Outcome.INCONCLUSIVE} and each.rung.height <= Rung.L4.height:
            found.setdefault(_last(each.point), Examined.UNCLEAR)
    return found


_EXAMINED = {Outcome.PASSED: Examined.CLEAN, Outcome.FAILED: Examined.INFECTED}


def _last(point: str) -> str:
    return point.rsplit("/", 1)[-1].casefold()
