"""Starts daemons quickly: a process that has imported everything, and forks for each daemon that is asked for.

A daemon so made is a process like any other, with memory, sockets and threads of its own; only the second and a half
that Python takes to read its modules is spared. Proofs that make thousands of daemons use it; how long a daemon takes
to resume is measured on those that were started with the real command.

`python -m proofs.zygote` reads lines of JSON from its input, [DOOM, LOG, ARGUMENT...], and answers each with the new
process's id.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import alembic.autogenerate
import alembic.command
from azure.core.rest import _aiohttp

from drd.api.routing import Routes
from drd.cli.commands.serve import SERVE
from drd.daemon.discovery import actions, checks, families, opener, routes
from drd.daemon.service import serve
from drd.metrics.family import Family
from proofs.doomed import run_doomed

READ_LATER = (alembic.autogenerate, alembic.command, _aiohttp, SERVE, serve)
"""What a daemon imports only when it needs it."""

_LOOK_SECONDS = 0.01


class DaemonProcess(Protocol):
    """As much of `subprocess.Popen` as a house needs of its daemon."""

    pid: int

    def poll(self) -> int | None:
        """Give None while it lives."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it is gone. Raises subprocess.TimeoutExpired."""
        ...

    def kill(self) -> None:
        """Kill it."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def send_signal(self, sig: int) -> None:
        """Send it a signal."""
        ...


class Forked:
    """A daemon that the zygote made. The zygote's kernel entry forgets it when it is gone, so it has no exit code."""

    def __init__(self, pid: int) -> None:
        """Take its process id."""
        self.pid = pid

    def poll(self) -> int | None:
        """Give None while it lives."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return -1
        return None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it is gone. Raises subprocess.TimeoutExpired."""
        until = time.monotonic() + (timeout if timeout is not None else 3600.0)
        while self.poll() is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_LOOK_SECONDS)
        return -1

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, sig: int) -> None:
        """Send it a signal; nothing when it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, sig)


class Zygote:
    """The process that forks. One environment for all its daemons."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        """Start it and wait until it has imported everything."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "proofs.zygote"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
        self._answer()

    def start(self, doom: str, log: Path, arguments: Sequence[str]) -> Forked:
        """Make a daemon."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([doom, str(log), *arguments]).encode() + b"\n")
        self._process.stdin.flush()
        return Forked(int(self._answer()))

    def close(self) -> None:
        """End it; its daemons live on."""
        with self._process as ending:
            assert ending.stdin
            ending.stdin.close()

    def _answer(self) -> bytes:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("the process that makes daemons has ended")
        return line


def main() -> None:
    """Import everything, then fork for each line."""
    actions()
    checks()
    opener("azure")
    families(Family)
    routes(Routes)
    # Children that are gone are forgotten at once.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        doom, log, *arguments = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(log)
            run_doomed(doom, arguments)
            os._exit(0)
        print(child, flush=True)


def _become(log: str) -> None:
    """Leave the parent's session, input and output."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for number, wanted in ((0, nothing), (1, nothing), (2, written)):
        os.dup2(wanted, number)
    os.close(nothing)
    os.close(written)


if __name__ == "__main__":
    main()
