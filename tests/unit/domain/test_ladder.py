"""Decay, score and due dates of proofs, and which point comes next: pure, and certain of nothing that is not known."""

from datetime import UTC, date, datetime, timedelta

import pytest

from drd.domain.clean_point import Examined, search_clean_point
from drd.domain.decay import due_at, remaining, standing_of
from drd.domain.errors import RefusedError
from drd.domain.estate import Cleanliness, Mechanism, RecoveryPoint
from drd.domain.ids import ItemId, ServiceId, TenantId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.sampling import Budget, Candidate, sample

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HALF = timedelta(days=30)
DAY = date(2026, 11, 22)


def verification(rung: Rung, outcome: Outcome = Outcome.PASSED, *, age: timedelta = timedelta(0)) -> Verification:
    """Make a verification of one item."""
    return Verification(
        id=f"{rung}-{outcome}-{age}",
        tenant=TenantId("voorbeeld"),
        service=ServiceId("burgerzaken"),
        item=ItemId("vm-app"),
        mechanism=Mechanism.BACKUP,
        point="p0",
        point_time=NOW,
        rung=rung,
        outcome=outcome,
        at=NOW - age,
        took=timedelta(minutes=20),
        because="it did",
    )


def point(number: int, cleanliness: Cleanliness = Cleanliness.UNKNOWN, *, usable: bool = True) -> RecoveryPoint:
    """Make a point; the higher its number, the newer it is."""
    time = NOW - timedelta(days=100 - number)
    return RecoveryPoint(id=f"p{number}", time=time, usable=usable, cleanliness=cleanliness)


def candidate(name: str, **others: object) -> Candidate:
    """Make an item that may be proven."""
    terms: dict[str, object] = {
        "tenant": TenantId("voorbeeld"), "service": ServiceId("s"), "item": ItemId(name), "tier": 1,
        "rpo": timedelta(hours=1), "points": (point(2), point(1)), "proven": 0.5,
        **others,
    }  # fmt: skip
    return Candidate(**terms)  # type: ignore[arg-type]  # tests name the members


def test_a_proof_is_worth_half_after_its_half_life() -> None:
    """And never more than when it was new, also when two clocks differ."""
    assert remaining(HALF, HALF) == 0.5
    assert remaining(timedelta(0), HALF) == remaining(-HALF, HALF) == 1.0
    assert remaining(HALF, timedelta(0)) == 0.0


def test_everything_proven_just_now_is_the_whole_score() -> None:
    """Seven rungs make one."""
    standing = standing_of([verification(rung) for rung in Rung], NOW, HALF)

    assert standing.score == pytest.approx(1.0)
    assert standing.proven is not None
    assert standing.proven.rung is Rung.L6


def test_a_failed_restore_takes_what_stands_above_it() -> None:
    """The machine booted last month; today it does not."""
    proofs = [verification(Rung.L4, age=HALF), verification(Rung.L5, age=HALF)]
    failed = verification(Rung.L4, Outcome.FAILED)
    standing = standing_of([*proofs, failed], NOW, HALF)

    assert (standing.score, standing.proven) == (0.0, None)
    assert due_at(standing, Rung.L4, 1, HALF) is None


def test_a_point_that_is_too_old_today_does_not_undo_a_restore() -> None:
    """L0 speaks of the newest point; what was restored, was restored."""
    standing = standing_of([verification(Rung.L4), verification(Rung.L0, Outcome.FAILED)], NOW, HALF)

    assert standing.score == pytest.approx(0.25)


@pytest.mark.parametrize("outcome", [Outcome.INCONCLUSIVE, Outcome.ABORTED])
def test_what_was_not_found_out_proves_nothing_and_disproves_nothing(outcome: Outcome) -> None:
    """The older proof goes on to decay."""
    old = verification(Rung.L4, age=HALF)

    assert standing_of([old, verification(Rung.L4, outcome)], NOW, HALF) == standing_of([old], NOW, HALF)


def test_of_two_words_of_one_instant_the_bad_one_counts() -> None:
    """Nothing is green that is not certain."""
    both = [verification(Rung.L4), verification(Rung.L4, Outcome.FAILED)]

    assert standing_of(both, NOW, HALF) == standing_of(both[::-1], NOW, HALF)
    assert standing_of(both, NOW, HALF).proven is None


@pytest.mark.parametrize(
    ("rung", "tier", "length"),
    [
        (Rung.L0, 2, timedelta(days=1)),
        (Rung.L3, 1, timedelta(days=7)),
        (Rung.L3, 2, HALF),
        (Rung.L4, 0, HALF),
    ],
)
def test_each_rung_is_due_at_its_own_pace(rung: Rung, tier: int, length: timedelta) -> None:
    """What costs a restore comes less often, and for what matters most more often."""
    assert due_at(standing_of([verification(rung)], NOW, HALF), rung, tier, HALF) == NOW + length


def test_a_search_without_a_restore_is_refused() -> None:
    """It would find nothing, and look as if it had looked."""
    with pytest.raises(RefusedError, match="without a restore"):
        search_clean_point([point(1)], {}, budget=0)


def test_nothing_is_called_clean_that_was_not_examined() -> None:
    """Not even what the vault calls clean."""
    search = search_clean_point([point(1, Cleanliness.CLEAN)], {}, budget=1)

    assert (search.found, search.next) == (None, point(1, Cleanliness.CLEAN))


def test_what_the_vault_calls_infected_costs_no_restore() -> None:
    """Only what is older than the oldest infected one is examined."""
    points = [point(1), point(2, Cleanliness.INFECTED, usable=False), point(3)]
    first = search_clean_point(points, {}, budget=3)
    last = search_clean_point(points, {"p1": Examined.CLEAN}, budget=2)

    assert first.next == point(1)
    assert (last.next, last.found, last.exact) == (None, point(1), True)


def test_a_spent_budget_gives_what_was_found_and_says_that_more_may_be_clean() -> None:
    """Never as if it were the newest."""
    search = search_clean_point([point(each) for each in range(8)], {"p2": Examined.CLEAN}, budget=0)

    assert (search.found, search.exact, search.unexamined) == (point(2), False, 5)


def test_only_points_before_the_intrusion_are_looked_at() -> None:
    """The newest of them is the newest that can be found."""
    points = [point(each) for each in range(4)]
    search = search_clean_point(points, {"p1": Examined.CLEAN}, budget=1, before=point(2).time)

    assert (search.found, search.exact) == (point(1), True)


def test_an_unclear_point_is_passed_over_and_told() -> None:
    """It vanished while it was restored."""
    search = search_clean_point([point(1), point(2)], {"p2": Examined.UNCLEAR, "p1": Examined.INFECTED}, budget=1)

    assert (search.next, search.found) == (None, None)
    assert "1 could not be examined" in search.because


def test_beside_a_newer_point_that_could_not_be_examined_nothing_is_certain() -> None:
    """It may be the newest clean one; what was found is given, and not as the last word."""
    points = [point(1), point(2), point(3)]
    answers = {"p3": Examined.INFECTED, "p2": Examined.UNCLEAR, "p1": Examined.CLEAN}
    search = search_clean_point(points, answers, budget=1)

    assert (search.next, search.found, search.exact, search.unexamined) == (None, point(1), False, 1)
    assert "1 could not be examined" in search.because


def test_the_item_that_matters_most_and_is_proven_least_comes_first() -> None:
    """And says why."""
    picks = sample(
        [candidate("a", tier=2), candidate("b", tier=0), candidate("c", tier=0, proven=0.9)],
        Budget(restores=1),
        day=DAY,
    )

    assert [pick.candidate.item for pick in picks] == ["b"]
    assert "tier 0" in picks[0].because


def test_failures_make_an_item_worth_another_look() -> None:
    """It is more likely to be useless than its age says."""
    picks = sample([candidate("a"), candidate("b", failures=2)], Budget(restores=1), day=DAY)

    assert picks[0].candidate.item == "b"


def test_some_are_drawn_by_lot_and_every_day_differs() -> None:
    """So that nothing is never looked at, and older points are tried too."""
    estate = [candidate(f"vm-{number}") for number in range(20)]
    one = sample(estate, Budget(restores=5), day=DAY)
    other = sample(estate, Budget(restores=5), day=DAY + timedelta(days=1))

    assert len([pick for pick in one if "by lot" in pick.because]) == 1
    assert one != other
    assert one == sample(estate[::-1], Budget(restores=5), day=DAY)


@pytest.mark.parametrize(
    "budget", [Budget(restores=0), Budget(restores=3, core_hours=0), Budget(restores=3, quota_cores=0)]
)
def test_a_budget_of_zero_is_refused_with_a_reason(budget: Budget) -> None:
    """Silence would look like proof."""
    with pytest.raises(RefusedError) as refused:
        sample([candidate("a")], budget, day=DAY)

    assert (refused.value.code, bool(refused.value.hint)) == ("no-budget", True)


def test_what_does_not_fit_the_quota_or_has_no_point_is_left_out() -> None:
    """It cannot be restored."""
    big, empty = candidate("big", cores=64), candidate("empty", points=())

    assert sample([big, empty], Budget(restores=3, quota_cores=8), day=DAY) == ()
