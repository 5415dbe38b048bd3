"""Asks production, and the drill's network, for as long as a drill goes on; what turns red twice stops the drill.

Nothing of a drill begins before the first answer. It remembers nothing beyond what it writes: after a restart it asks
anew. It belongs to whoever moves the run, so of several daemons one asks.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.errors import DrdError
from drd.domain.events import Kind
from drd.domain.lifecycle import StepState
from drd.domain.plan import RecoveryPlan
from drd.domain.steady import HYPOTHESIS, NETWORK_CHECK, REFUSED, Steadiness, Told, asked_of_production, summary
from drd.engine.run_in_hand import RunInHand
from drd.engine.signals import ClaimLost
from drd.ports.check import CheckContext

_log = structlog.get_logger(__name__)

BY_ITSELF = "drd"
_TWICE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """One question: what it is called, of whom, and in which circumstances."""

    name: str
    call: Call
    context: CheckContext


class Hypothesis:
    """What must stay true while one drill goes on, under one claim."""

    def __init__(
        self, hand: RunInHand, *, cancel: Callable[[str], Awaitable[None]], advance: Callable[[], None]
    ) -> None:
        """Take the run, what cancels it with a reason, and what moves it once it may begin."""
        self._hand = hand
        self._cancel = cancel
        self._advance = advance
        self._waits = next(asked_of_production(hand.plan), None) is not None
        self._asked = 0
        self._noted = 0
        self._last: tuple[Told, ...] = ()
        self._red: Counter[str] = Counter()

    @property
    def holds_back(self) -> bool:
        """Say whether nothing new may begin yet, because production was not asked. What always runs does not wait."""
        return self._waits and not self._hand.progress.halting and not self._hand.progress.undo_wanted

    async def watch(self) -> None:
        """Ask, for ever."""
        while True:
            try:
                wait = await self._round()
            except ClaimLost:
                return
            except DrdError as error:
                # The order could not be written now; the next round gives it again.
                _log.warning("drill not stopped yet", run=self._hand.claim.run, because=str(error))
                wait = self._hand.options.production_again
            await self._hand.clock.sleep(wait)

    def close(self) -> None:
        """Write how often was asked since the last note. Right before the run's last event."""
        if self._asked > self._noted:
            self._note()

    async def _round(self) -> timedelta:
        hand, options = self._hand, self._hand.options
        questions = list(self._questions())
        if not questions:
            self._begin()
            return options.production_every
        told = tuple(await asyncio.gather(*(self._ask(each) for each in questions)))
        self._asked += 1
        for each in told:
            if each.steady is Steadiness.RED:
                self._red[each.question] += 1
            elif each.steady is Steadiness.GREEN:
                self._red.pop(each.question, None)
        if _states(told) != _states(self._last):
            self._last = told
            self._note()
        self._last = told
        if any(count >= _TWICE for count in self._red.values()) and not hand.progress.halting:
            await self._cancel(self._why(summary([each for each in told if each.question in self._red])))
        if not self._red:
            self._begin()
        return options.production_again if self._red and not hand.progress.halting else options.production_every

    def _why(self, red: str) -> str:
        """Say why the drill ends: one that has begun is stopped, one that has not is refused."""
        if any(each.started_at is not None for each in self._hand.progress.steps.values()):
            return f"while the drill went on, {red}"
        return f"{REFUSED}: production is not green, so a drill may not begin: {red}"

    def _begin(self) -> None:
        if self._waits:
            self._waits = False
            self._advance()

    async def _ask(self, question: _Question) -> Told:
        call = question.call
        try:
            async with self._hand.calls:
                answer = await self._hand.parts.checks.bind(call.uses, call.values).ask(question.context)
        except DrdError as error:
            return Told(question=question.name, steady=Steadiness.UNKNOWN, sentence=error.message)
        except Exception as error:  # noqa: BLE001 - a question that is broken must not take the drill with it
            _log.exception("question broke", run=self._hand.claim.run, question=question.name)
            return Told(question=question.name, steady=Steadiness.UNKNOWN, sentence=type(error).__name__)
        steady = Steadiness.GREEN if answer.green else Steadiness.RED
        return Told(question=question.name, steady=steady, sentence=answer.sentence)

    def _note(self) -> None:
        self._noted = self._asked
        answers: list[Json] = [each.to_json() for each in self._last]
        payload: dict[str, Json] = {"step": None, HYPOTHESIS: {"asked": self._asked, "answers": answers}}
        self._hand.scribe.write(Kind.RUN_NOTE, payload=payload, reason=summary(self._last))

    def _questions(self) -> Iterator[_Question]:
        """Give what production is asked, and the networks that this run has seen to be shut."""
        hand = self._hand
        for name, plan, call in asked_of_production(hand.plan):
            yield _Question(name=name, call=call, context=_in_production(hand, plan))
        for each in hand.progress.steps.values():
            if each.step.call.uses == NETWORK_CHECK and each.state is StepState.DONE and not each.by_hand:
                values = (each.intent or {}).get("values")
                if isinstance(values, Mapping):
                    call = Call(uses=NETWORK_CHECK, values=values)
                    yield _Question(name=each.step.id, call=call, context=hand.check_context())


def hypothesis_of(
    hand: RunInHand, *, cancel: Callable[[str], Awaitable[None]], advance: Callable[[], None]
) -> Hypothesis | None:
    """Give a drill's hypothesis; None for any other run, and for a drill that has nothing to ask."""
    if not hand.drill:
        return None
    networks = any(step.call.uses == NETWORK_CHECK for step in hand.plan.steps)
    asks = networks or next(asked_of_production(hand.plan), None) is not None
    return Hypothesis(hand, cancel=cancel, advance=advance) if asks else None


def _in_production(hand: RunInHand, plan: RecoveryPlan) -> CheckContext:
    """Make what a check may know in steady state: production's own machines, reached in production's own way."""
    return CheckContext(
        tenant=plan.tenant,
        mode=None,
        home_region=plan.home_region,
        recovery_region=plan.recovery_region,
        items={item.id: item for item in plan.items},
        machines={},
        provider=hand.provider,
        reach=hand.parts.reach,
        clock=hand.clock,
        rpo=plan.objectives.rpo if plan.objectives else None,
    )


def _states(told: tuple[Told, ...]) -> list[tuple[str, Steadiness]]:
    return [(each.question, each.steady) for each in told]
