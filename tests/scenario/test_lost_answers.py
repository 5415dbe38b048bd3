"""T4: answers that are lost after Azure accepted. A rotating share here, a thousand in `make proof`."""

from datetime import UTC, datetime

import pytest

from drd.domain.lifecycle import RunState
from proofs.ambiguous import LOSSES, SHORT, Spoiled, spoil

_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - rotates the journeys with the days
_EACH = 2
"""Journeys for each way to lose an answer."""


@pytest.mark.parametrize("place", range(len(LOSSES)), ids=list(LOSSES))
def test_what_was_accepted_is_found_again_and_never_sent_twice(place: int) -> None:
    """Most changes of a journey lose their answer: every run ends well, and each effect came once."""
    loss = list(LOSSES)[place]
    journeys = [SHORT[(_TURN + place * _EACH + each) % len(SHORT)] for each in range(_EACH)]
    tried: list[Spoiled] = [spoil(journey, loss, seed=_TURN) for journey in journeys]

    assert [(str(each), each.repeated) for each in tried if each.repeated] == []
    assert [(str(each), each.states, each.said) for each in tried if set(each.states) != {RunState.SUCCEEDED}] == []
    assert sum(each.lost for each in tried) > 0
