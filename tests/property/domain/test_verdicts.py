"""No drill is green that was not looked at twice, and no word that speaks against one makes it better."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from drd.domain.drill_verdict import (
    APART,
    PATIENCE,
    Claim,
    DrillVerdict,
    Listing,
    claim_of_listings,
    due_at,
    judged,
)
from tests.fakes.virtual_clock import EPOCH

_SETTLED = [each for each in DrillVerdict if each.settled]
CLAIMS = st.lists(st.builds(Claim, verdict=st.sampled_from(_SETTLED), because=st.text(max_size=5)), max_size=6)
CLAIM = st.builds(Claim, verdict=st.sampled_from(_SETTLED), because=st.text(max_size=5))
SEEN = st.tuples(st.sampled_from(["", "rg"]), st.sampled_from(["", "no right"]))
GAPS = st.timedeltas(timedelta(0), timedelta(hours=2))
ENOUGH = 40


@given(CLAIM, CLAIMS)
def test_one_more_claim_never_makes_a_drill_better(one: Claim, others: list[Claim]) -> None:
    """The worst counts, whatever the order in which things are said."""
    order = list(DrillVerdict)
    alone, all_said = judged([one]), judged([*others, one])

    assert order.index(all_said.verdict) <= order.index(alone.verdict)
    assert judged([one, *reversed(others)]).verdict is all_said.verdict
    assert all_said.verdict.green == all(each.verdict.green for each in (one, *others))


@given(st.lists(st.tuples(GAPS, SEEN), max_size=8))
def test_nothing_passes_without_two_empty_looks_far_enough_apart(seen: list[tuple[timedelta, tuple[str, str]]]) -> None:
    """Whatever else was seen, and in whatever rhythm."""
    at, listings = EPOCH, []
    for gap, (found, impossible) in seen:
        at += gap
        listings.append(Listing(at=at, found=(found,) if found else (), impossible=impossible))
    claim = claim_of_listings(listings)
    empty = [each.at for each in listings if each.empty]

    if any(each.found for each in listings):
        assert claim is not None
        assert claim.verdict is DrillVerdict.LEFTOVER
    elif claim is not None and claim.verdict.green:
        assert max(empty) - min(empty) >= APART
    assert (claim is None) == (due_at(EPOCH, listings) is not None)


@given(st.lists(SEEN, min_size=ENOUGH, max_size=ENOUGH), st.timedeltas(timedelta(0), timedelta(days=3)))
def test_who_looks_when_it_is_due_comes_to_an_end(worlds: list[tuple[str, str]], away: timedelta) -> None:
    """Also with a daemon that was away after the first look, and an end within bounds where nobody was."""
    listings: list[Listing] = []
    while (due := due_at(EPOCH, listings)) is not None:
        found, impossible = worlds[len(listings)]
        at = max(due, EPOCH + away) if listings else due
        listings.append(Listing(at=at, found=(found,) if found else (), impossible=impossible))

    claim = claim_of_listings(listings)
    assert claim is not None
    assert listings[-1].at <= EPOCH + away + APART + 3 * PATIENCE
