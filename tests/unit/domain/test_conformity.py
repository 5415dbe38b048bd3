"""L1: whether the points are those that their policy promises, and whether the policy is fast enough."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from drd.domain.backup_policy import LAST, BackupPolicy, Keeping, Times, policy_of
from drd.domain.conformity import Conformity, Promises, SeenPolicy, conforms, promised
from drd.domain.estate import Cleanliness, Mechanism, RecoveryPoint
from drd.domain.findings import Severity
from drd.domain.ids import ServiceId
from drd.domain.rung_exists import Subject
from drd.ports.inventory import ItemFacts
from tests.fakes.busy_house import NOW, item_facts
from tests.fakes.small_estate import HOME_VAULT, TENANT, item, points

DAY = timedelta(days=1)
NIGHTLY = BackupPolicy(times=Times(at=(time(3),), zone="UTC"), keeps=(Keeping(days=30),), instant_days=2)
SUNDAYS = Keeping(days=28, whole=False, weekdays=frozenset({6}))
WEEKS = replace(NIGHTLY, keeps=(Keeping(days=7), SUNDAYS))


def nightly(*ages: int, late: timedelta = timedelta(minutes=7)) -> tuple[RecoveryPoint, ...]:
    """Make points of so many nights ago: of the 03:00 of that day, a little later."""
    return points(*(NOW.replace(hour=3) - age * DAY + late for age in ages))


def judged(
    kept: Sequence[RecoveryPoint], policy: BackupPolicy | None = NIGHTLY, *, since: datetime | None = None,
    changed: datetime | None = None, rpo: timedelta | None = timedelta(hours=30), **others: object,
) -> Conformity:  # fmt: skip
    """Hold an item's points against a policy; they were made by it since the oldest, unless told otherwise."""
    oldest = min((each.time for each in kept), default=None)
    terms = {"points": tuple(kept), "points_total": len(kept), "policy": "nightly", "kept_since": since or oldest}
    facts = item_facts("vm-app", Mechanism.BACKUP, **{**terms, **others})
    return conforms(subject(rpo), [facts], promises(policy, changed=changed))


def subject(rpo: timedelta | None, *mechanisms: Mechanism) -> Subject:
    """Give an item that is backed up."""
    return Subject(
        tenant=TENANT,
        service=ServiceId("burgerzaken"),
        item=item("vm-app", *(mechanisms or (Mechanism.BACKUP,))),
        rpo=rpo,
        home_region="westeurope",
        recovery_region="northeurope",
        fresh=timedelta(minutes=15),
    )


def promises(policy: BackupPolicy | None, *, changed: datetime | None = None, seen_at: datetime = NOW) -> Promises:
    """Give the one policy of the vault."""
    seen = SeenPolicy(vault=HOME_VAULT, name="Nightly", policy=policy, seen_at=seen_at, since=changed)
    return Promises([seen], fresh=timedelta(minutes=15), now=NOW)


def counted(answer: Conformity) -> tuple[object, object]:
    """Give how many were promised and how many are missing."""
    return answer.measured["promised-points"], answer.measured["missing-points"]


def test_a_whole_chain_conforms() -> None:
    """A point a night for a month, each some minutes late; an infected one and one of the archive are there too."""
    kept = list(nightly(*range(31)))
    kept[3] = replace(kept[3], usable=False, cleanliness=Cleanliness.INFECTED)
    kept[9] = replace(kept[9], usable=False, tiers=("archive",))
    answer = judged(kept)

    assert (answer.findings, answer.unknown, counted(answer)) == ((), (), (29, 0))


@pytest.mark.parametrize(
    ("gone", "severity", "newest"),
    [
        ((2,), Severity.CRITICAL, "2026-11-20"),
        ((20,), Severity.WARNING, "2026-11-02"),
        ((15, 18, 20, 22), Severity.CRITICAL, "2026-11-07"),
    ],
)
def test_a_promised_point_that_is_not_there_is_found(gone: tuple[int, ...], severity: Severity, newest: str) -> None:
    """One of the last week, or more than one in ten, fails; else it is told."""
    [found] = judged(nightly(*(age for age in range(31) if age not in gone))).findings

    assert (found.code, found.severity) == ("points-below-policy", severity)
    assert newest in found.message
    assert found.hint


def test_points_that_went_before_their_time_are_missed_as_long_as_drd_remembers_them() -> None:
    """Somebody deleted all but the newest: the chain alone would look like that of a new machine."""
    kept = nightly(0, 1, 2, 3)

    assert judged(kept).findings == ()
    [found] = judged(kept, since=NOW - 40 * DAY).findings
    assert (found.code, found.severity) == ("points-below-policy", Severity.CRITICAL)


def test_a_point_that_was_made_much_too_late_or_is_only_told_is_none_of_its_slot() -> None:
    """Somebody made it by hand; and of one that is not listed nobody knows anything."""
    late = judged((*nightly(0), *nightly(1, late=timedelta(hours=4)), *nightly(2, 3)))
    told = judged((RecoveryPoint(id="", time=NOW.replace(hour=3, minute=7)), *nightly(1, 2, 3)))

    assert (counted(late), counted(told)) == ((3, 1), (3, 1))


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({"changed": NOW - DAY}, (1, 0)),
        ({"since": NOW - timedelta(hours=20)}, (1, 0)),
        ({"points_seen_at": NOW - 4 * DAY}, (1, 0)),
        ({"since": NOW - 20 * DAY, "points_total": 300}, (5, 3)),
        ({}, (5, 3)),
    ],
)
def test_what_nobody_could_know_is_held_against_nobody(others: dict[str, object], expected: tuple[int, int]) -> None:
    """Before the policy or its item's choice of it changed, after the listing, and before the points that are kept."""
    answer = judged(nightly(0, 4, 5), **others)  # type: ignore[arg-type]  # tests name the members

    assert counted(answer) == expected


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        (item_facts("vm-app", Mechanism.BACKUP), promises(NIGHTLY)),
        (item_facts("vm-app", Mechanism.BACKUP, policy="nightly"), promises(None)),
        (item_facts("vm-app", Mechanism.BACKUP, policy="nightly"), promises(NIGHTLY, seen_at=NOW - DAY)),
    ],
)
def test_a_policy_of_which_nothing_is_known_stays_unknown(facts: ItemFacts, known: Promises) -> None:
    """Not told, not understood, or not seen lately."""
    answer = conforms(subject(None), [facts], known)

    assert (answer.findings, len(answer.unknown)) == ((), 1)


def test_what_the_paired_region_tells_is_not_held_against_the_policy() -> None:
    """It lags by hours, and the vault itself does not answer."""
    away = [replace(each, region="northeurope") for each in nightly(3, 4)]

    assert judged(away).unknown == ("whether its backups conform to Nightly",)


def test_a_point_that_is_kept_for_weeks_may_be_replaced_by_a_later_one() -> None:
    """Of a week that is over, one point is enough; none is too few."""
    one, none = (judged(nightly(*range(7), *ages), WEEKS, since=NOW - 40 * DAY) for ages in ((13, 20), (20,)))

    assert (counted(one), counted(none)) == ((9, 0), (9, 1))


def test_a_policy_that_is_slower_than_the_promise_is_told() -> None:
    """Unless something else protects the item as well."""
    [found] = judged(nightly(0, 1), rpo=timedelta(hours=4)).findings
    both = subject(timedelta(hours=4), Mechanism.BACKUP, Mechanism.SITE_RECOVERY)
    facts = item_facts("vm-app", Mechanism.BACKUP, policy="nightly", points=nightly(0))

    assert (found.code, found.severity) == ("policy-slower-than-objective", Severity.WARNING)
    assert conforms(both, [facts], promises(NIGHTLY)).findings == ()


def test_slots_follow_the_zone_of_the_policy_through_the_change_of_clocks() -> None:
    """At three in the morning in Brussels, which on 25 October 2026 began to be an hour later in UTC."""
    policy = replace(NIGHTLY, times=Times(at=(time(3),), zone="Europe/Brussels"), keeps=(Keeping(days=4),))
    slots = list(promised(policy, datetime(2026, 10, 26, 12, 0, tzinfo=UTC)))

    assert [(each.at.day, each.at.hour) for each in slots] == [(26, 2), (25, 2), (24, 1)]


def test_the_longest_interval_of_a_week_goes_over_its_end() -> None:
    """From Friday to Tuesday."""
    weekly = Times(at=(time(22),), zone="UTC", weekdays=frozenset({1, 4}))

    assert weekly.longest_interval == 4 * DAY
    assert Times(at=(time(8), time(12), time(18)), zone="UTC").longest_interval == timedelta(hours=14)


def test_a_policy_is_read_as_it_was_written() -> None:
    """With all that it may say."""
    yearly = Keeping(days=3650, whole=False, dates=frozenset({LAST}), months=frozenset({12}))
    monthly = Keeping(days=336, whole=False, weekdays=frozenset({6}), weeks=frozenset({1, LAST}))
    policy = replace(NIGHTLY, keeps=(*WEEKS.keeps, monthly, yearly))

    assert policy_of(policy.to_json()) == policy
    assert [each.fits(datetime(2026, 12, 31, tzinfo=UTC).date()) for each in policy.keeps] == [True, False, False, True]
    assert monthly.fits(datetime(2026, 11, 29, tzinfo=UTC).date())
