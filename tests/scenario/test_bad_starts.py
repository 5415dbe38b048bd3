"""A daemon that cannot start says why in one message, with what to do, and changes nothing."""

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from drd.cli.exits import Exit
from proofs.processes import plain_environment, serve_command
from proofs.stage import ROOT

_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with settings of its own."""

    folder: Path

    @property
    def config(self) -> Path:
        """Where the settings are."""
        return self.folder / "drd.yaml"

    @property
    def store(self) -> Path:
        """Where the data are."""
        return self.folder / "store"

    def write(self, **changes: Any) -> None:
        """Write settings that would work, but for these changes."""
        settings = {
            "drd": "settings/v1",
            "store": {"path": str(self.store)},
            "socket": {"path": str(self.folder / "drd.sock")},
            "listen": {"metrics": "127.0.0.1:0"},
            "catalogue": str(ROOT / "config" / "catalogue"),
            "runbooks": str(ROOT / "runbooks"),
            "azure": {
                "endpoint": "http://127.0.0.1:9",
                "token-endpoint": "http://127.0.0.1:9/msi/token",
                "identities": {
                    "drd-standing": {"client-id": "00000000-0000-0000-0000-0000000000a1"},
                    "drd-failover": {"client-id": "00000000-0000-0000-0000-0000000000a2"},
                },
            },
            "checks": {"resolver": "system", "allow": ["*.voorbeeld.example:443"]},
            **changes,
        }
        self.config.write_text(json.dumps(settings), encoding="utf-8")

    def start(self) -> "subprocess.CompletedProcess[str]":
        """Start a daemon that is expected to end by itself."""
        return subprocess.run(
            serve_command(self.config),
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env=plain_environment(),
            check=False,
        )

    def contents(self) -> dict[str, bytes]:
        """Give everything in the folder."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder with settings that would work."""
    made = Place(tmp_path)
    made.write()
    return made


def _port_in_use(place: Place) -> Iterator[Exit]:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        place.write(listen={"metrics": f"127.0.0.1:{other.getsockname()[1]}"})
        yield Exit.CONFLICT


def _socket_in_use(place: Place) -> Iterator[Exit]:
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as other:
        other.bind(str(place.folder / "drd.sock"))
        other.listen()
        yield Exit.CONFLICT


def _data_folder_below_a_file(place: Place) -> Iterator[Exit]:
    (place.folder / "a-file").write_text("not a folder", encoding="utf-8")
    place.write(store={"path": str(place.folder / "a-file" / "store")})
    yield Exit.FAILURE


def _store_is_no_database(place: Place) -> Iterator[Exit]:
    place.store.mkdir(mode=0o700)
    (place.store / "drd.db").write_bytes(b"this is no database at all, but it is somebody's file\n" * 100)
    yield Exit.FAILURE


def _no_settings(place: Place) -> Iterator[Exit]:
    place.config.unlink()
    yield Exit.USAGE


def _unknown_setting(place: Place) -> Iterator[Exit]:
    place.write(sockets={"path": "x"})
    yield Exit.USAGE


def _no_catalogue(place: Place) -> Iterator[Exit]:
    place.write(catalogue=str(place.folder / "nowhere"))
    yield Exit.USAGE


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_port_in_use, "port is in use"),
        (_socket_in_use, "another daemon listens"),
        (_data_folder_below_a_file, "data folder cannot be used"),
        (_store_is_no_database, "database"),
        (_no_settings, "drd.yaml"),
        (_unknown_setting, "sockets"),
        (_no_catalogue, "nowhere"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_a_daemon_that_cannot_start_says_why_and_changes_nothing(
    place: Place, spoil: Callable[[Place], Iterator[Exit]], words: str
) -> None:
    """One message with a hint on stderr, the documented exit code, and every file as it was."""
    spoiling = spoil(place)
    code = next(spoiling)
    before = place.contents()

    ended = place.start()

    spoiling.close()
    assert ended.returncode == code, ended.stderr
    assert words in ended.stderr
    assert "Hint" in ended.stderr or "hint" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    after = place.contents()
    assert {name: after[name] for name in before} == before
    assert {name for name in set(after) - set(before) if not name.endswith("drd.lock")} == set()


def test_a_second_daemon_on_one_data_folder_is_refused_and_the_first_goes_on(place: Place) -> None:
    """One holder a data folder; the message names the process that holds it."""
    first = subprocess.Popen(
        serve_command(place.config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=plain_environment()
    )
    try:
        _wait_for(place.folder / "drd.sock", first)
        place.write(socket={"path": str(place.folder / "second.sock")})
        ended = place.start()
        assert ended.returncode == Exit.CONFLICT, ended.stderr
        assert str(first.pid) in ended.stderr
        assert "Hint" in ended.stderr or "hint" in ended.stderr
        assert first.poll() is None
        assert not (place.folder / "second.sock").exists()
    finally:
        first.terminate()
        assert first.wait(_SECONDS) == 0
    assert not (place.folder / "drd.sock").exists()


def test_a_database_that_is_away_is_waited_for_until_somebody_stops_the_daemon(place: Place) -> None:
    """Its log says so; a service manager need not start it again and again."""
    place.write(store={"postgresql": {"host": "127.0.0.1", "port": 1}})
    with subprocess.Popen(
        serve_command(place.config),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=plain_environment(),
        text=True,
    ) as waiting:
        assert waiting.stderr is not None
        said = waiting.stderr.readline()
        waiting.terminate()
        assert waiting.wait(_SECONDS) == Exit.FAILURE

    assert "cannot be used yet" in said


def _wait_for(path: Path, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(path))
            except OSError:
                time.sleep(0.05)  # noqa: TID251 - waits for another process
            else:
                return
    raise AssertionError("the first daemon did not come up")
