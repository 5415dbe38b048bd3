"""kill -9 of a real daemon while everything is failed over: five points here, twenty and more in `make proof`."""

from datetime import UTC, datetime, timedelta

import pytest

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs.kills import kill_at, points

pytestmark = pytest.mark.timeout(120)

_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - rotates the points with the days, as CI's share of T1
_OF_ALL = 25
_SHARE = 5
_LONGEST = timedelta(seconds=10)
"""Processors here are slow and shared; the goal of 2 s is measured by `make proof`, alone on its machine."""


@pytest.mark.parametrize("dooms", points(_OF_ALL, turn=_TURN)[_TURN % _SHARE :: _SHARE], ids=" then ".join)
def test_a_killed_daemon_loses_no_run_and_sends_nothing_twice(dooms: tuple[str, ...]) -> None:
    """T1, T2, P1, P2: the sandbox saw every effect once, and the next daemon brings the run to its end."""
    killed = kill_at(*dooms)

    assert killed.deaths == len(dooms)
    assert killed.trouble == ()
    assert killed.state is RunState.SUCCEEDED
    assert killed.green
    assert killed.repeated == {}
    assert killed.lost == {}
    assert killed.broken == []
    assert all(took < _LONGEST for took in killed.resumed), killed.resumed


def test_a_drill_whose_daemon_is_killed_leaves_nothing_behind() -> None:
    """T1, T23, P3: the next daemon cleans up what the one before it made, once."""
    moments = ("after-send:3", "before-commit:20", "after-send:15", "after-commit:30", "before-send:19")
    killed = kill_at(moments[_TURN % len(moments)], mode=Mode.DRILL)

    assert killed.good, killed
    assert killed.left == frozenset()
