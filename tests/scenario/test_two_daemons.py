"""Two real daemons on one PostgreSQL, beside one sandbox: what one leaves, the other takes up at once."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from drd.api.wire.approvals import AnswerBody
from drd.api.wire.daemons import DaemonCardShape
from drd.api.wire.runs import RunDetailShape
from drd.cli.client import Daemon
from drd.cli.daemons_client import Daemons
from drd.daemon.rehearsal import Another, Rehearsal, RehearsalWish, another_daemon, rehearsal
from drd.domain.daemon_state import DaemonState
from drd.domain.events import Event, first_broken
from drd.domain.lifecycle import RunState
from proofs import account
from proofs.postgres import USER, server
from proofs.processes import House, start_failover, to_event

pytestmark = [pytest.mark.timeout(120), pytest.mark.place("where PostgreSQL's wheel is installed")]

LEASE = 20.0
AT_ONCE = 5.0
ENOUGH = 60.0
SERVICE = "burgerzaken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Two:
    """The daemons, and who speaks to them."""

    oost: Rehearsal
    west: Another

    def daemons(self, socket: Path) -> dict[str, DaemonCardShape]:
        """Ask one of them who there is."""
        with Daemons(socket) as asked:
            return {card.id: card for card in asked.list()}

    def until(self, socket: Path, true: Callable[[dict[str, DaemonCardShape]], bool], *, seconds: float) -> float:
        """Wait until the daemons are so; gives how long that took."""
        began = time.monotonic()
        while not true(self.daemons(socket)):
            assert time.monotonic() - began < seconds, self.daemons(socket)
            time.sleep(0.05)  # noqa: TID251 - waits for processes, in host time
        return time.monotonic() - began


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    """Start everything, with leases of the usual length."""
    with contextlib.ExitStack() as stack:
        folder = tmp_path_factory.mktemp("two")
        database = stack.enter_context(server())
        database.make("drd")
        store = {"postgresql": {"host": "127.0.0.1", "port": database.port, "dbname": "drd", "user": USER}}
        wish = RehearsalWish(folder=folder / "house", speed=60, store=store, daemon={"id": "oost"})
        oost = stack.enter_context(rehearsal(wish))
        yield Two(oost=oost, west=stack.enter_context(another_daemon(oost, "west")))


def test_a_run_goes_from_hand_to_hand_without_waiting_for_a_lease(two: Two) -> None:
    """Drained by a command, then by SIGTERM: nothing is sent twice, nothing is lost, and the run ends well."""
    oost, west = two.oost, two.west
    made = House(rehearsed=oost, daemon=oost.daemon_process, command=[], environment=dict(oost.environment))
    run = start_failover(made, SERVICE, confirm=SERVICE)
    two.until(west.socket, lambda seen: sum(card.runs for card in seen.values()) == 1, seconds=ENOUGH)
    cards = two.daemons(west.socket)
    assert {(card.id, card.own) for card in cards.values()} == {("oost", False), ("west", True)}
    first = next(card.id for card in cards.values() if card.runs)
    if first == "west":
        _tell(oost.socket, "west", drain=True)
        two.until(west.socket, lambda seen: seen["oost"].runs == 1, seconds=AT_ONCE + LEASE)
        _tell(oost.socket, "west", drain=False)

    _tell(west.socket, "oost", drain=True)
    drained = two.until(west.socket, lambda seen: seen["west"].runs == 1, seconds=LEASE)
    assert two.daemons(west.socket)["oost"].state is DaemonState.DRAINING
    _tell(west.socket, "oost", drain=False)
    two.until(west.socket, lambda seen: seen["oost"].state is DaemonState.SERVING, seconds=AT_ONCE)
    west.process.send_signal(signal.SIGTERM)
    west.process.wait(ENOUGH)
    ended = two.until(oost.socket, lambda seen: seen["oost"].runs == 1, seconds=LEASE)

    assert (ended < AT_ONCE, drained < AT_ONCE * 2) == (True, True)
    assert two.daemons(oost.socket)["west"].state is DaemonState.GONE
    assert west.process.returncode == 0
    view, events = _brought_home(oost, run)
    assert view.run.state is RunState.SUCCEEDED
    assert first_broken(events) is None
    assert account.repeated(oost.journal()) == {}


def _brought_home(through: Rehearsal, run: str) -> tuple[RunDetailShape, tuple[Event, ...]]:
    """Approve what is asked until the run is over."""
    with Daemon(through.socket) as me, Daemon(through.socket, through.second_actor) as other:
        until = time.monotonic() + ENOUGH
        while not (view := me.run(run)).run.state.final and time.monotonic() < until:
            for asked in other.approvals():
                other.answer(asked.id, AnswerBody(decision="approve", reason="proef"))
            time.sleep(0.05)  # noqa: TID251 - waits for processes, in host time
        return view, tuple(to_event(event) for event in me.events(run))


def _tell(through: Path, daemon: str, *, drain: bool) -> None:
    with Daemons(through) as asked:
        asked.drain(daemon, sure=False) if drain else asked.resume(daemon)
