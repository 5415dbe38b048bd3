"""Help a run along, or end it: resume, retry, skip, cancel, approve, deny. Every order stands in the journal."""

from collections.abc import Mapping
from dataclasses import dataclass

from drd.domain.actor import Actor, Role
from drd.domain.errors import RefusedError
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request
from drd.domain.plan import Mode
from drd.engine.engine import Engine, Order
from drd.ports.journal import Journal, RunCard


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlOrder:
    """What a person asks of a run. `run` may be a beginning of its id."""

    run: str
    request: Request
    actor: Actor
    step: StepId | None = None
    reason: str = ""
    confirm: str = ""


_WITH_STEP = frozenset({Request.RETRY, Request.SKIP, Request.APPROVE, Request.DENY})
_WITH_REASON = frozenset({Request.SKIP, Request.CANCEL, Request.DENY})
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
        """
        card = await self._journal.run(RunId(order.run))
        order.actor.must_have(*_who_may(order.request, card.mode), tenant=card.tenant)
        _check(order, card)
        await self._engine.control(
            Order(
                run=card.id,
                request=order.request,
                step=order.step,
                actor=order.actor.name,
                reason=order.reason,
                contacts=order.actor.contacts,
            )
        )
        return await self._journal.run(card.id)


def _who_may(request: Request, mode: Mode) -> tuple[Role, ...]:
    if request in _ANSWERS:
        return (Role.APPROVER,)
    return (Role.OPERATOR, Role.RESPONDER) if mode is Mode.DRILL else (Role.RESPONDER,)


_REASON_HINT: Mapping[Request, str] = {
    Request.SKIP: "say why it may be left out",
    Request.CANCEL: "say why the run ends here",
    Request.DENY: "say why not, so that the responder knows what to do",
}


def _check(order: ControlOrder, card: RunCard) -> None:
    if order.request in _WITH_STEP and order.step is None:
        raise RefusedError(f"{order.request.value} needs a step", target=card.id, hint="`drd run show` lists the steps")
    if order.request in _WITH_REASON and not order.reason.strip():
        hint = f"add --reason TEXT: {_REASON_HINT[order.request]}"
        raise RefusedError(f"{order.request.value} needs a reason", target=card.id, hint=hint, code="no-reason")
    wanted = card.service or card.tenant
    if order.request is Request.CANCEL and card.mode is not Mode.DRILL and order.confirm != wanted:
        raise RefusedError(
            f"cancelling a {card.mode.value} must be confirmed by typing {wanted!r}",
            target=card.id,
            hint=f"add --confirm {wanted}",
            code="not-confirmed",
        )
