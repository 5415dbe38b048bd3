"""T30 in small: what drd tells of RTO and RPO, wherever it tells it, is what was injected."""

import math
from datetime import UTC, datetime

import pytest

from proofs.truth import told
from proofs.truth.draw import draw
from proofs.truth.proof import VIRTUAL
from proofs.truth.virtually import compare

_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - rotates the cases with the days


@pytest.mark.parametrize("seed", range(_TURN * 7, _TURN * 7 + VIRTUAL.share))
def test_every_figure_is_the_truth_to_a_second(seed: int) -> None:
    """T30: others each day; the rest in `make proof ONLY=truth`."""
    compared = compare(draw(seed))

    assert {what: far for what, far in compared.apart.items() if far > 1} == {}
    assert compared.missing == frozenset()
    assert compared.good


def test_a_figure_that_is_wrong_or_missing_is_seen() -> None:
    """What nobody knows may stay unknown; what one side alone knows is as wrong as can be."""
    said = [told.Said(where="journal", what=what, value=value) for what, value in (("a", 7.0), ("b", None), ("c", 1.0))]

    assert told.differences(said, {"a": 9.5, "b": None}) == {
        "journal: a": 2.5,
        "journal: b": 0.0,
        "journal: c": math.inf,
    }
