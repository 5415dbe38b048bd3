"""When schedules come, whether they may, and how their slots ended."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric

from drd.metrics.family import Family, Reading, counter, gauge, timestamp
from drd.ports.readings import ScheduleFigures
from drd.ports.slots import SlotState

_LABELS = ("tenant", "schedule")


def read_schedules(reading: Reading) -> Iterator[Metric]:
    """Tell of every schedule of the settings; one that is for all municipalities has an empty tenant."""
    known = {each.schedule: each for each in reading.figures.schedules}
    seen = [
        ((card.tenant or "", card.id), following, known.get(card.id, _new(card.id)))
        for card, following in reading.schedules
    ]
    yield gauge(
        "drd_schedule_enabled",
        "1 while the schedule may run, 0 while a person keeps it paused.",
        _LABELS,
        {key: float(not figures.paused) for key, _, figures in seen},
    )
    yield gauge(
        "drd_schedule_next_run_timestamp_seconds",
        "When the next slot begins that no freeze, window or pause keeps from running; 0 for none in sight.",
        _LABELS,
        {key: timestamp(None if figures.paused else following) for key, following, figures in seen},
    )
    yield gauge(
        "drd_schedule_last_success_timestamp_seconds",
        "When a slot last ended as ran or ran late; 0 for never.",
        _LABELS,
        {key: timestamp(figures.last_success_at) for key, _, figures in seen},
    )
    yield gauge(
        "drd_schedule_last_missed_timestamp_seconds",
        "When a slot was last seen to be missed, after an outage when it was over; 0 for never. Pauses do not count.",
        _LABELS,
        {key: timestamp(figures.last_missed_at) for key, _, figures in seen},
    )
    yield counter(
        "drd_schedule_missed",
        "Slots that were not run: nobody was there, a later one was due, a freeze, a closed window or a pause.",
        _LABELS,
        {key: float(figures.ended.get(SlotState.MISSED, 0)) for key, _, figures in seen},
    )
    yield counter(
        "drd_schedule_slots",
        "Slots that ended, by how: ran, ran-late, failed or missed.",
        (*_LABELS, "outcome"),
        {(*key, state.value): float(figures.ended.get(state, 0)) for key, _, figures in seen for state in _ENDS},
    )


_ENDS = (SlotState.RAN, SlotState.RAN_LATE, SlotState.FAILED, SlotState.MISSED)


def _new(schedule: str) -> ScheduleFigures:
    return ScheduleFigures(schedule=schedule, ended={})


FAMILY = Family(read=read_schedules)
