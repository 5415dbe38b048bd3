"""A sandbox and a daemon as processes of their own, with a daemon that may be killed and started again."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2

from drd.api.wire.approvals import AnswerBody
from drd.api.wire.runs import EventShape, RunDetailShape, StartBody
from drd.cli.client import Daemon
from drd.cli.faults import CommandError
from drd.daemon.rehearsal import Rehearsal, RehearsalWish, rehearsal
from drd.domain.events import Event, first_broken
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import Mode
from proofs.stage import HOME, INCIDENT, ROOT, TENANT
from proofs.zygote import DaemonProcess, Zygote

_LOOK_SECONDS = 0.05
_QUIET_SHARE = 4
_LONGEST_PAUSE = 0.5
_UP_SECONDS = 30.0
_NO_DAEMON = "no-daemon"
Change = Callable[[dict[str, Any]], dict[str, Any]]
HELD = {RunState.PAUSED, RunState.PARKED}


@dataclass(slots=True, kw_only=True)
class House:
    """The two processes, and who speaks to them.

    Attributes:
        dooms: moments at which the next daemons die (see `proofs.doomed`); the one after the last lives.
        starts: host instants at which daemons were started again.
        deaths: how many daemons died.
        earlier: runs that are over, which nobody starts again.
        zygote: what makes daemons quickly; None, or not `quick`, where each is started by the real command.
        patient: where a daemon that lives may be told later when it dies; None where it is not told.
    """

    rehearsed: Rehearsal
    daemon: DaemonProcess
    command: list[str]
    environment: dict[str, str]
    dooms: list[str] = field(default_factory=list)
    starts: list[datetime] = field(default_factory=list)
    deaths: int = 0
    earlier: set[str] = field(default_factory=set)
    zygote: Zygote | None = None
    quick: bool = True
    patient: Path | None = None

    def kill(self) -> None:
        """Kill the daemon, as the kernel or a power cut would."""
        self.daemon.kill()
        self.daemon.wait()

    def revive(self) -> None:
        """Start the daemon again with the same command; with its death arranged where one is still to come."""
        doom = self.dooms.pop(0) if self.dooms else f"@{self.patient}" if self.patient else ""
        log = self.rehearsed.folder / "daemon.log"
        self.starts.append(datetime.now(UTC))
        if self.zygote and self.quick:
            self.daemon = self.zygote.start(doom, log, self.command[3:])
            return
        command = [self.command[0], "-m", "proofs.doomed", doom, *self.command[3:]] if doom else self.command
        with log.open("ab") as out:
            self.daemon = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=out,
                env=self.environment,
                cwd=ROOT,
                start_new_session=True,
            )

    def tend(self) -> bool:
        """Start the daemon again if it died; gives whether it did."""
        if self.daemon.poll() is None:
            return False
        self.deaths += 1
        self.revive()
        return True

    def wait_until_it_listens(self) -> None:
        """Wait until the daemon answers its socket, or died. The HTTP client leaks a socket where nobody listens."""
        while self.daemon.poll() is None:
            if listens(self.rehearsed.socket):
                return
            time.sleep(_LOOK_SECONDS)

    @contextlib.contextmanager
    def as_somebody(self, actor: str = "") -> Iterator[Daemon]:
        """Speak to the daemon."""
        with Daemon(self.rehearsed.socket, actor) as client:
            yield client

    def entries(self) -> list[dict[str, Any]]:
        """Give what the sandbox saw."""
        return self.rehearsed.journal()

    def resources(self) -> set[str]:
        """Give the ids of all resources of the sandbox. Jobs are history, and stay."""
        found = httpx2.get(f"{self.rehearsed.sandbox}/_sandbox/resources").raise_for_status().json()["resources"]
        ids = {str(each["id"]).casefold() for each in found}
        return {each for each in ids if "jobs/" not in each}

    def arm(self, path: str, version: str) -> Mapping[str, Any]:
        """Ask the sandbox as somebody who reads in the subscription."""
        given = httpx2.get(
            self.environment["IDENTITY_ENDPOINT"],
            params={"resource": "https://management.azure.com", "api-version": "2019-08-01", "client_id": _READER},
            headers={"x-identity-header": self.environment["IDENTITY_HEADER"]},
        )
        token = given.raise_for_status().json()["access_token"]
        answer = httpx2.get(
            self.rehearsed.sandbox + path,
            params={"api-version": version},
            headers={"authorization": f"Bearer {token}"},
        )
        found: Mapping[str, Any] = answer.raise_for_status().json()
        return found

    def host_instant(self, world: datetime) -> datetime:
        """Give the host's instant of a world's instant."""
        return datetime.now(UTC) - (self.rehearsed.clock.now() - world) / self.rehearsed.speed


_READER = "drd-standing"


@contextlib.contextmanager
def house(
    *,
    speed: int,
    seed: int = 1,
    folder: Path | None = None,
    change: Change | None = None,
    daemon: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    hurry: float = 1.0,
) -> Iterator[House]:
    """Start sandbox and daemon with the real commands; stop both at the end.

    `change` makes other settings of the rehearsal's; they count from the daemon's next start. `daemon` adds to what
    they say of the daemon, and `settings` takes the place of whole sections, from the first one on. `hurry`: how many
    times as soon as recorded Azure's operations end.
    """
    with contextlib.ExitStack() as stack:
        place = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drd-proof-")))
        rehearsed = stack.enter_context(
            rehearsal(
                RehearsalWish(
                    folder=place, speed=speed, hurry=hurry, seed=seed, daemon=daemon or {}, settings=settings or {}
                )
            )
        )
        first = Path(f"/proc/{rehearsed.daemon_process.pid}")
        made = House(
            rehearsed=rehearsed,
            daemon=rehearsed.daemon_process,
            command=[part.decode() for part in (first / "cmdline").read_bytes().split(b"\0") if part],
            environment=dict(
                part.decode().split("=", 1) for part in (first / "environ").read_bytes().split(b"\0") if part
            ),
        )
        stack.callback(_stop, made)
        if change:
            written = json.loads(rehearsed.config.read_text(encoding="utf-8"))
            rehearsed.config.write_text(json.dumps(change(written)), encoding="utf-8")
        yield made


def _stop(made: House) -> None:
    made.daemon.terminate()
    try:
        made.daemon.wait(10)
    except subprocess.TimeoutExpired:
        made.kill()


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """A run over HTTP, driven to its end. `events` of the run and of those below it, by id."""

    view: RunDetailShape
    events: dict[str, list[EventShape]]
    seconds: float

    def claims(self) -> list[datetime]:
        """Give the world's instants at which a daemon took a run."""
        return sorted(event.at for events in self.events.values() for event in events if event.kind == "run.claimed")

    def broken(self) -> tuple[str, ...]:
        """Name the runs whose hash chain is not whole."""
        return tuple(run for run, events in self.events.items() if first_broken(list(map(to_event, events))))

    def trouble(self) -> tuple[str, ...]:
        """Tell of the steps that failed, or are in doubt."""
        return tuple(
            f"{each.run.runbook} {step.id}: {step.failure or step.question}"
            for each in whole(self.view)
            for step in each.steps
            if step.failure or step.question
        )


def start_failover(made: House, runbook: str, *, confirm: str) -> str:
    """Lose the home region, and start a failover; whatever dies meanwhile. Gives the run's id."""
    made.rehearsed.lose_region(HOME, ago=INCIDENT)
    since = f"-{int(INCIDENT.total_seconds())}s"
    order: dict[str, Any] = {"graceful": False, "incident_at": since, "confirm": confirm, "reason": "proof"}
    return _start(made, StartBody(runbook=runbook, tenant=TENANT, mode=Mode.FAILOVER, **order))


def start_drill(made: House, runbook: str) -> str:
    """Start a drill; whatever dies meanwhile. Gives the run's id."""
    return _start(made, StartBody(runbook=runbook, tenant=TENANT, mode=Mode.DRILL, reason="proof"))


def _start(made: House, body: StartBody) -> str:
    until = time.monotonic() + _UP_SECONDS
    with made.as_somebody() as me:
        while time.monotonic() < until:
            made.tend()
            try:
                made.wait_until_it_listens()
                # An order whose answer was lost may have been accepted: look before it is given again.
                known = [run.id for run in me.runs() if run.runbook == body.runbook and run.id not in made.earlier]
                return known[0] if known else me.start(body).id
            except CommandError as error:
                if error.problem.code != _NO_DAEMON:
                    raise
            time.sleep(_LOOK_SECONDS)
    raise AssertionError("no daemon came up")


def drive(made: House, run: str, *, seconds: float = 120.0) -> Driven:
    """Approve what is asked and start daemons again, until the run is over or waits for a decision."""
    began = time.monotonic()
    with made.as_somebody() as me, made.as_somebody(made.rehearsed.second_actor) as other:
        while time.monotonic() - began < seconds:
            made.tend()
            pause = _LOOK_SECONDS
            with contextlib.suppress(CommandError):
                made.wait_until_it_listens()
                asked_at = time.monotonic()
                view = me.run(run)
                # A view of many runs costs the daemon time that it needs for them.
                pause = max(pause, min(_QUIET_SHARE * (time.monotonic() - asked_at), _LONGEST_PAUSE))
                if any(step.ask for each in whole(view) for step in each.steps if step.state is StepState.WAITING):
                    for asked in other.approvals():
                        other.answer(asked.id, AnswerBody(decision="approve", reason="proof"))
                if view.run.state.final or any(each.run.state in HELD for each in whole(view)):
                    events = {each.run.id: me.events(each.run.id) for each in whole(view)}
                    return Driven(view=view, events=events, seconds=time.monotonic() - began)
            time.sleep(pause)
    log = (made.rehearsed.folder / "daemon.log").read_text(encoding="utf-8", errors="replace")[-2000:]
    raise AssertionError(f"{run} was not over after {seconds} s: {log}")


def frozen(pid: int) -> bool:
    """Say whether a process is stopped."""
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
        return stat.rpartition(")")[2].split()[0] == "T"
    return False


def listens(path: Path) -> bool:
    """Say whether somebody answers a socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def whole(view: RunDetailShape) -> Iterator[RunDetailShape]:
    """Give a run and all runs below it."""
    yield view
    for child in view.children:
        yield from whole(child)


def to_event(shape: EventShape) -> Event:
    """Give an event as the domain knows it, to check its hash."""
    return Event.from_json(shape.model_dump(mode="json"))


def after_starts(starts: Sequence[datetime], instants: Iterable[datetime]) -> list[timedelta]:
    """Give, for each start after which something happened before the next start, how long that took."""
    ordered = sorted(instants)
    found = []
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else datetime.max.replace(tzinfo=UTC)
        first = next((instant for instant in ordered if start < instant < end), None)
        if first is not None:
            found.append(first - start)
    return found


def serve_command(config: Path) -> list[str]:
    """Give the command that runs a daemon."""
    return [sys.executable, "-m", "drd", "serve", "--config", str(config)]


def plain_environment() -> dict[str, str]:
    """Give this process's environment without what would override settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DRD_")}
