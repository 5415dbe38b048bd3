"""Stop a schedule, let it go on, or have its work done now."""

from dataclasses import dataclass

from drd.domain.actor import Actor, Role
from drd.domain.errors import ForbiddenError, NotFoundError, RefusedError
from drd.ports.clock import Clock
from drd.ports.slots import Pause, Slot, Slots
from drd.ports.timetable import ScheduleCard, Timetable, Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class SteerSchedule:
    """What operators may order. Each order has a reason, and its actor and reason are kept.

    Every order raises:
        ForbiddenError: the actor is no operator; or has a role for some tenants only, and the schedule is for all.
        NotFoundError: there is no such schedule, or the actor may not see it.
        RefusedError: no reason was given.
    """

    timetable: Timetable
    slots: Slots
    turns: Turns
    clock: Clock

    async def pause(self, actor: Actor, schedule: str, *, reason: str) -> None:
        """Stop it until somebody resumes it; slots that are due meanwhile are recorded as missed, with this reason.

        What is at work goes on. Raises ConflictError when it is paused already.
        """
        self._may(actor, schedule, reason)
        await self.slots.pause(Pause(schedule=schedule, since=self.clock.now(), actor=actor.name, reason=reason))

    async def resume(self, actor: Actor, schedule: str, *, reason: str) -> None:
        """Let it go on with its next slot; none of the pause is made up for.

        Raises ConflictError when it is not paused.
        """
        self._may(actor, schedule, reason)
        await self.slots.resume(schedule, at=self.clock.now(), actor=actor.name, reason=reason)

    async def trigger(self, actor: Actor, schedule: str, *, reason: str, anyway: bool = False) -> Slot:
        """Have its work done now, beside its slots, also while it is paused.

        Raises ConflictError while it is at work, RefusedError in a freeze or outside its windows unless `anyway`.
        """
        self._may(actor, schedule, reason)
        barred = self.timetable.barred(schedule, self.clock.now())
        if barred and not anyway:
            raise RefusedError(
                f"this schedule may not begin now: {barred}",
                target=schedule,
                hint="wait, or say --anyway",
                code="barred",
            )
        return await self.turns.trigger(schedule, actor=actor.name, reason=reason)

    def _may(self, actor: Actor, schedule: str, reason: str) -> None:
        card = self._card(actor, schedule)
        actor.must_have(Role.OPERATOR, Role.RESPONDER, tenant=card.tenant)
        if card.tenant is None and actor.tenants:
            hint = "ask somebody whose role counts for all of them"
            raise ForbiddenError("this schedule is for every municipality", target=schedule, hint=hint)
        if not reason.strip():
            raise RefusedError("this needs a reason", target=schedule, hint="say --reason", code="no-reason")

    def _card(self, actor: Actor, schedule: str) -> ScheduleCard:
        found = next((card for card in self.timetable.cards() if card.id == schedule), None)
        if found is None or (found.tenant is not None and not actor.sees(found.tenant)):
            raise NotFoundError("there is no such schedule", target=schedule, hint="`drd schedule list` shows all")
        return found
