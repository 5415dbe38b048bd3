"""The calendar: what is done by itself and when; stop it, let it go on, have it done now."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query

from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.schedules import (
    CalendarShape,
    ComingShape,
    PauseShape,
    ScheduleShape,
    SlotShape,
    SteerBody,
    TriggerBody,
)
from drd.operations.list_schedules import ScheduleView
from drd.ports.slots import Pause, Slot
from drd.ports.timetable import Coming

router = APIRouter(tags=["schedules"])

Count = Annotated[int, Query(ge=1, le=500)]
Days = Annotated[int, Query(ge=1, le=732)]


@router.get("/schedules")
async def schedules(use: Asked, caller: Caller) -> list[ScheduleShape]:
    """List the schedules in the settings' order."""
    return [_schedule(each) for each in await use.list_schedules(caller)]


@router.get("/coming")
async def coming(use: Asked, caller: Caller, schedule: str | None = None, count: Count = 5) -> list[ComingShape]:
    """Give the next slots of one schedule or of each, in order of time."""
    return [_coming(each) for each in await use.show_calendar.following(caller, schedule, count=count)]


@router.get("/calendar")
async def calendar(use: Asked, caller: Caller, schedule: str | None = None, days: Days = 92) -> CalendarShape:
    """Write what comes as iCalendar."""
    return CalendarShape(ics=await use.show_calendar.ics(caller, schedule, length=timedelta(days=days)))


@router.post("/schedules/{schedule}/trigger")
async def trigger(use: Asked, caller: Caller, schedule: str, body: TriggerBody) -> SlotShape:
    """Have a schedule's work done now; answers when it has begun."""
    return _slot(await use.steer_schedule.trigger(caller, schedule, reason=body.reason, anyway=body.anyway))


@router.post("/schedules/{schedule}/pause")
async def pause(use: Asked, caller: Caller, schedule: str, body: SteerBody) -> list[ScheduleShape]:
    """Stop a schedule until somebody resumes it."""
    await use.steer_schedule.pause(caller, schedule, reason=body.reason)
    return await _one(use, caller, schedule)


@router.post("/schedules/{schedule}/resume")
async def resume(use: Asked, caller: Caller, schedule: str, body: SteerBody) -> list[ScheduleShape]:
    """Let a schedule go on."""
    await use.steer_schedule.resume(caller, schedule, reason=body.reason)
    return await _one(use, caller, schedule)


async def _one(use: Asked, caller: Caller, schedule: str) -> list[ScheduleShape]:
    return [_schedule(each) for each in await use.list_schedules(caller) if each.card.id == schedule]


def _schedule(view: ScheduleView) -> ScheduleShape:
    card = view.card
    return ScheduleShape(
        id=card.id,
        does=card.does,
        tenant=card.tenant,
        rhythm=card.rhythm,
        zone=card.zone,
        catch_up=card.catch_up.value,
        windows=card.windows,
        freezes=card.freezes,
        pause=_pause(view.pause) if view.pause else None,
        next=_coming(view.following) if view.following else None,
        last=_slot(view.last) if view.last else None,
        at_work=_slot(view.at_work) if view.at_work else None,
    )


def _coming(slot: Coming) -> ComingShape:
    return ComingShape(
        schedule=slot.schedule,
        wall=slot.wall,
        due_at=slot.due_at,
        starts_at=slot.starts_at,
        odd=slot.oddity.value,
        barred=slot.barred,
    )


def _slot(slot: Slot) -> SlotShape:
    return SlotShape(
        wall=slot.wall,
        due_at=slot.due_at,
        state=slot.state.value,
        ended_at=slot.ended_at,
        because=slot.because,
        actor=slot.actor,
    )


def _pause(pause: Pause) -> PauseShape:
    return PauseShape(since=pause.since, actor=pause.actor, reason=pause.reason)


ROUTES = Routes(router)
