"""The points of Site Recovery and the RPO it reports, as functions of time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from drd.sandbox.recovery_services.replication_schedule import ReplicationHistory

NOW = datetime(2026, 11, 20, 10, 17, 23, tzinfo=UTC)
SINCE = NOW - timedelta(days=60)
INSTANTS = st.datetimes(datetime(2027, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def _history(stopped_at: datetime | None = None, since: datetime = SINCE) -> ReplicationHistory:
    return ReplicationHistory(seed="1", item="vm", since=since, stopped_at=stopped_at)


def test_points_lie_on_every_fifth_minute_and_full_hours_are_application_consistent() -> None:
    """The schedule of the 24-hour retention policy."""
    points = _history().points(NOW)
    assert [point.taken_at.minute for point in points[:4]] == [15, 10, 5, 0]
    assert [point.application_consistent for point in points[:4]] == [False, False, False, True]


def test_points_older_than_two_hours_are_hourly_and_none_is_older_than_a_day() -> None:
    """Pruned as the service prunes."""
    points = _history().points(NOW)
    old = [point for point in points if NOW - point.taken_at > timedelta(hours=2, minutes=5)]
    assert all(point.application_consistent for point in old)
    assert NOW - points[-1].taken_at <= timedelta(hours=24, minutes=5)


def test_a_point_can_be_used_some_seconds_after_its_instant() -> None:
    """Its data has to arrive first."""
    instant = NOW.replace(minute=20, second=0)
    assert _history().newest(instant).taken_at == instant - timedelta(minutes=5)  # type: ignore[union-attr]  # there is
    assert _history().newest(instant + timedelta(seconds=50)).taken_at == instant  # type: ignore[union-attr]  # same


def test_what_had_left_before_the_loss_still_arrives() -> None:
    """A point taken ten seconds before the loss can be used a minute later."""
    lost_at = NOW.replace(minute=20, second=10)
    newest = _history(lost_at).newest(lost_at + timedelta(minutes=1))
    assert newest is not None
    assert newest.taken_at == NOW.replace(minute=20, second=0)


def test_protection_that_began_just_now_has_no_point_yet() -> None:
    """And the newest is None, not an error."""
    history = _history(since=NOW - timedelta(seconds=30))
    assert history.points(NOW) == ()
    assert history.newest(NOW) is None


@given(lost_at=INSTANTS, later=st.timedeltas(timedelta(minutes=1), timedelta(days=3)))
def test_points_and_reading_freeze_at_the_loss(lost_at: datetime, later: timedelta) -> None:
    """However much later somebody asks."""
    history = _history(lost_at)
    settled = lost_at + timedelta(minutes=1)
    assert history.points(lost_at + later) == history.points(settled)
    assert history.rpo(lost_at + later) == history.rpo(lost_at)
    assert lost_at - history.points(settled)[0].taken_at < timedelta(minutes=5)


@given(now=INSTANTS)
def test_the_reading_is_young_and_small_while_replication_runs(now: datetime) -> None:
    """At most five minutes old and under three minutes: within an objective of fifteen."""
    reading = _history().rpo(now)
    assert timedelta(0) <= now - reading.calculated_at < timedelta(minutes=5)
    assert 35 <= reading.seconds <= 170


@given(now=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(hours=20)))
def test_an_application_consistent_point_keeps_its_name_until_it_is_a_day_old(now: datetime, later: timedelta) -> None:
    """Names are of the instant, not of the question."""
    after = {point.name: point.taken_at for point in _history().points(now + later)}
    for point in _history().points(now):
        if point.application_consistent and now + later - point.taken_at < timedelta(hours=24):
            assert after[point.name] == point.taken_at
