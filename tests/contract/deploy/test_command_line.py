"""One command line starts the daemon everywhere: in the unit, the pod and the image, and here."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.architecture.source import ROOT
from tests.contract.deploy.manifests import DOCKERFILE, container, started

DRD = Path(sys.executable).with_name("drd")
SETTINGS = "/etc/drd/drd.yaml"
READY_SECONDS = 30

# What MemoryDenyWriteExecute= means, by the kernel's own switch, which a program that is started keeps.
DENY = (
    "import ctypes, os, sys\n"
    "ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) and sys.exit('the kernel is too old')\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)
NEW_ENOUGH = subprocess.run([sys.executable, "-c", DENY, "/bin/true"], check=False, capture_output=True).returncode == 0
WITHIN = [
    pytest.param([], id="as it is"),
    pytest.param(
        [sys.executable, "-c", DENY],
        id="without memory that is written and executed",
        marks=[
            pytest.mark.place("a host with Linux 6.3 or newer"),
            pytest.mark.skipif(not NEW_ENOUGH, reason="the kernel has no such switch"),
        ],
    ),
]


def test_pod_and_image_start_what_the_unit_starts() -> None:
    """Nobody learns a second way to start it."""
    text = DOCKERFILE.read_text(encoding="utf-8")
    forms = [re.findall(rf"^{name} (.+)$", text, re.MULTILINE)[-1] for name in ("ENTRYPOINT", "CMD")]
    image = [word for form in forms for word in json.loads(form)]

    assert container()["command"] == started()
    assert image == started()


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    """Give the unit's own command line: the binary and the settings lie elsewhere, every other word is the unit's."""
    settings = tmp_path / "drd.yaml"
    settings.write_text(
        f"drd: settings/v1\ncatalogue: {ROOT}/config/catalogue\nrunbooks: {ROOT}/runbooks\n"
        'listen: {metrics: "127.0.0.1:0"}\n'
        "azure: {endpoint: http://127.0.0.1:9, token-endpoint: http://127.0.0.1:9}\n",
        encoding="utf-8",
    )
    given = started()
    assert given[0].endswith("/bin/drd")
    assert SETTINGS in given
    return [str(DRD), *(str(settings) if word == SETTINGS else word for word in given[1:])]


class _Manager:
    """What a service manager is for a unit of type notify: it listens to what the daemon says."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.settimeout(READY_SECONDS)
        self._said: set[str] = set()

    def until(self, wanted: str) -> None:
        """Wait until a line was said."""
        while wanted not in self._said:
            self._said.update(self._socket.recv(4096).decode().splitlines())

    def close(self) -> None:
        """Listen no more."""
        self._socket.close()


@contextmanager
def _daemon(command: list[str], manager: _Manager, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    for name in ("state", "run"):
        (folder / name).mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DRD_")},  # noqa: TID251 - PATH etc.
        "STATE_DIRECTORY": str(folder / "state"),
        "RUNTIME_DIRECTORY": str(folder / "run"),
        "NOTIFY_SOCKET": str(manager.path),
        "WATCHDOG_USEC": "2000000",
    }
    with (folder / "log").open("wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            yield daemon
        finally:
            daemon.kill()
            daemon.wait()


class TestServe:
    """The daemon itself."""

    def test_the_command_is_known(self, command: list[str]) -> None:
        """Every word of the command line before the settings is one that the command knows."""
        done = subprocess.run(
            [*command[:2], "--help"], capture_output=True, text=True, check=False, timeout=READY_SECONDS
        )

        assert done.returncode == 0, done.stderr
        assert "--config" in done.stdout

    @pytest.mark.parametrize("within", WITHIN)
    def test_the_daemon_says_that_it_serves_and_ends_when_told(
        self, command: list[str], tmp_path: Path, within: list[str]
    ) -> None:
        """Ready, alive for the watchdog, its journal and socket in systemd's folders, and gone on SIGTERM."""
        command = [*within, *command]
        with closing(_Manager(tmp_path)) as manager, _daemon(command, manager, tmp_path) as daemon:
            try:
                manager.until("READY=1")
            except TimeoutError:
                pytest.fail((tmp_path / "log").read_text(encoding="utf-8"))
            manager.until("WATCHDOG=1")
            kept = [path.name for path in (tmp_path / "state").rglob("*.db")]
            sockets = [path for path in (tmp_path / "run").iterdir() if path.is_socket()]
            daemon.send_signal(signal.SIGTERM)
            code = daemon.wait(READY_SECONDS)

        assert kept == ["drd.db"]
        assert [path.name for path in sockets] == ["drd.sock"]
        assert code == 0, (tmp_path / "log").read_text(encoding="utf-8")
