"""Help a run along, or end it (`Request` names how). Every order stands in the journal, with its actor and reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from drd.domain.actor import Actor, Role
from drd.domain.errors import JournalUnavailableError, RefusedError
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request
from drd.domain.plan import Mode
from drd.engine.engine import Engine, Order
from drd.engine.letters import order_unread
from drd.ports.journal import Journal, RunCard


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlOrder:
    """What a person asks of a run. `run` may be a beginning of its id.

    Attributes:
        onwards: of a retry: the step and all that depends on it.
        outputs: of a step resolved by hand: what it gave, as typed.
    """

    run: str
    request: Request
    actor: Actor
    step: StepId | None = None
    reason: str = ""
    confirm: str = ""
    onwards: bool = False
    outputs: Mapping[str, str] = field(default_factory=dict)


_WITH_STEP = frozenset(
    {
        Request.RETRY,
        Request.SKIP,
        Request.HOLD,
        Request.RELEASE,
        Request.RESOLVE,
        Request.ADOPT,
        Request.APPROVE,
        Request.DENY,
    }
)
_CONFIRMED = frozenset({Request.CANCEL, Request.UNDO})
_ANSWERS = frozenset({Request.APPROVE, Request.DENY})


class ControlRun:
    """Gives the engine a person's order."""

    def __init__(self, *, journal: Journal, engine: Engine) -> None:
        """Take what is needed."""
        self._journal = journal
        self._engine = engine

    async def __call__(self, order: ControlOrder) -> RunCard:
        """Carry the order out; gives the run as it stands after.

        Raises:
            ForbiddenError: the actor may not do this.
            NotFoundError: no such run or step.
            RefusedError: not legal in the run's state, not confirmed, or without a reason.
            JournalUnavailableError: nothing was ordered.
            AmbiguousError: it may have been carried out, or still be: see `Engine.control`.
        """
        card = await self._journal.run(RunId(order.run))
        order.actor.must_have(*_who_may(order.request, card.mode), tenant=card.tenant)
        _check(order, card)
        if card.abandoned is not None:
            raise RefusedError("the run was abandoned", target=card.id, hint="start a new run", code="run-over")
        await self._engine.control(
            Order(
                run=card.id,
                request=order.request,
                step=order.step,
                actor=order.actor.name,
                reason=order.reason,
                contacts=order.actor.contacts,
                onwards=order.onwards,
                outputs=order.outputs,
            )
        )
        try:
            return await self._journal.run(card.id)
        except JournalUnavailableError as error:
            raise order_unread(card.id, error.message) from error


def _who_may(request: Request, mode: Mode) -> tuple[Role, ...]:
    if request in _ANSWERS:
        return (Role.APPROVER,)
    if request is Request.NOTE:
        return (Role.OPERATOR, Role.RESPONDER, Role.APPROVER)
    return (Role.OPERATOR, Role.RESPONDER) if mode is Mode.DRILL else (Role.RESPONDER,)


_REASON_HINT: Mapping[Request, str] = {
    Request.SKIP: "say why it may be left out",
    Request.RESOLVE: "say what was done, and how it was seen to be done",
    Request.ADOPT: "say how it is known to be this run's own",
    Request.CANCEL: "say why the run ends here",
    Request.UNDO: "say why what was done is taken back",
    Request.NOTE: "the note itself",
    Request.DENY: "say why not, so that the responder knows what to do",
}


def _check(order: ControlOrder, card: RunCard) -> None:
    if order.request in _WITH_STEP and order.step is None:
        raise RefusedError(f"{order.request.value} needs a step", target=card.id, hint="`drd run show` lists the steps")
    if order.request in _REASON_HINT and not order.reason.strip():
        hint = f"add --reason TEXT: {_REASON_HINT[order.request]}"
        raise RefusedError(f"{order.request.value} needs a reason", target=card.id, hint=hint, code="no-reason")
    wanted = card.service or card.tenant
    if order.request in _CONFIRMED and card.mode is not Mode.DRILL and order.confirm != wanted:
        raise RefusedError(
            f"{order.request.value} of a {card.mode.value} must be confirmed by typing {wanted!r}",
            target=card.id,
            hint=f"add --confirm {wanted}",
            code="not-confirmed",
        )
