"""List the schedules: when each comes next, how its last slot ended, and whether somebody stopped it."""

from dataclasses import dataclass

from drd.domain.actor import Actor
from drd.ports.slots import Pause, Slot, Slots, SlotState
from drd.ports.timetable import Coming, ScheduleCard, Timetable


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """A schedule as it stands.

    Attributes:
        following: the next slot that will be run; None while it is paused, or where none is in sight.
        last: the newest slot that ended. at_work: the one that is worked on.
    """

    card: ScheduleCard
    pause: Pause | None
    following: Coming | None
    last: Slot | None
    at_work: Slot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSchedules:
    """Reads the calendar and what became of its slots."""

    timetable: Timetable
    slots: Slots

    async def __call__(self, actor: Actor) -> tuple[ScheduleView, ...]:
        """Give the schedules of everybody and of the tenants that the actor sees, in the settings' order."""
        pauses = {each.schedule: each for each in await self.slots.paused()}
        seen = [card for card in self.timetable.cards() if card.tenant is None or actor.sees(card.tenant)]
        return tuple([await self._view(card, pauses.get(card.id)) for card in seen])

    async def _view(self, card: ScheduleCard, pause: Pause | None) -> ScheduleView:
        recent = await self.slots.recent(card.id, newest=5)
        return ScheduleView(
            card=card,
            pause=pause,
            following=None if pause else self.timetable.following(card.id),
            last=next((slot for slot in recent if slot.state is not SlotState.CLAIMED), None),
            at_work=next((slot for slot in recent if slot.state is SlotState.CLAIMED), None),
        )
