"""Following a run: every event once, a clean end, and Ctrl-C that ends no run."""

from pathlib import Path

import pytest

from drd.api.wire.runs import StartBody
from drd.cli.client import Daemon
from drd.cli.common import Common
from drd.cli.exits import Exit
from drd.cli.faults import CommandError
from drd.cli.following import Follower, Pace, Stopped
from drd.cli.watching import Screen, Watch
from drd.cli.words import words_of
from drd.domain.plan import Mode
from tests.fakes.served_house import ServedHouse

pytestmark = pytest.mark.timeout(10)


def _waiting_run(daemon: Daemon) -> str:
    body = StartBody(runbook="burgerzaken", mode=Mode.FAILOVER, confirm="burgerzaken", reason="brand")
    return daemon.start(body).id


def _never() -> float:
    return 0.0


def test_every_event_is_given_once(served: ServedHouse) -> None:
    """However often the follower looks."""
    with Daemon(served.socket) as daemon:
        run = daemon.start(StartBody(runbook="oefening", mode=Mode.DRILL)).id
        pace = Pace(wait=lambda _seconds: False, elapsed=_never)
        seen = [event.sequence for sight in Follower(daemon, run, pace).sights() for event in sight.fresh]

    assert seen == list(range(1, len(seen) + 1))


def test_a_pace_that_is_told_to_stop_ends_the_following(served: ServedHouse) -> None:
    """The run goes on."""
    with Daemon(served.socket) as daemon:
        run = _waiting_run(daemon)
        with pytest.raises(Stopped):
            list(Follower(daemon, run, Pace(wait=lambda _seconds: True)).sights())

        assert not daemon.run(run).run.state.final


def test_ctrl_c_detaches_and_says_how_to_come_back(served: ServedHouse, capsys: pytest.CaptureFixture[str]) -> None:
    """130, the run goes on, two lines to copy."""

    def interrupted(_seconds: float) -> bool:
        raise KeyboardInterrupt

    with Daemon(served.socket) as daemon:
        run = _waiting_run(daemon)
        code = Watch(common=Common(), pace=Pace(wait=interrupted)).follow(daemon, run)

        assert not daemon.run(run).run.state.final
    told = capsys.readouterr().err
    assert code is Exit.INTERRUPTED
    assert f"drd run watch {run}" in told
    assert f"drd run cancel {run} --confirm burgerzaken --reason" in told


def test_the_screen_shows_on_top_what_a_person_must_do(
    served: ServedHouse, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question, then the exact command, then the run with its budget."""
    monkeypatch.setenv("COLUMNS", "200")
    common = Common(lang="en")
    with Daemon(served.socket) as daemon:
        run = _waiting_run(daemon)
        with Screen(common, words_of(common)) as screen:
            for sight in Follower(daemon, run, Pace()).sights(seconds=1):
                screen.see(sight)
    drawn = capsys.readouterr().out

    assert drawn.index("Switch DNS?") < drawn.index(f"drd approval approve {run}/go") < drawn.index("LEFT OF RTO")
    assert "waiting" in drawn


def test_a_daemon_that_starts_again_is_waited_for(tmp_path: Path, served: ServedHouse) -> None:
    """A watch that began outlives a restart, and says that what it shows is old."""
    told: list[str] = []
    elsewhere = tmp_path / "gone.sock"

    def wait(_seconds: float) -> bool:
        if served.socket.exists():
            served.socket.rename(elsewhere)
        else:
            elsewhere.rename(served.socket)
        return len(told) > 1

    with Daemon(served.socket) as daemon:
        run = _waiting_run(daemon)
        pace = Pace(wait=wait, elapsed=_never)
        follower = Follower(daemon, run, pace, silent=lambda error: told.append(error.problem.code))
        with pytest.raises(Stopped):
            list(follower.sights())

    assert told == ["no-daemon", "no-daemon"]


def test_a_daemon_that_stays_away_ends_the_watch(tmp_path: Path, served: ServedHouse) -> None:
    """With the error of a daemon that does not answer, after a minute."""
    with Daemon(served.socket) as daemon:
        run = _waiting_run(daemon)
        seconds = iter(range(0, 1000, 40))

        def wait(_seconds: float) -> bool:
            if served.socket.exists():
                served.socket.rename(tmp_path / "gone.sock")
            return False

        with pytest.raises(CommandError) as refused:
            list(Follower(daemon, run, Pace(wait=wait, elapsed=lambda: float(next(seconds)))).sights())

    assert refused.value.problem.code == "no-daemon"
