"""The points that the sandbox makes by a policy are those that drd reads from the same policy's words."""

from datetime import UTC, datetime, timedelta

import pytest

from drd.domain.backup_policy import BackupPolicy
from drd.domain.conformity import promised
from drd.providers.azure.backup_policies import read_policy
from drd.sandbox.recovery_services.backup_schedule import BackupHistory, DailyBackup
from drd.sandbox.recovery_services.policies import DATABASE, MACHINE, SHARE, policy_body

DAY = timedelta(days=1)


def read(policy: DailyBackup, protects: str = MACHINE) -> BackupPolicy:
    """Read a policy as drd does."""
    found = read_policy({"properties": policy_body(policy, protects)})
    assert found is not None
    return found


@pytest.mark.parametrize("zone", ["UTC", "Europe/Brussels"])
@pytest.mark.parametrize("at", [timedelta(hours=2, minutes=30), timedelta(hours=23, minutes=55)])
def test_every_point_that_is_promised_is_made_and_kept(zone: str, at: timedelta) -> None:
    """On each of 400 days, through the changes of clocks: 10 days, and Sundays for 9 weeks."""
    policy = DailyBackup(at=at, retention=10 * DAY, weeks=9, zone=zone)
    words, history = read(policy), BackupHistory(seed="1", item="vm", policy=policy)
    for day in range(0, 400, 7):
        now = datetime(2026, 3, 1, 12, tzinfo=UTC) + day * DAY + timedelta(hours=day % 24)
        times = {point.taken_at for point in history.primary(now)}
        slots = [slot for slot in promised(words, now) if slot.by <= now]

        assert len(slots) == len({slot.at for slot in slots})
        assert len(slots) in {15, 16, 17}
        assert all(any(slot.at <= time <= slot.by for time in times) for slot in slots)
        assert not [slot for slot in slots if all(abs(slot.at - time) > timedelta(minutes=12) for time in times)]


@pytest.mark.parametrize("protects", [MACHINE, DATABASE, SHARE])
def test_what_is_protected_makes_no_difference_to_the_words(protects: str) -> None:
    """Older and newer forms say the same."""
    policy = DailyBackup(at=timedelta(hours=1), weeks=4, zone="Europe/Brussels")

    assert read(policy, protects).keeps == read(policy).keeps
    assert read(policy, protects).times == read(policy).times
