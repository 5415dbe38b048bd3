"""Which of Site Recovery's jobs may be the one that a verb started: items and recovery plans ask the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drd.providers.azure.replication import SKEW, in_time

SINCE = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def job(state: str, began: datetime | None) -> dict[str, Any]:
    """Write a job as Site Recovery tells it."""
    properties = {"state": state} | ({"startTime": began.isoformat()} if began else {})
    return {"properties": properties}


@pytest.mark.parametrize("state", ["InProgress", "Succeeded", "Failed"])
def test_a_job_that_began_afterwards_counts(state: str) -> None:
    """However it fares."""
    assert in_time(job(state, SINCE + timedelta(seconds=1)), SINCE)


@pytest.mark.parametrize(("state", "counts"), [("InProgress", True), ("Succeeded", True), ("Failed", False)])
@pytest.mark.parametrize("began", [SINCE - SKEW / 2, None])
def test_what_ended_badly_before_is_an_earlier_attempt(state: str, *, counts: bool, began: datetime | None) -> None:
    """Clocks differ a little, so what began just before counts; the failure that is tried again does not."""
    assert in_time(job(state, began), SINCE) is counts


def test_a_job_of_long_before_is_another_ones() -> None:
    """Whatever became of it."""
    assert not in_time(job("Succeeded", SINCE - SKEW - timedelta(seconds=1)), SINCE)
