"""Tasks, progress and durations of jobs, without a world."""

from datetime import UTC, datetime, timedelta

import pytest

from drd.sandbox.errors import ArmError
from drd.sandbox.recovery_services.backup_jobs import Job
from drd.sandbox.recovery_services.durations import duration_text
from drd.sandbox.recovery_services.replication_jobs import ReplicationJob, tasks_at
from drd.sandbox.recovery_services.replication_lifecycle import MOVES

START = datetime(2026, 11, 20, tzinfo=UTC)


def _job(**changes: object) -> ReplicationJob:
    values = {
        "name": "job",
        "move": MOVES["testFailover"],
        "item_id": "/x/item",
        "machine": "item",
        "started_at": START,
        "lasts": timedelta(seconds=100),
    }
    return ReplicationJob(**{**values, **changes})  # type: ignore[arg-type]  # names of fields


@pytest.mark.parametrize(
    ("seconds", "states"),
    [
        (0, ["InProgress", "NotStarted", "NotStarted", "NotStarted"]),
        (60, ["Succeeded", "Succeeded", "InProgress", "NotStarted"]),
        (99, ["Succeeded", "Succeeded", "Succeeded", "InProgress"]),
        (500, ["Succeeded", "Succeeded", "Succeeded", "InProgress"]),
    ],
)
def test_the_tasks_of_a_running_job_come_one_after_the_other(seconds: int, states: list[str]) -> None:
    """The last one is in progress until the job says that it ended, however late that is."""
    now = START + timedelta(seconds=seconds)
    assert [task.state for task in tasks_at(_job(), now)] == states


def test_a_failed_job_failed_in_its_last_task() -> None:
    """The ones before it succeeded."""
    job = _job(state="Failed", ended_at=START + timedelta(seconds=100), error=ArmError(400, "Code", "words"))
    assert [task.state for task in tasks_at(job, START + timedelta(hours=1))] == [*["Succeeded"] * 3, "Failed"]


def test_a_running_backup_job_never_claims_to_be_done() -> None:
    """Ninety-nine percent at most."""
    job = Job(
        name="job",
        operation="Restore",
        machine="vm",
        started_at=START,
        lasts=timedelta(seconds=200),
        properties={},
        tasks=(),
    )
    assert job.progress(START + timedelta(seconds=50)) == 25
    assert job.progress(START + timedelta(hours=1)) == 99


@pytest.mark.parametrize(
    ("span", "text"),
    [
        (timedelta(0), "PT0S"),
        (timedelta(minutes=3, seconds=4.25), "PT3M4.25S"),
        (timedelta(minutes=42, seconds=6), "PT42M6S"),
        (timedelta(hours=1), "PT1H"),
        (timedelta(hours=25, seconds=1), "PT25H1S"),
    ],
)
def test_durations_are_written_as_azure_writes_them(span: timedelta, text: str) -> None:
    """ISO 8601 without days."""
    assert duration_text(span) == text
