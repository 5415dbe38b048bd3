"""The step protocol for actions: intent, look, act, record, poll, verify, done. See docs/architecture.md.

After a crash, or when an answer was lost, the world is looked at before anything is sent again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

import structlog

from drd.domain.canonical import Json
from drd.domain.conductor import Moment
from drd.domain.errors import AmbiguousError, DeadlineError, DrdError, Stopping
from drd.domain.events import LOOKED, Kind
from drd.domain.lifecycle import StepState
from drd.domain.progress import StepProgress
from drd.engine.departing import departing
from drd.engine.guardrails import check_mode, check_reach
from drd.engine.holdings import REMOVERS
from drd.engine.patience import Patience, patiently
from drd.engine.run_in_hand import RunInHand
from drd.engine.settling import Settling
from drd.engine.signals import ClaimLost
from drd.engine.striking import strike
from drd.engine.vanished import bound
from drd.ports.action import (
    Absent,
    BoundAction,
    Creation,
    Doubt,
    Outputs,
    Present,
    Sighting,
    Started,
    StepContext,
    Unclear,
    Underway,
)
from drd.ports.capabilities import Operation
from drd.ports.departure import Stayed
from drd.ports.ledger import Entry

_log = structlog.get_logger(__name__)


FOUND: Mapping[type[Sighting], str] = {
    Underway: "under-way",
    Present: "present",
    Absent: "absent",
    Unclear: "unclear",
}
"""How the journal names what a look found."""


class ActionStep:
    """One attempt of one action."""

    def __init__(self, hand: RunInHand, each: StepProgress) -> None:
        """Take the run and the step."""
        self._hand = hand
        self._each = each
        self._step = each.step
        self._action: BoundAction
        self._context: StepContext
        self._targets: tuple[str, ...] = ()
        self._creations: tuple[Creation, ...] = ()
        self._operation: Operation | None = None
        self._looked = ""
        self._settling: Settling
        self._deadline: datetime

    async def begin(self) -> None:
        """Make the intent durable, then look, act, follow, verify.

        Raises:
            DrdError: the attempt failed. Halted, Stopping, ClaimLost, Parked: it ended for another reason.
        """
        hand, each = self._hand, self._each
        if each.doubt_since is not None:
            hand.in_doubt.add(self._step.id)
        await hand.gate(self._step)
        values = hand.outputs.resolve(self._step.call.values)
        attempt, at = each.attempt + 1, hand.now()
        self._bind(values, attempt, each.doubt_since or at, in_doubt=each.doubt_since is not None)
        check_mode(hand, self._action, self._step)
        self._creations = self._check_reach()
        payload: dict[str, Json] = {
            "operation-id": self._context.operation_id,
            "values": values,
            "targets": list(self._targets),
        }
        hand.in_doubt.discard(self._step.id)
        hand.scribe.write(Kind.STEP_INTENT, step=self._step.id, attempt=attempt, payload=payload, at=at)
        await hand.scribe.durable()
        if hand.kill is not None:
            await strike(hand, self._step.id, Moment.INTENT)
        self._deadline = at + self._step.timeout
        sighting = await self._settling.before_sending(in_doubt=self._context.in_doubt)
        self._looked = FOUND[type(sighting)] if self._context.in_doubt else ""
        await self._go_on(sighting)

    async def resume(self) -> None:
        """Go on after a restart: follow what was recorded, or find out what an intent without a record did.

        Raises as `begin`.
        """
        hand, each = self._hand, self._each
        hand.in_doubt.add(self._step.id)
        intent = each.intent or {}
        values = intent.get("values")
        at = each.attempt_at or hand.claimed_at
        self._bind(values if isinstance(values, dict) else {}, each.attempt, each.doubt_since or at, in_doubt=True)
        self._creations = self._check_reach()
        # A restart may come after the deadline: what went on meanwhile still gets its look.
        window = hand.options.settle + 2 * hand.options.look_every
        stood = hand.progress.stood_still(at, hand.claimed_at)
        self._deadline = max(at + self._step.timeout + stood, hand.claimed_at + window)
        if each.state is StepState.RECORDED and each.operation is not None:
            if not {creation.id for creation in self._creations} <= set(hand.holdings.made_by(self._step.id)):
                # A person adopted what others had begun: from here on it is the run's own, to clean up too.
                await self._enter_in_ledger()
            await self._follow(Operation.from_json(each.operation))
        else:
            await self._go_on(await self._found_out())

    def _bind(self, values: dict[str, Json], attempt: int, since: datetime, *, in_doubt: bool) -> None:
        self._action = bound(self._hand, self._step, values)
        self._context = self._hand.step_context(self._step, attempt, since, in_doubt=in_doubt)

    def _check_reach(self) -> tuple[Creation, ...]:
        creations = self._action.creates(self._context)
        targets = self._action.targets(self._context)
        check_reach(self._hand, self._step, creations, targets)
        self._targets = tuple(map(str, targets))
        self._settling = Settling(
            hand=self._hand, step=self._step, action=self._action, targets=self._targets, look=self._look
        )
        return creations

    async def _enter_in_ledger(self) -> None:
        """Write what is about to be created.

        After the look, so that what others made never counts as the run's own; before anything is sent, so that
        nothing of ours is ever missing.
        """
        hand, at = self._hand, self._hand.now()
        entries = tuple(
            Entry(
                id=creation.id,
                kind=creation.kind,
                run=hand.claim.run,
                step=self._step.id,
                tenant=hand.plan.tenant,
                recorded_at=at,
                keep=not hand.drill,
                expires_at=hand.expires_at,
                item=creation.item,
                details=creation.details,
            )
            for creation in self._creations
        )
        await hand.until_available(lambda: hand.holdings.record(entries))
        self._context = replace(self._context, owned=hand.holdings.owned)

    async def _look(self) -> Sighting:
        ask = partial(self._action.look, self._context)
        patience = self._patience("looked for what the step makes", sent=self._context.in_doubt)
        return await patiently(self._hand, ask, patience)

    async def _go_on(self, sighting: Sighting | None) -> None:
        while not isinstance(sighting, Started):
            sighting = await self._act()
            if sighting is None:
                sighting = await self._after_lost_answer()
        if isinstance(sighting, Underway):
            await self._record(sighting.operation)
            await self._follow(sighting.operation)
        else:
            await self._verify(sighting.outputs)

    async def _found_out(self) -> Sighting:
        """Find out what became of what may have been sent; until then a failure of any kind leaves it in doubt."""
        self._context = replace(self._context, in_doubt=True)
        self._hand.in_doubt.add(self._step.id)
        sighting = await self._settling.after_sending()
        self._hand.in_doubt.discard(self._step.id)
        self._looked = FOUND[type(sighting)]
        return sighting

    async def _after_lost_answer(self) -> Sighting:
        hand = self._hand
        _log.warning("answer lost, looking", run=hand.claim.run, step=self._step.id, action=self._action.name)
        if self._action.doubt is Doubt.PUT_BY_NAME:
            await hand.clock.sleep(hand.options.look_every)
        sighting = await self._found_out()
        if isinstance(sighting, Absent) and hand.now() >= self._deadline:
            raise DeadlineError(
                f"{self._action.name} got no answer within its time", target=self._step.id, hint="retry the step"
            )
        return sighting

    async def _act(self) -> Underway | Present | None:
        """Send the one request; None when its answer was lost. The claim is checked right before."""
        hand = self._hand
        check_mode(hand, self._action, self._step)
        if self._creations:
            await self._enter_in_ledger()
        while True:
            try:
                return await self._send_if_it_may()
            except Stayed:
                _log.info("kept back", run=hand.claim.run, step=self._step.id, action=self._action.name)

    async def _send_if_it_may(self) -> Underway | Present | None:
        hand = self._hand
        while True:
            self._deadline += await hand.gate(self._step)
            await hand.orders_durable()
            # Whatever is waited for comes before the claim is looked at: nothing stands between that and the request.
            async with hand.calls:
                if not await hand.until_available(lambda: hand.parts.dispatcher.holds(hand.claim)):
                    raise ClaimLost
                hand.check_may_go(self._step)
                if not hand.progress.standstill:
                    return await self._send_and_record()

    async def _send_and_record(self) -> Underway | Present | None:
        hand = self._hand
        with hand.in_the_air(self._step.id):
            outcome = await self._send()
            if hand.kill is not None:
                await strike(hand, self._step.id, Moment.SENT)
            if isinstance(outcome, Underway):
                await self._record(outcome.operation)
        if hand.stopping and not isinstance(outcome, Present):
            raise Stopping
        return outcome

    async def _send(self) -> Underway | Present | None:
        try:
            return await departing(self._hand, self._step, lambda: self._action.act(self._context))
        except AmbiguousError:
            return None
        except DrdError:
            raise
        except Exception:  # noqa: BLE001 - whatever broke, the answer is lost
            # A fault in an action's own code says nothing about whether its request left.
            _log.exception("action broke", run=self._hand.claim.run, step=self._step.id, action=self._action.name)
            return None

    async def _record(self, operation: Operation) -> None:
        if self._each.state is not StepState.RECORDED:
            looked: dict[str, Json] = {LOOKED: self._looked} if self._looked else {}
            payload: dict[str, Json] = {"operation": operation.to_json(), **looked}
            self._hand.scribe.write(Kind.STEP_RECORDED, step=self._step.id, attempt=self._each.attempt, payload=payload)
        await self._hand.scribe.durable()
        await strike(self._hand, self._step.id, Moment.RECORDED)

    async def _follow(self, operation: Operation) -> None:
        self._operation = operation

        ask = partial(self._action.poll, self._context, operation)
        present = await patiently(self._hand, ask, self._patience("waited for the operation to end"))
        await self._verify(present.outputs)

    async def _verify(self, outputs: Outputs) -> None:
        if self._hand.kill is not None:
            await strike(self._hand, self._step.id, Moment.ENDED)
        ask = partial(self._action.verify, self._context, outputs)
        present = await patiently(self._hand, ask, self._patience("waited for the world to be as wanted"))
        if self._action.name in REMOVERS:
            await self._let_go()
        looked = "" if self._each.state is StepState.RECORDED else self._looked
        self._hand.done(self._each, {**outputs, **present.outputs}, looked=looked)

    async def _let_go(self) -> None:
        """Strike from the ledger what was read back as gone."""
        hand, at = self._hand, self._hand.now()
        for target in self._action.targets(self._context):
            item = self._step.item or next((item.id for item in hand.plan.items if item.resource == target), None)
            await hand.until_available(partial(hand.holdings.removed, target, item=item, at=at))

    def _patience(self, what: str, *, sent: bool = True) -> Patience:
        every = self._hand.options.poll_every
        return Patience(
            deadline=self._deadline,
            every=every,
            what=f"{self._action.name}: {what}",
            target=self._step.id,
            blind=lambda last: self._settling.blind(self._operation, last),
            sent=sent,
        )
