"""Approval steps: ask people, wait for enough of them, or for the question to expire."""

from dataclasses import dataclass

from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.errors import ForbiddenError, PermanentError, RefusedError
from drd.domain.events import Kind
from drd.domain.lifecycle import StepState
from drd.domain.plan import ApprovalTerms
from drd.domain.progress import Progress, StepProgress
from drd.engine.orders import Order
from drd.engine.run_in_hand import RunInHand


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    """One question to people. The answers come as orders; this only asks and watches the time."""

    hand: RunInHand
    each: StepProgress

    async def begin(self) -> None:
        """Ask, and wait. Raises PermanentError when the question expires."""
        hand, step = self.hand, self.each.step
        await hand.gate(step)
        terms = terms_of(self.each)
        expires = format_instant(hand.now() + terms.expires) if terms.expires else None
        payload: dict[str, Json] = {
            "plan": hand.plan_hash,
            "by": list(terms.by),
            "minimum": terms.minimum,
            "expires-at": expires,
        }
        hand.scribe.write(Kind.APPROVAL_ASKED, step=step.id, attempt=self.each.attempt + 1, payload=payload)
        await self.resume()

    async def resume(self) -> None:
        """Go on waiting. Raises as `begin`."""
        hand, terms = self.hand, terms_of(self.each)
        asked_at = self.each.attempt_at or hand.claimed_at
        expires = asked_at + terms.expires if terms.expires else None
        while self.each.state is StepState.WAITING:
            hand.check_may_go(self.each.step)
            now = hand.now()
            if expires is not None and now >= expires:
                raise PermanentError(
                    f"nobody answered in time: {len(self.each.approvals)} of {terms.minimum} approvals",
                    target=self.each.step.id,
                    hint="retry the step to ask again",
                    code="approval-expired",
                )
            await hand.alarm.nap(expires - now if expires else None)


def terms_of(each: StepProgress) -> ApprovalTerms:
    """Give what an approval step asks. Raises PermanentError for a step that is none."""
    if each.step.approval is None:
        raise PermanentError("the step asks for no approval", target=each.step.id, code="no-approval-terms")
    return each.step.approval


def check_may_answer(progress: Progress, each: StepProgress, order: Order) -> None:
    """Pass when the actor may answer this question.

    Raises:
        ForbiddenError: they are not among those who are asked, or started the run where that is not allowed.
        RefusedError: they answered already.
    """
    terms = terms_of(each)
    if terms.by and not order.contacts & frozenset(terms.by):
        raise ForbiddenError(
            f"{order.actor} is not among those who are asked", target=each.step.id, hint=f"asked: {', '.join(terms.by)}"
        )
    starter = progress.accepted.actor if progress.accepted else ""
    if terms.not_the_starter and order.actor == starter:
        raise ForbiddenError(
            f"{order.actor} started the run and may not approve it",
            target=each.step.id,
            hint="a second person must answer",
        )
    if order.actor in {actor for actor, _ in each.approvals}:
        raise RefusedError(f"{order.actor} approved already", target=each.step.id, hint="another person must answer")


def approved(each: StepProgress, by: str) -> dict[str, Json] | None:
    """Give the step's outputs when this approval makes it enough; None while more are needed."""
    actors = [*(actor for actor, _ in each.approvals), by]
    return {"approved-by": actors} if len(actors) >= terms_of(each).minimum else None
