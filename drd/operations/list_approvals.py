"""List what waits for a person's answer."""

from dataclasses import dataclass
from datetime import datetime

from drd.domain.actor import Actor, Role
from drd.domain.errors import NotFoundError
from drd.domain.ids import RunId, StepId
from drd.domain.language import Text
from drd.domain.lifecycle import StepState
from drd.domain.plan import ApprovalTerms
from drd.engine.engine import Engine
from drd.ports.journal import Journal, RunCard, RunFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """A question that waits. Its id is `RUN/STEP`."""

    card: RunCard
    step: StepId
    title: Text
    terms: ApprovalTerms
    asked_at: datetime | None
    starter: str
    given: tuple[str, ...]

    @property
    def id(self) -> str:
        """What `drd approval approve` takes."""
        return f"{self.card.id}/{self.step}"


class ListApprovals:
    """Reads approvals that wait."""

    def __init__(self, *, journal: Journal, engine: Engine) -> None:
        """Take what is needed."""
        self._journal = journal
        self._engine = engine

    async def waiting(self, actor: Actor) -> tuple[ApprovalView, ...]:
        """Give every approval that waits, oldest run first."""
        actor.must_have(*Role)
        cards = [card for card in await self._journal.runs(RunFilter(active=True)) if actor.sees(card.tenant)]
        found: list[ApprovalView] = []
        for card in reversed(cards):
            found.extend(await self._of(card))
        return tuple(found)

    async def show(self, actor: Actor, approval: str) -> ApprovalView:
        """Give one approval by `RUN/STEP`; the run may be a beginning of its id. Raises NotFoundError."""
        actor.must_have(*Role)
        run, _, step = approval.partition("/")
        card = await self._journal.run(RunId(run))
        actor.must_have(*Role, tenant=card.tenant)
        for each in await self._of(card):
            if each.step == step:
                return each
        raise NotFoundError("no such approval waits", target=approval, hint="`drd approval list` shows what waits")

    async def _of(self, card: RunCard) -> list[ApprovalView]:
        progress = await self._engine.progress(card.id)
        starter = progress.accepted.actor if progress.accepted else ""
        return [
            ApprovalView(
                card=card,
                step=each.step.id,
                title=progress.plan.title,
                terms=each.step.approval,
                asked_at=each.started_at,
                starter=starter,
                given=tuple(actor for actor, _ in each.approvals),
            )
            for each in progress.steps.values()
            if each.state is StepState.WAITING and each.step.approval is not None
        ]
