"""Check steps: ask until green, or until the check's own window or the step's timeout is over."""

from dataclasses import dataclass
from datetime import datetime

from drd.domain.canonical import Json
from drd.domain.errors import PermanentError, TransientError
from drd.domain.events import Kind
from drd.domain.lifecycle import StepState
from drd.domain.progress import StepProgress
from drd.engine.run_in_hand import RunInHand
from drd.ports.check import Answer, BoundCheck


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One attempt of one check. A check changes nothing, so a restart simply asks again."""

    hand: RunInHand
    each: StepProgress

    async def begin(self) -> None:
        """Note when asking began, and ask.

        Raises:
            TransientError: the last question could not be asked.
            PermanentError: the answer is not green, or the check cannot be asked at all.
        """
        hand, step = self.hand, self.each.step
        await hand.gate(step)
        values = hand.outputs.resolve(step.call.values)
        attempt = self.each.attempt + 1
        payload: dict[str, Json] = {
            "operation-id": hand.operation_id(step.id, attempt),
            "values": values,
            "targets": [],
        }
        event = hand.scribe.write(Kind.STEP_INTENT, step=step.id, attempt=attempt, payload=payload)
        await self._ask(hand.parts.checks.bind(step.call.uses, values), event.at)

    async def resume(self) -> None:
        """Ask on after a restart; at least once. Raises as `begin`."""
        intent = self.each.intent or {}
        values = intent.get("values")
        check = self.hand.parts.checks.bind(self.each.step.call.uses, values if isinstance(values, dict) else {})
        await self._ask(check, self.each.attempt_at or self.hand.claimed_at)

    async def _ask(self, check: BoundCheck, began: datetime) -> None:
        hand, step = self.hand, self.each.step
        until = began + min(check.within(), step.timeout)
        while self.each.state is StepState.INTENDED:
            hand.check_may_go(step)
            failed, answer = await _once(check, hand)
            if self.each.state is not StepState.INTENDED:
                return
            if answer.green:
                outputs: dict[str, Json] = {
                    "green": True,
                    "sentence": answer.sentence,
                    "evidence": dict(answer.evidence),
                }
                hand.done(self.each, outputs)
                return
            now = hand.now()
            if now >= until:
                hint = f"make it so that {check.describe()}, then retry the step"
                raise failed or PermanentError(answer.sentence, target=step.id, hint=hint, code="check-red")
            await hand.alarm.nap(min(hand.options.check_every, until - now))


async def _once(check: BoundCheck, hand: RunInHand) -> tuple[TransientError | None, Answer]:
    try:
        async with hand.calls:
            return None, await check.ask(hand.check_context())
    except TransientError as error:
        return error, Answer(green=False, sentence=str(error))
