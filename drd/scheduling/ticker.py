"""The one ticker: each second of the host it looks which slots are due, claims them, and has the work done."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from drd.domain.errors import DrdError, JournalUnavailableError
from drd.ports.clock import Clock
from drd.ports.slots import Slot, Slots, SlotState
from drd.scheduling.schedule import CatchUp, Schedule, due_slots

_log = structlog.get_logger(__name__)

_TICK_SECONDS = 1
_DIED = "the daemon that worked on it ended before the work did"


class Ticker:
    """Runs schedules. Slots are in the store, so a restart neither repeats nor forgets one."""

    def __init__(self, schedules: Iterable[Schedule], *, slots: Slots, clock: Clock) -> None:
        """Take the schedules; nothing happens before `start` or `tick`."""
        self._schedules = tuple(schedules)
        self._slots = slots
        self._clock = clock
        self._begun_at = clock.now()
        self._scheduler: AsyncIOScheduler | None = None
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._unwritten: list[Slot] = []

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
        await self._tidy()
        for schedule in self._schedules:
            if schedule.id not in self._busy:
                await self._look(schedule)

    async def _tidy(self) -> None:
        try:
            unwritten, self._unwritten = self._unwritten, []
            for slot in unwritten:
                await self._end(slot)
            for slot in await self._slots.abandoned():
                _log.warning("slot abandoned", schedule=slot.schedule, wall=slot.wall)
                await self._end(replace(slot, state=SlotState.FAILED, ended_at=self._clock.now(), because=_DIED))
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

    async def settle(self) -> None:
        """Wait until the work that is under way has ended."""
        await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _look(self, schedule: Schedule) -> None:
        try:
            last = await self._slots.last(schedule.id)
            now = self._clock.now()
            after = last.due_at if last else await self._slots.since(schedule.id, at=self._begun_at)
            due = list(due_slots(schedule, after=after, now=now))
            may_run = [slot for slot in due if schedule.catch_up is CatchUp.LATEST or not _late(schedule, slot, now)]
            wanted = may_run[-1] if may_run else None
            for slot in due:
                if slot is not wanted:
                    await self._miss(schedule, slot, now)
            if wanted is not None and await self._slots.claim(wanted):
                self._begin(schedule, wanted, late=_late(schedule, wanted, now))
        except DrdError as error:
            _log.warning("schedule could not be looked at", schedule=schedule.id, error=str(error))

    async def _miss(self, schedule: Schedule, slot: Slot, now: datetime) -> None:
        if await self._slots.claim(slot):
            late = _late(schedule, slot, now)
            because = "nobody was there, or free" if late else "a later slot was due already"
            await self._end(replace(slot, state=SlotState.MISSED, ended_at=now, because=because))
            _log.warning("slot missed", schedule=schedule.id, wall=slot.wall, because=because)

    def _begin(self, schedule: Schedule, slot: Slot, *, late: bool) -> None:
        task = asyncio.create_task(self._work(schedule, slot, late=late), name=f"schedule {schedule.id}")
        self._busy[schedule.id] = task
        task.add_done_callback(lambda _: self._busy.pop(schedule.id, None))

    async def _work(self, schedule: Schedule, slot: Slot, *, late: bool) -> None:
        state, because = (SlotState.RAN_LATE if late else SlotState.RAN), ""
        try:
            await schedule.work(slot)
        except DrdError as error:
            state, because = SlotState.FAILED, str(error)
            _log.warning("scheduled work failed", schedule=schedule.id, wall=slot.wall, error=because)
        except Exception as error:  # noqa: BLE001 - whatever broke, the slot must not look as if it were still at work
            state, because = SlotState.FAILED, f"drd itself failed: {type(error).__name__}"
            _log.exception("scheduled work broke", schedule=schedule.id, wall=slot.wall)
        await self._end(replace(slot, state=state, ended_at=self._clock.now(), because=because))


def _late(schedule: Schedule, slot: Slot, now: datetime) -> bool:
    return now - slot.due_at > schedule.tolerance
