"""T30 in small: what drd tells of RTO and RPO, wherever it tells it, is what was injected."""

import math
from datetime import UTC, datetime

import pytest

from proofs.truth import told
from proofs.truth.draw import draw
from proofs.truth.exported import figures, follow
from proofs.truth.proof import EXPORTED, VIRTUAL
from proofs.truth.virtually import compare

pytestmark = pytest.mark.timeout(400)

_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - rotates the cases with the days


# No day in the names of the tests: cores that collect them before and after midnight must find the same ones.
@pytest.mark.parametrize("seed", range(_TURN * 7, _TURN * 7 + VIRTUAL.share), ids=[*map(str, range(VIRTUAL.share))])
def test_every_figure_is_the_truth_to_a_second(seed: int) -> None:
    """T30: others each day; the rest in `make proof ONLY=truth`."""
    compared = compare(draw(seed))

    assert {what: far for what, far in compared.apart.items() if far > 1} == {}
    assert compared.missing == frozenset()
    assert compared.good


@pytest.mark.parametrize("seed", [1 + _TURN % EXPORTED.full], ids=["todays"])
def test_exported_series_stay_the_truth_through_deaths_hand_overs_and_jumps(seed: int) -> None:
    """T30: the journal's figures to the last digit, told by one daemon at a time; all in `make proof`."""
    followed = follow(draw(seed))

    assert followed.inexact == followed.changed == ()
    assert {what: far for what, far in followed.apart.items() if far > 1} == {}
    assert (followed.most, followed.missing) == (1, frozenset())
    assert followed.good, (followed.state, followed.silent)


def test_only_what_rto_and_rpo_are_told_with_is_followed() -> None:
    """The age of drd's own view, say, changes all the time."""
    page = """# TYPE drd_service_rto_objective_seconds gauge
drd_service_rto_objective_seconds{service="a",tenant="t"} 60.0
# TYPE drd_collector_duration_seconds gauge
drd_collector_duration_seconds{tenant="t"} 5.0
"""

    assert figures(page) == {
        ("drd_service_rto_objective_seconds", frozenset({("service", "a"), ("tenant", "t")})): 60.0
    }


def test_a_figure_that_is_wrong_or_missing_is_seen() -> None:
    """What nobody knows may stay unknown; what one side alone knows is as wrong as can be."""
    said = [told.Said(where="journal", what=what, value=value) for what, value in (("a", 7.0), ("b", None), ("c", 1.0))]

    assert told.differences(said, {"a": 9.5, "b": None}) == {
        "journal: a": 2.5,
        "journal: b": 0.0,
        "journal: c": math.inf,
    }
