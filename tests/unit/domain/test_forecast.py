"""Percentiles of what was measured."""

from datetime import timedelta

import pytest

from drd.domain.forecast import percentile

HOURS = [timedelta(hours=each) for each in range(1, 21)]


@pytest.mark.parametrize(
    ("lengths", "rank", "hours"),
    [
        (HOURS, 50, 10),
        (HOURS, 90, 18),
        (HOURS[::-1], 90, 18),
        (HOURS[:3], 50, 2),
        (HOURS[:3], 90, 3),
        (HOURS[:1], 50, 1),
    ],
)
def test_a_percentile_is_a_length_that_was_measured(lengths: list[timedelta], rank: int, hours: int) -> None:
    """The nearest rank, in whatever order they come; of few the high one is the longest."""
    assert percentile(lengths, rank) == timedelta(hours=hours)


def test_of_nothing_there_is_no_forecast() -> None:
    """Nobody shall take 0 for one."""
    with pytest.raises(ValueError, match="nothing was measured"):
        percentile([], 50)
