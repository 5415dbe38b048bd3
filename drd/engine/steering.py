"""Brings people's orders to whoever moves the run: here, at another daemon, or nobody.

Only the holder of a run's claim writes its journal. An order for a run that another daemon moves is left in a letter
box, and that daemon decides, writes and answers. A run that nobody moves is written to directly, under a token of its
own, so that a daemon that held it before cannot go on by mistake.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import structlog

from drd.domain.canonical import Json
from drd.domain.errors import ConflictError, DrdError, JournalUnavailableError, RefusedError
from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.plan import RecoveryPlan
from drd.domain.progress import Progress, fold
from drd.engine.controls import Note, decide
from drd.engine.leaving import Leaving
from drd.engine.letters import DONE, order_in_doubt, order_of, order_unknown, refusal
from drd.engine.loading import check_chain
from drd.engine.orders import Order
from drd.engine.parts import EngineParts
from drd.engine.places import Doors
from drd.engine.plans import Plans
from drd.engine.signals import ClaimLost, OrderUnsure
from drd.engine.verbs import Verbs
from drd.engine.waiting import Hub
from drd.ports.orders import Hold, PostedOrder

_log = structlog.get_logger(__name__)

_TRIES = 20
_RETRY_SECONDS = 0.05
_AGAIN_SECONDS = 0.25
"""Host time after which events are written again whose answer is lost."""


class Moves(Protocol):
    """What steering needs of a mover."""

    async def order(self, order: Order, mark: str = "") -> None:
        """Carry an order out."""
        ...

    async def pass_down(self, order: Order) -> None:
        """Give it to child runs."""
        ...

    def carried_out(self, mark: str) -> bool:
        """Say whether it was carried out before."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Helm:
    """What steering shares with the engine.

    Attributes:
        movers: runs that move here.
        stuck: runs that are held here and cannot be moved.
        doors: a run's is held while it is loaded, so that no order falls between its journal and its mover.
        told: hears what was written without a mover.
    """

    parts: EngineParts
    plans: Plans
    verbs: Verbs
    movers: Mapping[RunId, Moves]
    stuck: Mapping[RunId, DrdError]
    doors: Doors
    hub: Hub
    told: Callable[[RecoveryPlan, Sequence[Event]], None]


class Steering:
    """Takes orders, and hears those that were left for the runs that move here."""

    def __init__(self, helm: Helm) -> None:
        """Share what the engine has."""
        self._helm = helm
        self._parts = helm.parts
        self._busy: set[RunId] = set()

    async def control(self, order: Order) -> None:
        """Carry out a person's order; durable on return. Raises as `Engine.control`."""
        sent: set[str] = set()
        for _ in range(_TRIES):
            seen = self._helm.hub.version(order.run)
            try:
                if await self._give(order, sent):
                    return
            except OrderUnsure as unsure:
                sent.add(unsure.event)
            except ClaimLost:
                pass
            except JournalUnavailableError as error:
                if sent:
                    raise order_in_doubt(order, error.message) from error
                raise
            # The run is changing hands: in a moment it has a mover here, or elsewhere, or its journal is free again.
            await self._helm.hub.changed(order.run, seen, seconds=_RETRY_SECONDS)
        if sent:
            raise order_in_doubt(order, "the run is being taken over by another daemon")
        raise ConflictError(
            "the run is being taken over by another daemon", target=order.run, hint="try again in a few seconds"
        )

    async def _give(self, order: Order, sent: AbstractSet[str]) -> bool:
        """Bring the order to where it belongs; False when that changes now.

        `sent` names events by their hashes: of what was given before, and is in the journal or never will be once
        somebody else may write it.
        """
        mover = self._helm.movers.get(order.run)
        if mover is not None:
            if sent and _holds(await self._parts.journal.events(order.run), sent):
                return True
            await mover.order(order)
            await mover.pass_down(order)
            return True
        async with self._helm.doors.of(order.run):
            if order.run in self._helm.movers:
                return False
            written = await self._write(order, sent)
        return await self._post(order) if written is None else written

    async def _write(self, order: Order, sent: AbstractSet[str]) -> bool | None:
        """Write an order where nobody moves the run; None where another daemon does, False when that changes now."""
        orders, stuck = self._parts.orders, self._helm.stuck.get(order.run)
        if stuck is not None:
            if sent and _holds(await self._parts.journal.events(order.run), sent):
                return True
            raise RefusedError(
                f"cannot {order.request.value}: the run cannot be moved: {stuck.message}",
                target=order.run,
                hint=stuck.hint or "mend that first; nothing of this run is carried out meanwhile",
                code="not-now",
            )
        hold = await orders.hold(order.run) if orders is not None else None
        events = await self._parts.journal.events(order.run)
        if _holds(events, sent):
            return True
        progress = await self._folded(order.run, events)
        if hold is not None and hold.held and progress.final is None:
            return None
        token = progress.token if hold is None else hold.token + 1
        written = [self._event(progress, order, note, token) for note in decide(progress, order, self._helm.verbs)]
        if not await self._append(order, written, progress, hold):
            return False
        self._helm.told(progress.plan, written)
        await self._parts.dispatcher.submit(order.run)
        return True

    async def _progress(self, run: RunId) -> Progress:
        return await self._folded(run, await self._parts.journal.events(run))

    async def _folded(self, run: RunId, events: Sequence[Event]) -> Progress:
        check_chain(run, events)
        return fold(await self._helm.plans.get(str(events[0].payload["plan"])), events)

    async def _append(self, order: Order, written: Sequence[Event], progress: Progress, hold: Hold | None) -> bool:
        """Write events; again where the answer is lost: what is there already is not written twice."""
        loop = asyncio.get_running_loop()
        until = loop.time() + self._parts.options.order_patience_seconds
        while True:
            try:
                return await self._put(written, progress, hold)
            except JournalUnavailableError as error:
                if loop.time() >= until:
                    raise order_in_doubt(order, error.message) from error
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _put(self, written: Sequence[Event], progress: Progress, hold: Hold | None) -> bool:
        orders = self._parts.orders
        try:
            if orders is None or hold is None:
                await self._parts.journal.append(written, state=progress.state)
                return True
            return await orders.append_unheld(written, state=progress.state, after=hold)
        except (ConflictError, RefusedError):
            return False

    def _event(self, progress: Progress, order: Order, note: Note, token: int) -> Event:
        event = Event(
            run=order.run,
            sequence=progress.sequence + 1,
            kind=note.kind,
            at=self._parts.clock.now(),
            step=note.step,
            attempt=note.attempt,
            payload=note.payload,
            actor=order.actor,
            reason=order.reason,
            token=token,
        ).sealed(progress.newest_hash)
        progress.apply(event)
        return event

    async def _post(self, order: Order) -> bool:
        """Leave an order with the daemon that moves the run; False when it moves no more, and nobody has the order."""
        orders = self._parts.orders
        if orders is None:
            return False
        seconds = self._parts.options.order_patience_seconds
        return await Leaving(orders, self._progress, seconds=seconds).leave(order)

    def look(self) -> None:
        """Look again: a run moves here now, and orders for it may have been left before."""
        if self._parts.orders is not None:
            self._parts.orders.look()

    async def hear(self) -> None:
        """Carry out, for ever, what other daemons leave for the runs that move here."""
        orders = self._parts.orders
        if orders is None:
            return
        async with asyncio.TaskGroup() as group:
            while True:
                seen = orders.seen
                try:
                    waiting = await orders.waiting(frozenset(self._helm.movers)) if self._helm.movers else ()
                except JournalUnavailableError:
                    waiting = ()
                for run, posted in groupby(sorted(waiting, key=lambda each: each.run), key=lambda each: each.run):
                    if run not in self._busy:
                        self._busy.add(run)
                        group.create_task(self._carry_out(run, tuple(posted)), name=f"orders {run}")
                await orders.news(seen)

    async def _carry_out(self, run: RunId, posted: Sequence[PostedOrder]) -> None:
        """Carry out orders of one run in turn; what cannot be done now waits in the box."""
        try:
            for each in posted:
                mover = self._helm.movers.get(run)
                if mover is None or not await self._answered(mover, each):
                    return
        except (ClaimLost, JournalUnavailableError) as error:
            _log.info("order not carried out yet", run=run, because=str(error))
        finally:
            self._busy.discard(run)

    async def _answered(self, mover: Moves, posted: PostedOrder) -> bool:
        orders = self._parts.orders
        if orders is None:
            return False
        try:
            order = order_of(posted)
        except (ValueError, KeyError):
            await orders.answer(posted, refusal(order_unknown(posted)))
            return True
        outcome = DONE
        if not mover.carried_out(posted.id):
            if not await orders.take(posted):
                return True
            outcome = await self._outcome(mover, order, posted.id)
        await orders.answer(posted, outcome)
        if outcome is DONE:
            await mover.pass_down(order)
        return True

    async def _outcome(self, mover: Moves, order: Order, mark: str) -> Mapping[str, Json]:
        """Carry an order out and say what became of it. Raises JournalUnavailableError, ClaimLost: nothing yet."""
        try:
            await mover.order(order, mark=mark)
        except JournalUnavailableError:
            raise
        except DrdError as error:
            return refusal(error)
        except Exception as error:  # noqa: BLE001 - one order that drd fails on must not make it deaf to all others
            _log.exception("order failed", run=order.run)
            return refusal(order_in_doubt(order, f"drd itself failed: {type(error).__name__}"))
        return DONE


def _holds(events: Sequence[Event], sent: AbstractSet[str]) -> bool:
    return any(event.hash in sent for event in events)
