"""T12, T13, P6 in small: a day of the village with the shipped schedules, and one thing that goes wrong in it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from drd.ports.slots import SlotState
from proofs.days.faults import KINDS
from proofs.days.house import small_village
from proofs.days.play import DayTold, Played, play

pytestmark = pytest.mark.timeout(300)

_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - another trouble each day


def test_a_day_with_a_trouble_loses_no_slot_and_leaves_nothing(tmp_path: Path) -> None:
    """Every slot of every schedule has its row and its end; thirty days of everything are in `make proof ONLY=days`."""
    day, told = play(1, tmp_path, place=small_village(), seed=1 + _TURN % len(KINDS))

    assert isinstance(day, DayTold)
    assert isinstance(told, Played)
    assert told.bad == []
    assert sum(told.slots.values()) >= 24 * 9
    assert told.slots[SlotState.RAN.value] > 0
    assert day.measured.objects > 0
