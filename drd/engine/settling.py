"""What a look may conclude, and when: adopt, send, or ask a person. The one place that parks a step.

Before anything was sent, what is absent may be sent at once. Once something may have been sent, absence counts only
when it can no longer show up. What cannot be told by then is a person's to tell, and so is what can never be seen.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from drd.domain.durations import format_duration, format_instant
from drd.domain.errors import DrdError, ForbiddenError, RefusedError
from drd.domain.plan import Step
from drd.engine.run_in_hand import RunInHand
from drd.engine.signals import Parked
from drd.ports.action import Absent, BoundAction, Doubt, Sighting, Started, Unclear
from drd.ports.capabilities import Operation

_UNSEEN = (
    "it could not be found out whether {name} had its effect on {target}: its answer was lost, and nothing there shows"
    " that it arrived. Look at the target itself"
)
_BLIND = (
    "{name}: for {length} nothing was answered about {which} that tells how it stands{because}. Look at {target} in the"
    " portal: its Activity log, its Overview, and the vault's jobs where a vault did it"
)


@dataclass(slots=True, kw_only=True)
class Settling:
    """Finds out what became of one attempt of one action. Nobody changes it; see `Patience`.

    Attributes:
        targets: what it works on, for people.
        look: asks the action once.
    """

    hand: RunInHand
    step: Step
    action: BoundAction
    targets: tuple[str, ...]
    look: Callable[[], Awaitable[Sighting]]

    async def before_sending(self, *, in_doubt: bool) -> Sighting:
        """Look before the request of this attempt leaves; `in_doubt`: one of an earlier attempt may have left.

        Raises:
            Parked: something is in the way, and it cannot be told whose it is.
        """
        sighting = await self.look()
        if isinstance(sighting, Started):
            return sighting
        if self.action.doubt is Doubt.AMBIGUOUS:
            # Its effect cannot be seen. Nothing was sent under this intent, and it was a person who wanted another.
            return Absent()
        if isinstance(sighting, Absent) and not (in_doubt and self.action.doubt is Doubt.ADOPTABLE):
            return sighting
        return await self._settled(in_doubt=in_doubt)

    async def after_sending(self) -> Sighting:
        """Look until there is something, or until nothing that was sent can still show up.

        Raises:
            Parked: it cannot be told.
            RefusedError: what is there forbids the action, and goes on to do so.
        """
        return await self._settled(in_doubt=True)

    async def _settled(self, *, in_doubt: bool) -> Sighting:
        options, began = self.hand.options, self.hand.now()
        until = began + options.settle
        while True:
            sighting = await self._seen(patient=in_doubt and self.hand.now() < until)
            if isinstance(sighting, Started):
                return sighting
            if isinstance(sighting, Absent):
                if self.action.doubt is Doubt.PUT_BY_NAME:
                    return sighting
                until = max(until, began + (sighting.shows_within or timedelta(0)))
            now = self.hand.now()
            if now < until:
                await self.hand.clock.sleep(min(options.look_every, until - now))
            elif sighting is not None:
                return self._concluded(sighting, in_doubt=in_doubt)

    async def _seen(self, *, patient: bool) -> Sighting | None:
        """Look; None for a refusal that may come from what was sent and does not show whose it is yet."""
        try:
            return await self.look()
        except RefusedError:
            if patient:
                return None
            raise

    def _concluded(self, sighting: Sighting, *, in_doubt: bool) -> Sighting:
        if isinstance(sighting, Unclear):
            raise self.parked(sighting.question, sighting.found, in_doubt=in_doubt)
        if self.action.doubt is Doubt.AMBIGUOUS:
            raise self.parked(_UNSEEN.format(name=self.action.name, target=self._target()), in_doubt=in_doubt)
        return sighting

    def blind(self, operation: Operation | None, last: DrdError | None) -> Parked:
        """Say that asking on leads nowhere: the other side answers, and nothing of it tells anything."""
        which, target = "it", self._target()
        if operation is not None:
            name = f"the job {operation.job}" if operation.job else operation.status_url or operation.location_url
            which = f"{name or 'the operation'} begun {format_instant(operation.started_at)}"
            target = operation.target or target
        length, because = format_duration(self.hand.options.blind), f" ({_said(last)})" if last else ""
        question = _BLIND.format(name=self.action.name, length=length, which=which, because=because, target=target)
        return self.parked(question, operation, in_doubt=True)

    def parked(self, question: str, found: Operation | None = None, *, in_doubt: bool) -> Parked:
        """Make the question, with what each answer means; how it is given depends on where the question is read."""
        repeats = self.action.doubt is Doubt.AMBIGUOUS
        again = "sends it again" if repeats else "looks again, and sends only what is absent"
        answers = ["adopt follows what was found as this step's own"] if found else []
        answers += [f"retry {again}", "resolve says that it is done", "skip leaves it out"]
        asked = question if question.endswith("?") else f"{question.rstrip('.')}."
        return Parked(f"{asked} Answer: {'; '.join(answers)}", found, in_doubt=in_doubt)

    def _target(self) -> str:
        return ", ".join(self.targets) or str(self.step.item or self.step.id)


def _said(last: DrdError) -> str:
    return f"{last.message}; {last.hint}" if isinstance(last, ForbiddenError) and last.hint else last.message
