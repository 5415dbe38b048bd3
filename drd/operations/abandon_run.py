"""End a run whose journal is damaged, so that its service can be recovered by a new one."""

from collections.abc import Callable
from dataclasses import dataclass

from drd.domain.abandonment import Abandonment, under_way
from drd.domain.actor import Actor, Role
from drd.domain.errors import RefusedError
from drd.domain.ids import RunId
from drd.domain.plan import Mode
from drd.engine.engine import Engine
from drd.operations.damage import damage_of
from drd.ports.abandoning import Abandoning
from drd.ports.clock import Clock
from drd.ports.journal import Journal, RunCard, RunFilter
from drd.ports.ledger import Ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonOrder:
    """What a person asks. `run` may be a beginning of its id; `confirm` is its service, or of a parent its tenant."""

    run: str
    actor: Actor
    reason: str
    confirm: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AbandonRun:
    """Ends runs that nobody can move any more.

    Nothing is written into the journal: it is evidence, and stays as it was found. What the run had made stays in the
    ledger. Nothing is asked of the other side: what may still be under way there is told, and a person looks at it.

    Attributes:
        recorded: hears of runs that were ended so, to leave their record of evidence; must not raise.
    """

    journal: Journal
    abandoning: Abandoning
    ledger: Ledger
    engine: Engine
    clock: Clock
    recorded: Callable[[RunId], None]

    async def __call__(self, order: AbandonOrder) -> RunCard:
        """End the run, whichever daemon holds it; gives the run as it stands after.

        Raises:
            ForbiddenError: the actor may not do this.
            NotFoundError: no such run.
            RefusedError: it is over, whole, of a newer drd, not confirmed, or there is no reason.
        """
        card = await self.journal.run(RunId(order.run))
        roles = (Role.OPERATOR, Role.RESPONDER) if card.mode is Mode.DRILL else (Role.RESPONDER,)
        order.actor.must_have(*roles, tenant=card.tenant)
        _check(order, card)
        damage = await damage_of(self.journal, card)
        if not damage:
            raise RefusedError(
                "the run's journal is whole",
                target=card.id,
                hint=f"`drd run cancel {card.id} --reason ...` ends it, and takes care of what is under way",
                code="not-damaged",
            )
        word = Abandonment(
            at=self.clock.now(),
            actor=order.actor.name,
            reason=order.reason,
            damage=damage,
            under_way=await self._under_way(card),
        )
        await self.abandoning.abandon(card.id, word)
        self.engine.let_go(card.id)
        self.recorded(card.id)
        return await self.journal.run(card.id)

    async def _under_way(self, card: RunCard) -> tuple[str, ...]:
        sent = under_way(await self.abandoning.readable(card.id))
        entries = [entry for entry in await self.ledger.of_run(card.id) if entry.removed_at is None]
        made = (f"{entry.step}: the ledger holds {entry.kind} {entry.id.text}" for entry in entries)
        children = await self.journal.runs(RunFilter(parent=card.id, active=True))
        going = (f"child run {child.id} goes on: {child.state.value}" for child in children)
        return (*sent, *made, *going)


def _check(order: AbandonOrder, card: RunCard) -> None:
    if card.state.final:
        raise RefusedError("the run is over", target=card.id, hint="start a new run", code="run-over")
    if not order.reason.strip():
        raise RefusedError(
            "abandon needs a reason", target=card.id, hint="add --reason TEXT: say why", code="no-reason"
        )
    wanted = card.service or card.tenant
    if order.confirm != wanted:
        raise RefusedError(
            f"abandon must be confirmed by typing {wanted!r}",
            target=card.id,
            hint=f"add --confirm {wanted}",
            code="not-confirmed",
        )
