"""What becomes of the slots that are due: which one is run, and why the others are not. Touches nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from drd.domain.durations import format_duration
from drd.domain.timetable import CatchUp
from drd.ports.slots import Pause, Slot, SlotState
from drd.scheduling.schedule import Schedule

_LATER = "a later slot was due already"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be done, in this order, so that a daemon that dies in between leaves nothing out.

    Attributes:
        before: slots that are missed and are due before the one that is wanted; or all, where none is.
        wanted: the slot that is run.
        after: slots that are missed and are due after it.
    """

    before: list[Slot]
    wanted: Slot | None
    after: list[Slot]

    def is_all(self, due: Sequence[Slot]) -> bool:
        """Say whether every slot that was due has found its end; else the rest is for the next look."""
        return len(self.before) + len(self.after) + (self.wanted is not None) == len(due)


def decide(schedule: Schedule, due: Sequence[Slot], pauses: Iterable[Pause], now: datetime) -> Verdict:
    """Choose by the schedule's catch-up policy among the slots that are due and in order.

    A slot is run neither when something kept it from beginning at its time, nor when something does now.
    """
    held = tuple(pauses)
    barred_now = _barred(schedule, held, now) if due else ""
    why = [_why(schedule, slot, held, now) or barred_now for slot in due]
    able = [place for place, reason in enumerate(why) if not reason]
    if not able:
        missed = [_missed(slot, reason, now) for slot, reason in zip(due, why, strict=True)]
        return Verdict(before=missed, wanted=None, after=[])
    chosen = able[0] if schedule.catch_up is CatchUp.ALL else able[-1]
    reasons = [reason or _LATER for reason in why]
    before = [_missed(due[place], reasons[place], now) for place in range(chosen)]
    # Where all are run, those after this one are decided on when it has ended.
    rest = [] if schedule.catch_up is CatchUp.ALL else range(chosen + 1, len(due))
    return Verdict(before=before, wanted=due[chosen], after=[_missed(due[each], reasons[each], now) for each in rest])


def _why(schedule: Schedule, slot: Slot, pauses: tuple[Pause, ...], now: datetime) -> str:
    begins = schedule.start_of(slot)
    late = now - begins
    if schedule.catch_up is CatchUp.NONE and late > schedule.tolerance:
        barred = _barred(schedule, pauses, begins)
        return barred or f"nobody was there, or free; {format_duration(late)} late, and it does not catch up"
    return _barred(schedule, pauses, begins)


def _barred(schedule: Schedule, pauses: tuple[Pause, ...], instant: datetime) -> str:
    paused = next((str(pause) for pause in pauses if pause.holds(instant)), "")
    return paused or schedule.barred(instant)


def _missed(slot: Slot, because: str, now: datetime) -> Slot:
    return replace(slot, state=SlotState.MISSED, ended_at=now, because=because)
