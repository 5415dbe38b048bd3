"""Schedules in metrics: whether they may run, when next, and how their slots ended."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from drd.ports.readings import ScheduleFigures
from drd.ports.slots import SlotState
from tests.fakes.busy_house import NOW, BusyHouse, busy_figures

pytestmark = pytest.mark.anyio


async def _told(house: BusyHouse) -> dict[tuple[str, ...], float]:
    """Give the series of schedules by name, schedule and outcome."""
    return {
        (sample.name.removeprefix("drd_schedule_"), sample.labels["schedule"], sample.labels.get("outcome", "")): value
        for family in text_string_to_metric_families(await house.text())
        for sample in family.samples
        if sample.name.startswith("drd_schedule_")
        for value in (sample.value,)
    }


async def test_what_became_of_slots_is_counted_and_the_next_one_is_told() -> None:
    """A miss shows at once; a schedule's counts go on after a restart, for they are the store's."""
    told = await _told(BusyHouse())

    assert [told["slots_total", "collect", end] for end in ("ran", "ran-late", "failed", "missed")] == [90, 2, 1, 3]
    assert told["missed_total", "collect", ""] == 3
    assert told["last_missed_timestamp_seconds", "collect", ""] == (NOW - timedelta(hours=3)).timestamp()
    assert told["last_success_timestamp_seconds", "collect", ""] == (NOW - timedelta(minutes=10)).timestamp()
    assert told["next_run_timestamp_seconds", "collect", ""] == (NOW + timedelta(minutes=15)).timestamp()
    assert told["enabled", "collect", ""] == 1


async def test_a_paused_schedule_is_not_enabled_and_has_no_next_run() -> None:
    """And never ran: 0 stands for never; once resumed, the next Tuesday in Brussels is told."""
    paused = await _told(BusyHouse())
    assert [paused[name, "drills", ""] for name in ("enabled", "next_run_timestamp_seconds")] == [0, 0]
    assert [paused[f"last_{end}_timestamp_seconds", "drills", ""] for end in ("success", "missed")] == [0, 0]

    figures = busy_figures()
    resumed = await _told(BusyHouse(replace(figures, schedules=(figures.schedules[0],))))
    tuesday = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    assert [resumed[name, "drills", ""] for name in ("enabled", "next_run_timestamp_seconds")] == [
        1,
        tuesday.timestamp(),
    ]
    assert resumed["slots_total", "drills", "missed"] == 0


async def test_what_left_the_settings_is_told_no_more() -> None:
    """Its slots stay in the store; its series end."""
    gone = ScheduleFigures(schedule="gone", ended={SlotState.MISSED: 7})
    told = await _told(BusyHouse(replace(busy_figures(), schedules=(gone,))))

    assert {schedule for _, schedule, _ in told} == {"collect", "drills"}
