"""Evidence that somebody tampers with: CI's share of the proof, other changes at each run."""

from datetime import UTC, datetime

from proofs import tampering
from proofs.result import Extent

_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - rotates the changes with days


def test_every_change_of_a_chain_is_found_and_verifying_costs_little_more_than_hashing() -> None:
    """T24: bytes, lines, rows, ends that are cut off, chains that are written anew, files that are exchanged."""
    result = tampering.PROOF.prove(Extent(count=tampering.PROOF.share, seed=_TURN))

    assert result.bad == ()
    assert result.done == tampering.PROOF.share
    assert all(goal.met for goal in result.goals), result.figures
