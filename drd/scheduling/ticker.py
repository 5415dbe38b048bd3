"""The one ticker: each second of the host it looks which slots are due, claims them, and has the work done."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from drd.domain.durations import format_instant
from drd.domain.errors import ConflictError, DrdError, JournalUnavailableError, NotFoundError
from drd.ports.clock import Clock
from drd.ports.slots import INTERRUPTED, Slot, Slots, SlotState
from drd.scheduling.deciding import decide
from drd.scheduling.schedule import Schedule, due_slots

_log = structlog.get_logger(__name__)

_TICK_SECONDS = 1

Work = Callable[[Schedule, Slot], Awaitable[object]]
"""Does what a schedule calls for. What it raises ends the slot as failed; a text that it gives is kept with the slot.
"""


class Ticker:
    """Runs schedules. Slots are in the store, so a restart neither repeats nor forgets one."""

    def __init__(
        self, schedules: Iterable[Schedule], *, work: Work, slots: Slots, clock: Clock,
        ticked: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """Take the schedules; nothing happens before `start`, `tick` or `trigger`. `ticked` is called at each tick."""
        self._ticked = ticked
        self._schedules = tuple(schedules)
        self._work = work
        self._slots = slots
        self._clock = clock
        self._begun_at = clock.now()
        self._scheduler: AsyncIOScheduler | None = None
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._unwritten: list[Slot] = []
        self._next: dict[str, datetime | None] = {}

    def start(self) -> None:
        """Tick from now on. The library's own grace would skip ticks silently, so it has none."""
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._scheduler.add_job(
            self.tick, "interval", seconds=_TICK_SECONDS, misfire_grace_time=None, coalesce=True, max_instances=1
        )
        self._scheduler.start()

    async def stop(self) -> None:
        """Tick no more, and end the work that is under way; the next daemon ends its slots."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
        for task in self._busy.values():
            task.cancel()
        await asyncio.gather(*self._busy.values(), return_exceptions=True)
        self._busy.clear()

    async def tick(self) -> None:
        """Look at every schedule once. One that is still at work is left alone: no overlap.

        Slots whose daemon died over its work end as failed first, and ends that could not be written are written.
        """
        self._ticked()
        await self._tidy()
        for schedule in self._schedules:
            if schedule.id not in self._busy and self._is_due(schedule):
                await self._look(schedule)

    async def settle(self) -> None:
        """Wait until the work that is under way has ended."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def trigger(self, schedule: str, *, actor: str, reason: str) -> Slot:
        """Begin a schedule's work now, as a slot of its own; returns when it has begun.

        Raises:
            NotFoundError: there is no such schedule.
            ConflictError: it is at work, here or elsewhere.
        """
        found = next((each for each in self._schedules if each.id == schedule), None)
        if found is None:
            raise NotFoundError("there is no such schedule", target=schedule, hint="`drd schedule list` shows all")
        now = self._clock.now()
        slot = Slot(schedule=schedule, wall=format_instant(now), due_at=now, actor=actor, because=reason)
        if schedule in self._busy or not await self._slots.claim(slot):
            hint = "`drd schedule list` shows since when; it is not run twice at the same time"
            raise ConflictError("this schedule is at work", target=schedule, hint=hint)
        _log.info("schedule triggered", schedule=schedule, actor=actor, reason=reason)
        self._begin(found, slot, late=False)
        return slot

    async def _tidy(self) -> None:
        try:
            unwritten, self._unwritten = self._unwritten, []
            for slot in unwritten:
                await self._end(slot)
            for slot in await self._slots.abandoned():
                _log.warning("slot abandoned", schedule=slot.schedule, wall=slot.wall)
                await self._end(replace(slot, state=SlotState.FAILED, ended_at=self._clock.now(), because=INTERRUPTED))
        except DrdError as error:
            _log.warning("slots could not be looked at", error=str(error))

    async def _end(self, slot: Slot) -> None:
        """Write how a slot ended; at the next tick again, where the store is away."""
        try:
            await self._slots.end(slot)
        except JournalUnavailableError as error:
            self._unwritten.append(slot)
            _log.warning("slot could not be ended yet", schedule=slot.schedule, wall=slot.wall, error=str(error))
        except DrdError as error:
            _log.warning("slot was ended by another daemon", schedule=slot.schedule, wall=slot.wall, error=str(error))

    def _is_due(self, schedule: Schedule) -> bool:
        """Say whether a look at the store may find something; a clock that was set back makes nothing due."""
        if schedule.id not in self._next:
            return True
        following = self._next[schedule.id]
        return following is not None and following <= self._clock.now()

    async def _look(self, schedule: Schedule) -> None:
        try:
            standing = await self._slots.standing(schedule.id, at=self._begun_at)
            if standing.at_work is not None:
                return
            now = self._clock.now()
            due, following = due_slots(schedule, after=standing.after, now=now)
            verdict = decide(schedule, due, standing.pauses, now)
            await self._record(schedule, verdict.before)
            if verdict.wanted is not None:
                if not await self._slots.claim(verdict.wanted):
                    return
                late = now - schedule.start_of(verdict.wanted) > schedule.tolerance
                self._begin(schedule, verdict.wanted, late=late)
                await self._record(schedule, verdict.after)
            self._next.pop(schedule.id, None)
            if verdict.is_all(due):
                self._next[schedule.id] = following
        except DrdError as error:
            _log.warning("schedule could not be looked at", schedule=schedule.id, error=str(error))

    async def _record(self, schedule: Schedule, missed: list[Slot]) -> None:
        written = await self._slots.record(missed)
        if len(written) == 1:
            _log.warning("slot missed", schedule=schedule.id, wall=written[0].wall, because=written[0].because)
        elif written:
            first, last = written[0], written[-1]
            _log.warning(
                "slots missed",
                schedule=schedule.id,
                count=len(written),
                first=first.wall,
                last=last.wall,
                because=last.because,
            )

    def _begin(self, schedule: Schedule, slot: Slot, *, late: bool) -> None:
        task = asyncio.create_task(self._do(schedule, slot, late=late), name=f"schedule {schedule.id}")
        self._busy[schedule.id] = task
        task.add_done_callback(lambda _: self._busy.pop(schedule.id, None))

    async def _do(self, schedule: Schedule, slot: Slot, *, late: bool) -> None:
        state, because = (SlotState.RAN_LATE if late else SlotState.RAN), slot.because
        try:
            said = await self._work(schedule, slot)
            because = "; ".join(each for each in (slot.because, said if isinstance(said, str) else "") if each)
        except DrdError as error:
            state, because = SlotState.FAILED, str(error)
            _log.warning("scheduled work failed", schedule=schedule.id, wall=slot.wall, error=because)
        except Exception as error:  # noqa: BLE001 - whatever broke, the slot must not look as if it were still at work
            state, because = SlotState.FAILED, f"drd itself failed: {type(error).__name__}"
            _log.exception("scheduled work broke", schedule=schedule.id, wall=slot.wall)
        await self._end(replace(slot, state=state, ended_at=self._clock.now(), because=because))
