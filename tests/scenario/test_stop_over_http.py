"""The stop button and SIGTERM with real processes: the daemon's own threads and sockets, and the host's own seconds."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from drd.api.wire.approvals import AnswerBody
from drd.api.wire.runs import ControlBody
from drd.domain.lifecycle import RunState
from proofs import account
from proofs.processes import House, drive, house, start_failover
from proofs.stage import PARENT, TENANT

pytestmark = pytest.mark.timeout(180)

_SPEED = 60
_SECOND = timedelta(seconds=1)
_QUIET_SECONDS = 4.0
_GOING = 20
"""So many effects are in when it is stopped for the first time: the services' steps run side by side by then."""
_PAUSES = 2


@pytest.fixture
def made() -> Iterator[House]:
    """Start sandbox and daemon."""
    with house(speed=_SPEED) as started:
        yield started


def _host_now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - both processes and this one live by the same host's clock


def _sent(made: House, since: datetime) -> list[tuple[str, str]]:
    """Give what the runs changed later than a second of the host after an instant; not what Azure goes on with."""
    return [
        (entry["host-at"], entry["path"])
        for entry in account.of_runs(made.entries())
        if entry["effects"] and entry["client-request-id"] and account.instant(entry["host-at"]) > since + _SECOND
    ]


def _effects(made: House) -> int:
    return sum(account.kinds(account.of_runs(made.entries())).values())


def _until(made: House, effects: int) -> None:
    """Approve what is asked until so much was set in motion."""
    until = time.monotonic() + 60
    while _effects(made) < effects:
        assert time.monotonic() < until, "the run does not go on"
        with made.as_somebody(made.rehearsed.second_actor) as other:
            for asked in other.approvals():
                other.answer(asked.id, AnswerBody(decision="approve", reason="proof"))
        time.sleep(0.2)  # noqa: TID251 - another process is waited for


def test_t33_over_http_nothing_is_sent_later_than_a_second_after_a_pause_or_the_end_of_the_daemon(made: House) -> None:
    """All services at once, many steps side by side: paused again and again, then SIGTERM; it ends well, once."""
    run = start_failover(made, PARENT, confirm=TENANT)
    seen = _GOING
    for _ in range(_PAUSES):
        _until(made, seen)
        with made.as_somebody() as me:
            me.control(run, ControlBody(request="pause", reason="stop"))
            stopped = _host_now()
            time.sleep(_QUIET_SECONDS)  # noqa: TID251 - long enough for whatever should not come
            assert _sent(made, stopped) == []
            seen = _effects(made) + 1
            me.control(run, ControlBody(request="resume"))
    made.daemon.terminate()
    stopped = _host_now()
    assert made.daemon.wait(20) == 0
    assert _sent(made, stopped) == []

    driven = drive(made, run)

    assert driven.view.run.state is RunState.SUCCEEDED
    assert account.repeated(made.entries()) == {}
