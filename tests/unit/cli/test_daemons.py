"""The daemons that share a database, as a person sees and drains them."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from drd.api.authentication import Person
from drd.domain.actor import Role
from drd.domain.daemon_state import DaemonState
from tests.fakes.served_house import ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)


@pytest.fixture
def owned(tmp_path: Path) -> Iterator[ServedHouse]:
    """Serve a house whose caller administers it."""
    owner = Person(name="beheer", uid=os.getuid(), roles=frozenset({Role.ADMIN}))
    with ServedHouse(tmp_path, people=(owner,)) as house:
        yield house


def test_the_list_marks_the_daemon_that_answers(owned: ServedHouse, drd: Drd) -> None:
    """With host, release, state, runs and heartbeat."""
    owned.daemons.cards.append(owned.daemons.card("west", state=DaemonState.SILENT))

    lines = drd("daemon", "list", "--lang", "en").out.splitlines()
    data = json.loads(drd("daemon", "list", "-o", "json").out)

    (own,) = [line for line in lines if "oost *" in line]
    assert all(told in own for told in ("host-oost", "takes runs", "2/1000", "2h", "3s ago"))
    assert any("west" in line and "silent" in line and "host-west" in line for line in lines)
    assert [(each["id"], each["own"], each["state"]) for each in data] == [
        ("oost", True, "serving"),
        ("west", False, "silent"),
    ]


def test_a_daemon_without_heartbeats_does_not_look_silent(owned: ServedHouse, drd: Drd) -> None:
    """On SQLite nobody would hear them; it has just answered."""
    owned.daemons.cards[0] = replace(owned.daemons.cards[0], seen_seconds_ago=7200.0)

    (own,) = [line for line in drd("daemon", "list", "--lang", "en").out.splitlines() if "oost *" in line]
    assert own.split()[-1] == "-"


def test_the_only_daemon_is_not_drained_by_a_slip(owned: ServedHouse, drd: Drd) -> None:
    """Its runs would stand still; who says yes knows it."""
    refused = drd("daemon", "drain")

    assert (refused.code, owned.daemons.cards[0].state) == (5, DaemonState.SERVING)
    assert "no other daemon takes runs" in refused.err
    assert "--yes" in refused.err
    assert drd("daemon", "drain", "--yes").code == 0
    assert owned.daemons.cards[0].state is DaemonState.DRAINING
    assert drd("daemon", "resume").code == 0
    assert owned.daemons.cards[0].state is DaemonState.SERVING


def test_one_of_two_is_drained_by_its_name(owned: ServedHouse, drd: Drd) -> None:
    """The other one takes its runs; one that drains, is silent or gone would not."""
    owned.daemons.cards.append(owned.daemons.card("west", state=DaemonState.DRAINING))
    assert drd("daemon", "drain", "oost").code == 5
    owned.daemons.cards.append(owned.daemons.card("zuid"))

    done = drd("daemon", "drain", "zuid", "-o", "json")

    assert (done.code, json.loads(done.out)["state"]) == (0, "draining")


def test_a_daemon_that_is_not_there_is_told(owned: ServedHouse, drd: Drd) -> None:
    """A slip of the pen drains nobody."""
    owned.daemons.cards.append(owned.daemons.card("weg", state=DaemonState.GONE))

    assert [drd("daemon", "drain", name, "--yes").code for name in ("nergens", "weg")] == [3, 3]


def test_only_an_administrator_drains(served: ServedHouse, drd: Drd) -> None:
    """Whoever the daemon knows may look."""
    assert drd("daemon", "list").code == 0
    assert [drd("daemon", word).code for word in ("drain", "resume")] == [4, 4]


def test_what_is_played_with_is_not_begun_beside_a_daemon_at_its_socket(owned: ServedHouse, drd: Drd) -> None:
    """5, before anything is started: its addresses would be told as those of the new one."""
    done = drd("dev")

    assert (done.code, done.out) == (5, "")
    assert f"another daemon listens there ({owned.socket})" in done.err
    assert "--socket" in done.err
