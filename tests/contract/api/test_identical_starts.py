"""Identical starts over the real socket make one run, and a lost answer leaves nobody in doubt (T19)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest

from drd.api.wire.problem import Problem
from drd.api.wire.runs import RunShape, StartBody
from drd.cli.asking import new_key, sent
from drd.cli.client import NO_DAEMON, Daemon
from drd.cli.exits import Exit
from drd.cli.faults import CommandError
from drd.cli.following import PATIENCE_SECONDS, Pace
from drd.domain.plan import Mode
from tests.fakes.served_house import ServedHouse

pytestmark = pytest.mark.timeout(30)

AT_ONCE = 100
BODY = StartBody(runbook="te-laat", mode=Mode.DRILL, reason="why")


def _ask(served: ServedHouse, bodies: list[dict[str, Any]]) -> list[httpx2.Response]:
    transport = httpx2.HTTPTransport(uds=str(served.socket), limits=httpx2.Limits(max_connections=20))
    client = httpx2.Client(transport=transport, base_url="http://drd/api/v1", timeout=20)
    with client, ThreadPoolExecutor(20) as hands:
        return list(hands.map(lambda body: client.post("/runs", json=body), bodies))


def test_t19_a_hundred_identical_starts_at_once_make_one_run(tmp_path: Path) -> None:
    """With a key everybody gets the run; without, one does and the others are told of it, with 409."""
    # It waits for an approval, so it is not over before everybody has asked.
    waits = {"runbook": "burgerzaken", "mode": Mode.FAILOVER, "confirm": "burgerzaken"}
    bare = BODY.model_copy(update=waits)
    same = bare.model_copy(update={"key": new_key()})
    with ServedHouse(tmp_path) as served:
        answers = _ask(served, [same.model_dump(mode="json")] * AT_ONCE)
        assert {answer.status_code for answer in answers} == {202}
        (run,) = {answer.json()["id"] for answer in answers}
        refused = _ask(served, [bare.model_dump(mode="json")] * AT_ONCE)
        assert {(answer.status_code, answer.json()["other"]) for answer in refused} == {(409, run)}
        with Daemon(served.socket) as daemon:
            assert [each.id for each in daemon.runs()] == [run]


class Lossy:
    """A daemon whose answers to starts are lost so many times, after they had their effect or before."""

    def __init__(self, daemon: Daemon, times: int, *, after: bool) -> None:
        """Lose the first answers."""
        self.start_of = daemon.start
        self.times, self.after = times, after

    def start(self, body: StartBody) -> RunShape:
        """Start, perhaps, and answer, perhaps."""
        if self.times and not self.after:
            raise self._lost()
        run = self.start_of(body)
        if self.times:
            raise self._lost()
        return run

    def _lost(self) -> CommandError:
        self.times -= 1
        problem = Problem(title="the daemon does not answer", status=503, code=NO_DAEMON, target="x")
        return CommandError(problem, Exit.FAILURE)


def _pace(elapsed: Callable[[], float] = lambda: 0.0) -> Pace:
    return Pace(wait=lambda _seconds: False, elapsed=elapsed)


@pytest.mark.parametrize("after", [True, False], ids=["after", "before"])
def test_a_start_whose_answer_was_lost_is_sent_again_and_makes_one_run(tmp_path: Path, *, after: bool) -> None:
    """Whether it had its effect or not: the key finds out."""
    with ServedHouse(tmp_path) as served, Daemon(served.socket) as daemon:
        run = sent(Lossy(daemon, 3, after=after), BODY.model_copy(update={"key": new_key()}), _pace())  # type: ignore[arg-type]  # starts as a daemon does
        assert [each.id for each in daemon.runs()] == [run.id]


def test_a_daemon_that_stays_silent_leaves_the_key_to_ask_again_with(tmp_path: Path) -> None:
    """The person is told that nobody knows, and how to find out without starting twice."""
    times = iter([0.0, 1.0, PATIENCE_SECONDS])
    with ServedHouse(tmp_path) as served, Daemon(served.socket) as daemon:
        body = BODY.model_copy(update={"key": "k-1"})
        with pytest.raises(CommandError) as caught:
            sent(Lossy(daemon, 9, after=True), body, _pace(lambda: next(times)))  # type: ignore[arg-type]  # as above
        assert "nobody can tell whether the run was started" in caught.value.problem.title
        assert "--key k-1" in caught.value.problem.hint
        (found,) = daemon.runs()
        assert daemon.start(body).id == found.id


def test_a_start_without_a_key_is_not_sent_again(tmp_path: Path) -> None:
    """It might start a second run once the first is over."""
    with ServedHouse(tmp_path) as served, Daemon(served.socket) as daemon:
        with pytest.raises(CommandError):
            sent(Lossy(daemon, 1, after=True), BODY, _pace())  # type: ignore[arg-type]  # as above
        assert len(daemon.runs()) == 1
