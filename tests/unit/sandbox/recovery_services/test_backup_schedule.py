"""The points of a backup policy: a pure function of seed, item, policy and time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from drd.sandbox.recovery_services.backup_schedule import BackupHistory, Consistency, DailyBackup, OnDemand, Tier

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def _history(lost_at: datetime | None = None, **policy: timedelta) -> BackupHistory:
    daily = DailyBackup(**{"at": timedelta(hours=2), **policy})
    return BackupHistory(seed="1", item="vm", policy=daily, lost_at=lost_at)


def test_the_same_question_has_the_same_answer() -> None:
    """Nothing is remembered between two questions."""
    assert _history().primary(NOON) == _history().primary(NOON)


def test_another_seed_and_another_item_have_other_points() -> None:
    """Names and minutes differ."""
    policy = DailyBackup(at=timedelta(hours=2))
    first, second, third = (
        BackupHistory(seed=seed, item=item, policy=policy).primary(NOON)[0].name
        for seed, item in (("1", "vm"), ("2", "vm"), ("1", "other"))
    )
    assert len({first, second, third}) == 3


def test_a_backup_a_day_for_as_long_as_the_policy_keeps_them() -> None:
    """Thirty days, thirty points."""
    points = _history().primary(NOON)
    assert len(points) == 30
    assert all(timedelta(0) < point.taken_at - point.taken_at.replace(hour=2, minute=0, second=0) for point in points)


def test_a_young_point_is_instant_an_older_one_hardened_too_an_old_one_hardened_only() -> None:
    """The snapshot stays two days, the transfer takes three hours."""
    soon = _history().primary(NOON.replace(hour=3))[0]
    points = _history().primary(NOON)
    assert soon.tiers == (Tier.INSTANT,)
    assert points[0].tiers == (Tier.INSTANT, Tier.HARDENED)
    assert points[3].tiers == (Tier.HARDENED,)


def test_what_is_never_transferred_stays_a_snapshot_and_goes_with_it() -> None:
    """Two nights, and nothing in the vault."""
    points = _history(transfer=timedelta(days=40)).primary(NOON)
    assert [point.tiers for point in points] == [(Tier.INSTANT,)] * 2


def test_the_secondary_has_only_what_arrived() -> None:
    """With a lag of ten hours tonight's point is not there at noon minus one minute."""
    history = _history(secondary_lag=timedelta(hours=10))
    tonight = history.primary(NOON)[0]
    assert tonight.name not in {point.name for point in history.secondary(tonight.taken_at + timedelta(hours=9))}
    assert history.secondary(tonight.taken_at + timedelta(hours=10))[0].name == tonight.name


def test_a_policy_says_how_whole_its_points_are() -> None:
    """The consistency of the policy is that of every point."""
    policy = DailyBackup(at=timedelta(0), consistency=Consistency.FILE_SYSTEM)
    points = BackupHistory(seed="1", item="vm", policy=policy).primary(NOON)
    assert {point.consistency for point in points} == {Consistency.FILE_SYSTEM}


@given(lost_at=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(days=10)))
def test_nothing_is_made_or_arrives_after_the_loss(lost_at: datetime, later: timedelta) -> None:
    """What was there at the loss is what is there ever after."""
    history = _history(lost_at)
    assert history.primary(lost_at + later) == history.primary(lost_at)
    assert history.secondary(lost_at + later) == history.secondary(lost_at)
    assert all(point.taken_at <= lost_at for point in history.primary(lost_at + later))


@given(now=INSTANTS, later=st.timedeltas(timedelta(0), timedelta(days=2)))
def test_a_point_keeps_its_name_and_instant(now: datetime, later: timedelta) -> None:
    """Two days later every point of today that is not too old is still there, unchanged."""
    before = {point.name: point.taken_at for point in _history().primary(now)}
    after = {point.name: point.taken_at for point in _history().primary(now + later)}
    kept = {name: at for name, at in before.items() if now + later - at < timedelta(days=30)}
    assert kept.items() <= after.items()


@given(now=INSTANTS)
def test_the_secondary_is_a_lagging_part_of_the_primary_and_within_two_days(now: datetime) -> None:
    """Its newest point is old enough for the lag and young enough for an objective of 48 hours."""
    history = _history(secondary_lag=timedelta(hours=9))
    names = [point.name for point in history.primary(now)]
    copies = history.secondary(now)
    assert [point.name for point in copies] == names[len(names) - len(copies) :]
    assert timedelta(hours=9) <= now - copies[0].taken_at < timedelta(hours=48)


def test_an_old_point_moves_to_the_archive_tier() -> None:
    """In both regions, and from then on it is nowhere else."""
    history = _history(archive_after=timedelta(days=10))
    young, old = history.primary(NOON)[5], history.primary(NOON)[15]
    assert (young.is_archived, old.is_archived, old.tiers) == (False, True, (Tier.ARCHIVED,))
    assert history.secondary(NOON)[15].tiers == (Tier.ARCHIVED,)


def test_a_backup_on_demand_stands_between_the_others_until_its_own_end() -> None:
    """Newest first, and gone when it expires."""
    taken_at = NOON - timedelta(hours=1)
    asked = OnDemand(taken_at=taken_at, expires_at=NOON + timedelta(days=1))
    history = BackupHistory(seed="1", item="vm", policy=DailyBackup(at=timedelta(hours=2)), on_demand=(asked,))
    assert history.primary(NOON)[0].taken_at == taken_at
    assert history.primary(NOON)[0].expires_at == asked.expires_at
    assert taken_at not in {point.taken_at for point in history.primary(NOON + timedelta(days=1))}
    assert taken_at in {point.taken_at for point in history.secondary(NOON + timedelta(hours=8))}
