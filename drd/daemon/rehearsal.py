"""A whole installation to play with: a sandbox and a daemon as separate processes, with the sample municipality.

The only place, besides the sandbox's own command, that knows that there is a sandbox. The daemon that it starts does
not: it reads settings that happen to point to loopback.
"""

import contextlib
import json
import signal
import socket as sockets
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

import drd
from drd.daemon.clock import ScaledClock
from drd.domain.durations import format_instant, parse_instant
from drd.domain.errors import ConflictError, NotFoundError, PermanentError
from drd.settings.environment import process_environment

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_LOG_LINES = 8
_JOURNAL_PAGE = 500
_MEMORY = {"MALLOC_ARENA_MAX": "1"}
"""Threads wait, they do not compete: an arena of memory for each would only hold on to what was once used there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalWish:
    """What is wanted.

    Attributes:
        folder: where its files are kept; None for a folder that goes when the rehearsal ends.
        socket: where the daemon's socket is; None for one in the folder.
        speed: how many times as fast world time runs.
        hurry: how many times as soon as recorded Azure's operations end.
        seed: of everything that the sandbox would otherwise draw by chance.
        store: the settings' section `store`; None for a data folder.
        daemon: the settings' section `daemon`.
        settings: other sections, in the place of those that a rehearsal would write.
    """

    folder: Path | None = None
    socket: Path | None = None
    speed: int = 120
    hurry: float = 1.0
    seed: int = 1
    store: Mapping[str, Any] | None = None
    daemon: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A rehearsal that runs.

    Attributes:
        sandbox: base URL of the sandbox. front: of the proxy that answers for guests.
        metrics: URL of the daemon's metrics.
        second_actor: the name under which a second person may answer approvals.
        environment: of the daemon.
    """

    folder: Path
    config: Path
    socket: Path
    metrics: str
    sandbox: str
    front: str
    clock: ScaledClock
    speed: int
    second_actor: str
    sandbox_process: "subprocess.Popen[bytes]"
    daemon_process: "subprocess.Popen[bytes]"
    environment: Mapping[str, str]

    def lose_region(self, region: str, *, ago: timedelta) -> datetime:
        """Declare a region lost some world time ago; gives the instant."""
        at = self.clock.now() - ago
        body = {"region": region, "at": format_instant(at)}
        httpx2.post(f"{self.sandbox}/_sandbox/region-down", json=body).raise_for_status()
        return at

    def journal(self) -> list[dict[str, Any]]:
        """Give every request that the sandbox saw, in order. Asked in pages: as one answer it would weigh megabytes."""
        entries: list[dict[str, Any]] = []
        while True:
            asked = {"since": len(entries), "limit": _JOURNAL_PAGE}
            answer = httpx2.get(f"{self.sandbox}/_sandbox/journal", params=asked).raise_for_status().json()
            if not answer["entries"]:
                return entries
            entries += answer["entries"]

    def peak_memory_mib(self) -> dict[str, int]:
        """Give the peak resident memory of both processes, so far."""
        processes = {"sandbox": self.sandbox_process, "daemon": self.daemon_process}
        return {name: _peak_mib(process.pid) for name, process in processes.items()}


@contextlib.contextmanager
def rehearsal(wish: RehearsalWish) -> Iterator[Rehearsal]:
    """Start sandbox and daemon, and stop both at the end, whatever happens.

    Raises:
        PermanentError: one of them did not start; its last words are in the message.
        ConflictError: a daemon answers at that socket already; it would be taken for this one.
        NotFoundError: the sample files are not where they should be.
    """
    if wish.socket is not None and _listens(wish.socket):
        hint = "stop it first, or choose another socket with --socket"
        raise ConflictError("another daemon listens there", target=str(wish.socket), hint=hint)
    with contextlib.ExitStack() as stack:
        folder = wish.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drd-")))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sandbox, facts = stack.enter_context(_sandbox(folder, wish))
        config = _write_settings(folder, wish, facts)
        socket = wish.socket or folder / "drd.sock"
        environment = _environment(facts)
        daemon = stack.enter_context(_daemon(folder / "daemon.log", config, environment))
        metrics = _wait_for_daemon(daemon, socket, folder / "daemon.log")
        yield Rehearsal(
            folder=folder,
            config=config,
            socket=socket,
            metrics=metrics,
            sandbox=facts["base-url"],
            front=facts["front-url"],
            clock=ScaledClock(epoch=parse_instant(facts["clock"]["epoch"]), speed=wish.speed),
            speed=wish.speed,
            second_actor=_SECOND_ACTOR,
            sandbox_process=sandbox,
            daemon_process=daemon,
            environment=environment,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Another:
    """One more daemon on the rehearsal's database."""

    name: str
    config: Path
    socket: Path
    metrics: str
    process: "subprocess.Popen[bytes]"


@contextlib.contextmanager
def another_daemon(beside: Rehearsal, name: str) -> Iterator[Another]:
    """Start one more daemon on the rehearsal's database, which must be PostgreSQL; stop it at the end.

    Raises:
        PermanentError: it did not start; its last words are in the message.
    """
    settings = json.loads(beside.config.read_text(encoding="utf-8"))
    config, socket, log = (beside.folder / f"{name}{end}" for end in (".yaml", ".sock", ".log"))
    settings["socket"]["path"] = str(socket)
    settings["daemon"] = {**settings.get("daemon", {}), "id": name}
    config.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    with _daemon(log, config, beside.environment) as process:
        metrics = _wait_for_daemon(process, socket, log)
        yield Another(name=name, config=config, socket=socket, metrics=metrics, process=process)


_SECOND_ACTOR = "crisiscel"
_APPROVERS = "crisisteam"
_RECOVERY = "northeurope"


def sample_files() -> Path:
    """Give the folder that holds `config/` and `runbooks/` of the sample municipality.

    Raises:
        NotFoundError: this installation was packed without them.
    """
    package = Path(drd.__file__).parent
    for folder in (package / "sample", package.parent):
        if (folder / "runbooks").is_dir() and (folder / "config" / "catalogue").is_dir():
            return folder
    hint = "install drd from its wheel or its source tree"
    raise NotFoundError("the sample municipality is missing", target=str(package / "sample"), hint=hint)


@contextlib.contextmanager
def _sandbox(folder: Path, wish: RehearsalWish) -> Iterator[tuple["subprocess.Popen[bytes]", dict[str, Any]]]:
    command = [sys.executable, "-m", "drd", "sandbox", "start", "--speed", str(wish.speed), "--seed", str(wish.seed)]
    command += ["--hurry", str(wish.hurry)]
    with _process([*command, "--json"], folder / "sandbox.log", process_environment()) as process:
        line = process.stdout.readline() if process.stdout else b""
        if not line:
            raise _did_not_start("sandbox", folder / "sandbox.log")
        facts: dict[str, Any] = json.loads(line)
        authority = httpx2.get(facts["ca-url"]).raise_for_status()
        (folder / "authority.pem").write_bytes(authority.content)
        yield process, facts


def _environment(facts: Mapping[str, Any]) -> dict[str, str]:
    """Give a daemon's environment; azure-identity finds the sandbox's token endpoint in it."""
    return {
        **{name: value for name, value in process_environment().items() if not name.startswith("DRD_")},
        "IDENTITY_ENDPOINT": facts["token-endpoint"],
        "IDENTITY_HEADER": facts["identity-header"],
    }


@contextlib.contextmanager
def _daemon(log: Path, config: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a daemon as a service would."""
    command = [sys.executable, "-m", "drd", "serve", "--config", str(config)]
    with _process(command, log, environment) as process:
        yield process


@contextlib.contextmanager
def _process(command: list[str], log: Path, environment: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a child in a session of its own, so that Ctrl-C reaches it only through us; stop it at the end."""
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command, no text of others
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=out,
            env={**_MEMORY, **environment},
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def _write_settings(folder: Path, wish: RehearsalWish, facts: Mapping[str, Any]) -> Path:
    sample = sample_files()
    settings = {
        "drd": "settings/v1",
        "store": dict(wish.store) if wish.store else {"path": str(folder / "store")},
        "daemon": {"region": _RECOVERY, **wish.daemon},
        "socket": {"path": str(wish.socket or folder / "drd.sock")},
        "listen": {"metrics": "127.0.0.1:0"},
        "catalogue": str(sample / "config" / "catalogue"),
        "runbooks": str(sample / "runbooks"),
        "azure": {
            "endpoint": facts["base-url"],
            "identities": {
                "drd-standing": {"client-id": "00000000-0000-0000-0000-0000000000a1"},
                "drd-failover": {"client-id": "00000000-0000-0000-0000-0000000000a2"},
            },
        },
        "checks": {
            "resolver": facts["front-url"],
            "drill-resolver": facts["drill-front-url"],
            "allow": ["*.voorbeeld.example:*", "10.2.1.0/24:*", "10.99.1.0/24:*"],
            "authority": str(folder / "authority.pem"),
        },
        # Time runs fast here: whoever plays with a drill may let it wait as long as they like.
        "drills": {"longest": "30d"},
        "clock": {"epoch": facts["clock"]["epoch"], "speed": wish.speed},
        "roles": [
            {
                "user": _own_user(),
                "role": "admin",
                "act-as": [{"actor": _SECOND_ACTOR, "role": "approver", "contacts": [_APPROVERS]}],
            }
        ],
        # Nothing that starts by itself and acts: who plays with it starts what is to be seen.
        "schedules": [
            {"id": "collect", "does": "collect", "every": "5m"},
            {"id": "readiness", "does": "readiness", "every": "15m"},
        ],
        "logging": {"format": "json"},
        **wish.settings,
    }
    config = folder / "drd.yaml"
    # JSON is YAML 1.2, and its writer quotes everything that needs it.
    config.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")
    return config


def _own_user() -> int:
    return Path("/proc/self").stat().st_uid


def _wait_for_daemon(process: "subprocess.Popen[bytes]", socket: Path, log: Path) -> str:
    """Wait until the daemon answers; gives the address of its metrics."""
    until = time.monotonic() + _START_SECONDS
    with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(socket)), base_url="http://drd") as client:
        while time.monotonic() < until:
            if process.poll() is not None:
                raise _did_not_start("daemon", log)
            # Asked before it listens, the HTTP client would leave its socket to the garbage collector.
            if _listens(socket):
                with contextlib.suppress(httpx2.TransportError):
                    metrics: str = client.get("/api/v1/daemon").raise_for_status().json()["metrics"]
                    return metrics
            _pause()
    raise _did_not_start("daemon", log)


def _listens(path: Path) -> bool:
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _pause() -> None:
    # The process is young and nothing else can be done meanwhile.
    time.sleep(_LOOK_SECONDS)  # noqa: TID251 - waits for another process, in host time


def _did_not_start(what: str, log: Path) -> PermanentError:
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_LOG_LINES:]
    message = f"the {what} did not start: " + (" / ".join(last) or "it said nothing")
    return PermanentError(message, target=str(log), hint="try again with --state DIR and read the log there")


def _peak_mib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) // 1024
    return 0
