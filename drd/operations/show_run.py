"""Show runs: where each stands, what its steps do, and its figures, recomputed from the journal."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from drd.domain.actor import Actor, Role
from drd.domain.drill_verdict import Judgement, Listing
from drd.domain.errors import PermanentError
from drd.domain.events import Event
from drd.domain.figures import RecoveryFigures, recovery_figures
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.domain.progress import Progress, fold
from drd.engine.engine import Engine
from drd.engine.loading import check_chain
from drd.ports.drills import Drills
from drd.ports.journal import Journal, RunCard, RunFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """One run, whole.

    `children` are the runs that it started, in order of start; `damaged` those that are not to be read. Of a drill
    that is over, `judgement` is the verdict, and `listings` how its end was looked at.
    """

    card: RunCard
    plan: RecoveryPlan
    progress: Progress
    figures: RecoveryFigures
    judgement: Judgement | None = None
    listings: tuple[Listing, ...] = ()
    children: tuple["RunView", ...] = ()
    damaged: tuple["DamagedView", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedView:
    """A run whose journal cannot be believed: its card is all that is told of it, and what is wrong."""

    card: RunCard
    damage: str


class ShowRun:
    """Reads runs."""

    def __init__(self, *, journal: Journal, engine: Engine, drills: Drills) -> None:
        """Take what is needed."""
        self._journal = journal
        self._drills = drills
        self._engine = engine

    async def runs(self, actor: Actor, wanted: RunFilter) -> tuple[RunCard, ...]:
        """Give runs, newest first."""
        actor.must_have(*Role)
        return tuple(card for card in await self._journal.runs(wanted) if actor.sees(card.tenant))

    async def show(self, actor: Actor, run: str) -> RunView | DamagedView:
        """Give one run with its children; of those whose journal is damaged, and of one that was abandoned, the card.

        Raises:
            NotFoundError: there is none.
            InvalidError: several ids begin so.
            PermanentError: a journal is not as drd wrote it: what it tells may be untrue, and is not shown.
        """
        card = await self._seen(actor, run)
        return _abandoned(card) or await self._view(card)

    async def events(self, actor: Actor, run: str, *, after: int = 0) -> tuple[Event, ...]:
        """Give a run's events after a sequence number. Raises as `show`; of a part, the hashes are not looked at."""
        card = await self._seen(actor, run)
        events = await self._journal.events(card.id, after=after)
        if not after:
            check_chain(card.id, events)
        return events

    async def follow(self, actor: Actor, run: str, *, after: int = 0) -> AsyncIterator[Event]:
        """Give a run's durable events as they come, until the run is over. Raises before the first one, as `show`."""
        card = await self._seen(actor, run)
        return self._engine.follow(card.id, after)

    async def _seen(self, actor: Actor, run: str) -> RunCard:
        actor.must_have(*Role)
        card = await self._journal.run(RunId(run))
        actor.must_have(*Role, tenant=card.tenant)
        return card

    async def _view(self, card: RunCard) -> RunView:
        plan = await self._journal.plan(card.plan_hash)
        events = await self._journal.events(card.id)
        check_chain(card.id, events)
        children = await self._journal.runs(RunFilter(parent=card.id)) if any(plan.children()) else ()
        views = [await self._child(child) for child in reversed(children)]
        return RunView(
            card=card,
            plan=plan,
            progress=fold(plan, events),
            figures=recovery_figures(plan, events),
            judgement=await self._drills.judgement(card.id) if card.verdict else None,
            listings=await self._drills.listings(card.id) if card.verdict else (),
            children=tuple(view for view in views if isinstance(view, RunView)),
            damaged=tuple(view for view in views if isinstance(view, DamagedView)),
        )

    async def _child(self, card: RunCard) -> RunView | DamagedView:
        """Show a child run as far as it goes: what is wrong with it must not hide its parent."""
        try:
            return _abandoned(card) or await self._view(card)
        except PermanentError as error:
            return DamagedView(card=card, damage=str(error))


def _abandoned(card: RunCard) -> DamagedView | None:
    return DamagedView(card=card, damage=card.abandoned.damage) if card.abandoned else None
