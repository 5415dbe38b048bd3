"""Recovery points: which is chosen, and which was used; no time is ever made up."""

from datetime import UTC, datetime, timedelta

import pytest

from drd.domain.errors import PermanentError
from drd.domain.estate import Cleanliness, RecoveryPoint
from drd.domain.points import (
    NEWEST,
    NEWEST_CLEAN,
    POINT,
    POINT_TIME,
    Choice,
    agreed_point,
    chosen_point,
    judged,
    used_point,
)

NEW = RecoveryPoint(id="/v/points/new", time=datetime(2026, 11, 22, 2, 54, 59, 750_000, tzinfo=UTC))
OLD = RecoveryPoint(id="/v/points/old", time=datetime(2026, 11, 22, 1, tzinfo=UTC), consistency="application")
BAD = RecoveryPoint(id="/v/points/bad", time=datetime(2026, 11, 22, 3, tzinfo=UTC), usable=False)
POINTS = (BAD, NEW, OLD)
EXACT = {POINT: NEW.id, POINT_TIME: "2026-11-22T02:54:59.750Z"}


@pytest.mark.parametrize(
    ("wanted", "consistency", "point"),
    [(NEWEST, "", NEW), (NEWEST, "application", OLD), ("/V/points/OLD", "", OLD), (NEW.id, "application", NEW)],
)
def test_the_newest_usable_or_the_named_point_is_chosen(wanted: str, consistency: str, point: RecoveryPoint) -> None:
    """A consistency is asked of the newest only."""
    assert chosen_point(POINTS, wanted, consistency=consistency) == point


@pytest.mark.parametrize(("wanted", "consistency"), [(BAD.id, ""), ("nothing", ""), (NEWEST, "file-system")])
def test_no_other_point_is_chosen_instead(wanted: str, consistency: str) -> None:
    """Somebody has to name another."""
    with pytest.raises(PermanentError):
        chosen_point(POINTS, wanted, consistency=consistency)


@pytest.mark.parametrize(
    "told",
    [EXACT, {POINT: "NEW"}, {POINT_TIME: "2026-11-22T02:54:59Z"}, {POINT: NEW.id, POINT_TIME: "2026-11-22T02:54:59Z"}],
)
def test_the_used_point_is_found_by_its_name_or_its_time(told: dict[str, str]) -> None:
    """Jobs cut the fraction of a second off; the point has it."""
    used = used_point(told, POINTS, target="job")

    assert used[POINT_TIME] == EXACT[POINT_TIME]
    assert str(used[POINT]).casefold().endswith("new")


def test_a_time_without_a_point_is_still_a_time() -> None:
    """The point may have expired since."""
    assert used_point({POINT_TIME: "2026-11-22T02:00:00Z"}, (), target="job") == {
        POINT: "",
        POINT_TIME: "2026-11-22T02:00:00.000Z",
    }


@pytest.mark.parametrize("told", [{}, {POINT: "gone"}])
def test_a_point_that_nobody_tells_is_not_made_up(told: dict[str, str]) -> None:
    """An age that cannot be told is an error, not a guess."""
    with pytest.raises(PermanentError, match="nobody says"):
        used_point(told, POINTS, target="job")


@pytest.mark.parametrize(
    ("theirs", "agreed"),
    [
        ({}, EXACT),
        ({POINT: "/V/POINTS/NEW"}, EXACT),
        ({POINT_TIME: "2026-11-22T02:54:59Z"}, EXACT),
        ({POINT: OLD.id}, {POINT: OLD.id}),
        ({POINT_TIME: "2026-11-22T01:00:00Z"}, {POINT_TIME: "2026-11-22T01:00:00Z"}),
    ],
)
def test_the_services_word_counts_and_ours_adds_to_it(theirs: dict[str, str], agreed: dict[str, str]) -> None:
    """What it used is what it used, whatever was asked for."""
    assert agreed_point(EXACT, theirs) == agreed
    assert agreed_point({}, theirs) == theirs


DAY = timedelta(days=1)
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
SICK, ODD, WELL, ELDEST = (
    RecoveryPoint(id=name, time=NOW - age * DAY, cleanliness=said, usable=said is not Cleanliness.INFECTED)
    for age, (name, said) in enumerate(
        (
            ("sick", Cleanliness.INFECTED),
            ("odd", Cleanliness.UNKNOWN),
            ("well", Cleanliness.CLEAN),
            ("eldest", Cleanliness.CLEAN),
        )
    )
)
SCANNED = (SICK, ODD, WELL, ELDEST)


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        (Choice(), "odd"),
        (Choice(wanted=NEWEST_CLEAN), "well"),
        (Choice(wanted=NEWEST_CLEAN, accept_unknown=True), "odd"),
        (Choice(wanted=NEWEST_CLEAN, before=NOW - 2.5 * DAY), "eldest"),
        (Choice(before=NOW - 1.5 * DAY), "well"),
        (Choice(wanted="odd", before=NOW - 2.5 * DAY), "odd"),
    ],
)
def test_a_clean_point_is_one_that_was_found_clean(choice: Choice, name: str) -> None:
    """What nobody examined is not clean unless somebody says so; a point that is named is taken."""
    assert chosen_point(SCANNED, choice).id == name


def test_without_a_clean_point_none_is_chosen() -> None:
    """The error says of how many nothing is known, and its code is its own."""
    with pytest.raises(PermanentError, match="of 1 nothing is known") as refusal:
        chosen_point(SCANNED, Choice(wanted=NEWEST_CLEAN, before=NOW - 10 * DAY))
    assert refusal.value.code == "no-clean-point"


def test_a_copy_is_as_clean_as_its_original() -> None:
    """Found by its id; a copy without an original stays unknown, and an infected one cannot be used."""
    copies = tuple(RecoveryPoint(id=f"/vault/points/{name}", time=NOW, region="away") for name in ("sick", "well", "x"))
    told = judged(copies, SCANNED)
    assert [copy.cleanliness for copy in told] == [Cleanliness.INFECTED, Cleanliness.CLEAN, Cleanliness.UNKNOWN]
    assert [copy.usable for copy in told] == [False, True, True]
    assert {copy.region for copy in told} == {"away"}
