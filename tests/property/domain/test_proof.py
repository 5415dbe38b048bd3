"""Decay never grows, scores stay in their bounds, and a search or a sample keeps to its budget."""

from datetime import UTC, datetime, timedelta
from math import ceil, log2

from hypothesis import given, settings
from hypothesis import strategies as st

from drd.domain.clean_point import Examined, search_clean_point
from drd.domain.decay import remaining, standing_of
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.ids import ItemId, ServiceId, TenantId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.sampling import Budget, Candidate, sample

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
AGES = st.timedeltas(timedelta(0), timedelta(days=400))
HALVES = st.timedeltas(timedelta(hours=1), timedelta(days=400))


def _verification(rung: Rung, outcome: Outcome, age: timedelta) -> Verification:
    return Verification(
        id="v", tenant=TenantId("t"), service=ServiceId("s"), item=ItemId("i"), mechanism=Mechanism.BACKUP, point="p",
        point_time=None, rung=rung, outcome=outcome, at=NOW - age, took=timedelta(0), because="",
    )  # fmt: skip


VERIFICATIONS = st.lists(st.builds(_verification, st.sampled_from(Rung), st.sampled_from(Outcome), AGES), max_size=12)


@given(AGES, AGES, HALVES)
def test_proof_only_decays(one: timedelta, more: timedelta, half: timedelta) -> None:
    """Older is never worth more, and never below nothing."""
    assert 0.0 <= remaining(one + more, half) <= remaining(one, half) <= 1.0


@given(VERIFICATIONS, AGES, HALVES)
def test_a_score_stays_in_its_bounds_and_falls_when_nothing_is_done(
    done: list[Verification], later: timedelta, half: timedelta
) -> None:
    """Waiting never proves anything."""
    now, then = standing_of(done, NOW, half), standing_of(done, NOW + later, half)

    assert 0.0 <= then.score <= now.score + 1e-12 <= 1.0 + 2e-12


@given(VERIFICATIONS, st.sampled_from(Rung), HALVES)
def test_a_fresh_proof_never_lowers_and_a_fresh_failure_never_raises(
    done: list[Verification], rung: Rung, half: timedelta
) -> None:
    """Whatever was known before."""
    before = standing_of(done, NOW, half).score
    passed = [*done, _verification(rung, Outcome.PASSED, -timedelta(seconds=1))]
    failed = [*done, _verification(rung, Outcome.FAILED, -timedelta(seconds=1))]

    assert standing_of(passed, NOW, half).score >= before - 1e-12
    assert standing_of(failed, NOW, half).score <= before + 1e-12


def _points(count: int) -> list[RecoveryPoint]:
    return [RecoveryPoint(id=f"p{each}", time=NOW + timedelta(hours=each)) for each in range(count)]


def _searched(truth: list[Examined], budget: int) -> tuple[str | None, bool, int]:
    """Examine as told until the search is over; gives what was found, whether it is exact, and what it cost."""
    points, answers = _points(len(truth)), dict[str, Examined]()
    while True:
        search = search_clean_point(points, answers, budget=budget - len(answers))
        if search.next is None:
            return search.found.id if search.found else None, search.exact, len(answers)
        assert search.next.id not in answers
        answers[search.next.id] = truth[points.index(search.next)]


@given(st.integers(0, 40), st.integers(0, 40))
def test_a_lasting_infection_is_found_in_as_many_restores_as_a_bisection_takes(clean: int, infected: int) -> None:
    """The newest clean point, exactly."""
    truth = [Examined.CLEAN] * clean + [Examined.INFECTED] * infected
    found, exact, cost = _searched(truth, 100)

    assert found == (f"p{clean - 1}" if clean else None)
    assert exact == bool(clean)
    assert cost <= ceil(log2(len(truth) + 1))


@given(st.lists(st.sampled_from(Examined), max_size=30), st.integers(1, 30))
def test_whatever_the_truth_the_point_that_is_given_is_clean_and_the_budget_kept(
    truth: list[Examined], budget: int
) -> None:
    """Infections that come and go, and points that cannot be examined."""
    found, exact, cost = _searched(truth, budget)

    assert cost <= budget
    assert found is None or truth[int(found[1:])] is Examined.CLEAN
    assert found is not None or not exact


CANDIDATES = st.lists(
    st.builds(
        Candidate, tenant=st.just(TenantId("t")), service=st.just(ServiceId("s")),
        item=st.text("abc", min_size=1, max_size=3).map(ItemId), tier=st.integers(0, 4),
        rpo=st.none() | HALVES, points=st.integers(0, 3).map(lambda count: tuple(_points(count))),
        proven=st.floats(0, 1), failures=st.integers(0, 5), cores=st.integers(1, 16),
    ),
    max_size=12, unique_by=lambda each: each.item,
)  # fmt: skip


@settings(max_examples=60)
@given(CANDIDATES, st.integers(1, 8), st.integers(1, 40), st.integers(1, 16))
def test_a_sample_keeps_to_every_part_of_its_budget(
    candidates: list[Candidate], restores: int, core_hours: int, quota: int
) -> None:
    """And names each item once, with a point of its own and a reason."""
    budget = Budget(restores=restores, core_hours=core_hours, quota_cores=quota)
    picks = sample(candidates, budget, day=NOW.date())

    assert len(picks) <= restores
    assert sum(pick.candidate.core_hours for pick in picks) <= core_hours
    assert sum(pick.candidate.cores for pick in picks) <= quota
    assert len({pick.candidate.item for pick in picks}) == len(picks)
    assert all(pick.point in pick.candidate.points and pick.because for pick in picks)
