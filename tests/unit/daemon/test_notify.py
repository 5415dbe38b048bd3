"""What the service manager hears, over its own kind of socket."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from drd.daemon.notify import Notifier


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Listen as a service manager does."""
    place = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(place))
        listening.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(place))
        yield listening


def _heard(manager: socket.socket) -> list[str]:
    lines: list[str] = []
    while True:
        try:
            lines += manager.recv(4096).decode().split("\n")
        except BlockingIOError:
            return [line for line in lines if line]


def test_the_manager_hears_that_the_daemon_serves_and_that_it_ends(manager: socket.socket) -> None:
    """Each in its turn."""
    notifier = Notifier(told=True)
    notifier.ready()
    notifier.stopping()

    assert _heard(manager) == ["READY=1", "STOPPING=1"]


def test_nothing_is_said_where_nobody_listens(manager: socket.socket) -> None:
    """Also when a library could find a socket: the daemon was told that there is none."""
    notifier = Notifier(told=False)
    notifier.ready()

    assert _heard(manager) == []


@pytest.mark.anyio
@pytest.mark.parametrize(("alive", "fed"), [(True, True), (False, False)])
async def test_the_watchdog_is_fed_only_by_a_daemon_that_lives(manager: socket.socket, alive: bool, fed: bool) -> None:
    """One that hangs says how it stands, and is started anew by its manager."""
    keeping = asyncio.create_task(Notifier(told=True).keep_alive(lambda: alive, lambda: "moves 2 runs"))
    await asyncio.sleep(0)
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)
    heard = _heard(manager)

    assert ("WATCHDOG=1" in heard) == fed
    assert "STATUS=moves 2 runs" in heard
