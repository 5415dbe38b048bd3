"""kill -9 of a real daemon, again and again: CI's share of the proofs, other moments at each run."""

from datetime import UTC, datetime

import pytest

from proofs import kills, whole_kills
from proofs.result import Extent, Proof, Result

pytestmark = pytest.mark.timeout(900)

_NOW = datetime.now(UTC)  # noqa: TID251 - rotates the moments with days and runs
_TURN = _NOW.timetuple().tm_yday * 24 * 60 + _NOW.hour * 60 + _NOW.minute


def _share(proof: Proof) -> Result:
    return proof.prove(Extent(count=proof.share, turn=_TURN, seed=_TURN))


def test_a_daemon_killed_at_any_moment_repeats_loses_and_leaves_nothing() -> None:
    """T1, P1, P2, P3: a fifth of the moments of six runbooks, in the sandbox's own account."""
    result = _share(kills.KILLS)

    assert result.bad == ()
    assert result.done >= kills.KILLS.share * 9 // 10


def test_a_daemon_killed_again_while_it_recovers_repeats_loses_and_leaves_nothing() -> None:
    """T2, P1, P2, P3: two to five deaths in one run."""
    result = _share(kills.RECOVERIES)

    assert result.bad == ()
    assert result.done >= kills.RECOVERIES.share // 2


def test_a_daemon_killed_while_it_moves_everything_repeats_loses_and_leaves_nothing() -> None:
    """T1: the runbooks as they ship, with their own time limits and 120 virtual PCs."""
    assert _share(whole_kills.PROOF).bad == ()
