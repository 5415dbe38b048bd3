"""Show what comes: the next slots, with what keeps them from being run, and the calendar that people subscribe to."""

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import islice

from drd.domain.actor import Actor
from drd.domain.errors import NotFoundError
from drd.ports.clock import Clock
from drd.ports.slots import Slots
from drd.ports.timetable import Coming, IcsWish, Timetable


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCalendar:
    """Tells what will be done by itself. Nothing is claimed by looking."""

    timetable: Timetable
    slots: Slots
    clock: Clock

    async def following(self, actor: Actor, schedule: str | None, *, count: int) -> tuple[Coming, ...]:
        """Give the next slots of a schedule, or of each that the actor sees, in order of time.

        Raises:
            NotFoundError: there is no such schedule, or the actor may not see it.
        """
        paused = await self._paused()
        now = self.clock.now()
        found = [
            replace(slot, barred=paused.get(name, "") or slot.barred)
            for name in self._seen(actor, schedule)
            for slot in islice(self.timetable.coming(name, after=now), count)
        ]
        return tuple(sorted(found, key=lambda slot: (slot.starts_at, slot.schedule)))

    async def ics(self, actor: Actor, schedule: str | None, *, length: timedelta) -> str:
        """Write what comes as iCalendar, with the freezes.

        Without a schedule, those that come more often than daily are left out.

        Raises:
            NotFoundError: there is no such schedule, or the actor may not see it.
            RefusedError: there are more slots than a calendar may hold.
        """
        wish = IcsWish(
            schedules=self._seen(actor, schedule),
            alone=schedule is not None,
            paused=await self._paused(),
            begins=self.clock.now(),
            length=length,
        )
        return self.timetable.ics(wish)

    async def _paused(self) -> dict[str, str]:
        return {each.schedule: str(each) for each in await self.slots.paused()}

    def _seen(self, actor: Actor, schedule: str | None) -> tuple[str, ...]:
        seen = [card.id for card in self.timetable.cards() if card.tenant is None or actor.sees(card.tenant)]
        if schedule is None:
            return tuple(seen)
        if schedule not in seen:
            raise NotFoundError("there is no such schedule", target=schedule, hint="`drd schedule list` shows all")
        return (schedule,)
