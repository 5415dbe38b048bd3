"""Policies of Azure Backup in the forms that its official client knows: what each promises, or that nobody can tell."""

from datetime import UTC, datetime, time
from typing import Any

import pytest
from azure.mgmt.recoveryservicesbackup import models

from drd.domain.backup_policy import EVERY_DAY, LAST, BackupPolicy, Keeping, Times
from drd.providers.azure.backup_policies import read_policy
from drd.providers.azure.body import plain

AT = datetime(2020, 1, 1, 22, 30, tzinfo=UTC)
SUNDAY = frozenset({6})


def kept(count: int, unit: str) -> models.RetentionDuration:
    """Make a length."""
    return models.RetentionDuration(count=count, duration_type=unit)


def long_retention(**others: Any) -> models.LongTermRetentionPolicy:
    """Make what keeps a point a day for a month, and others for longer."""
    daily = models.DailyRetentionSchedule(retention_times=[AT], retention_duration=kept(30, "Days"))
    return models.LongTermRetentionPolicy(daily_schedule=daily, **others)


def read(schedule: Any, retention: Any, zone: str = "Romance Standard Time") -> BackupPolicy | None:
    """Read a policy for machines, as it is on the wire."""
    policy = models.ProtectionPolicyResource(
        properties=models.AzureIaaSVMProtectionPolicy(
            time_zone=zone,
            instant_rp_retention_range_in_days=2,
            schedule_policy=schedule,
            retention_policy=retention,
        )
    )
    return read_policy(plain(policy))


def test_a_policy_that_keeps_days_weeks_months_and_years_is_read_whole() -> None:
    """The first form, in a zone as Windows names it."""
    schedule = models.SimpleSchedulePolicy(schedule_run_frequency="Daily", schedule_run_times=[AT])
    retention = long_retention(
        weekly_schedule=models.WeeklyRetentionSchedule(
            days_of_the_week=["Sunday"], retention_times=[AT], retention_duration=kept(12, "Weeks")
        ),
        monthly_schedule=models.MonthlyRetentionSchedule(
            retention_schedule_format_type="Weekly",
            retention_schedule_weekly=models.WeeklyRetentionFormat(
                days_of_the_week=["Sunday"], weeks_of_the_month=["First", "Last"]
            ),
            retention_duration=kept(12, "Months"),
        ),
        yearly_schedule=models.YearlyRetentionSchedule(
            retention_schedule_format_type="Daily",
            months_of_year=["December"],
            retention_schedule_daily=models.DailyRetentionFormat(
                days_of_the_month=[models.Day(date=1, is_last=False), models.Day(date=0, is_last=True)]
            ),
            retention_duration=kept(10, "Years"),
        ),
    )

    policy = read(schedule, retention)

    assert policy == BackupPolicy(
        times=Times(at=(time(22, 30),), zone="Europe/Paris"),
        keeps=(
            Keeping(days=30),
            Keeping(days=84, whole=False, weekdays=SUNDAY),
            Keeping(days=336, whole=False, weekdays=SUNDAY, weeks=frozenset({1, LAST})),
            Keeping(days=3650, whole=False, dates=frozenset({1, LAST}), months=frozenset({12})),
        ),
        instant_days=2,
    )


def test_newer_policies_have_a_branch_for_each_frequency() -> None:
    """Every four hours within a window, daily, and on days of the week."""
    hourly = models.SimpleSchedulePolicyV2(
        schedule_run_frequency="Hourly",
        hourly_schedule=models.HourlySchedule(
            interval=4, schedule_window_start_time=AT.replace(hour=8, minute=0), schedule_window_duration=12
        ),
    )
    weekly = models.SimpleSchedulePolicyV2(
        schedule_run_frequency="Weekly",
        weekly_schedule=models.WeeklySchedule(schedule_run_days=["Monday", "Friday"], schedule_run_times=[AT]),
    )

    found = [read(each, long_retention(), "UTC") for each in (hourly, weekly)]

    assert [each.times if each else None for each in found] == [
        Times(at=(time(8), time(12), time(16), time(20)), zone="UTC", weekdays=EVERY_DAY),
        Times(at=(time(22, 30),), zone="UTC", weekdays=frozenset({0, 4})),
    ]


@pytest.mark.parametrize(
    ("schedule", "retention", "zone"),
    [
        (
            models.SimpleSchedulePolicy(schedule_run_frequency="Daily", schedule_run_times=[AT]),
            long_retention(),
            "Mars",
        ),
        (models.SimpleSchedulePolicy(schedule_run_frequency="Daily", schedule_run_times=[]), long_retention(), "UTC"),
        (models.SimpleSchedulePolicy(schedule_run_frequency="Sometimes", schedule_run_times=[AT]), None, "UTC"),
        (
            models.SimpleSchedulePolicy(
                schedule_run_frequency="Weekly", schedule_run_days=["Someday"], schedule_run_times=[AT]
            ),
            long_retention(),
            "UTC",
        ),
        (
            models.SimpleSchedulePolicy(schedule_run_frequency="Daily", schedule_run_times=[AT]),
            models.LongTermRetentionPolicy(
                daily_schedule=models.DailyRetentionSchedule(retention_duration=kept(3, "Moons"))
            ),
            "UTC",
        ),
        (None, None, "UTC"),
    ],
)
def test_a_policy_of_which_a_part_is_not_understood_promises_nothing_that_is_known(
    schedule: Any,
    retention: Any,
    zone: str,
) -> None:
    """Half a promise would be a wrong one."""
    assert read(schedule, retention, zone) is None
