"""Two daemons on one PostgreSQL, each with links of its own to the database and to Azure that can be cut."""

import contextlib
import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx2

from drd.api.wire.approvals import AnswerBody
from drd.api.wire.runs import EventShape, RunDetailShape, StartBody
from drd.cli.client import Daemon
from drd.cli.faults import CommandError
from drd.domain.lifecycle import StepState
from drd.domain.plan import Mode
from proofs.bench import ONCE_A_DAY, SPEED, patient_runbooks
from proofs.link import Condition, Link, open_link
from proofs.postgres import Server, on_postgresql, server
from proofs.processes import HELD, House, frozen, house, listens, whole
from proofs.stage import HOME, INCIDENT, ROOT, TENANT
from proofs.zygote import DaemonProcess, Zygote

LEASE_SECONDS = 2
_LOOK_SECONDS = 0.05
_UP_SECONDS = 60.0
_STOP_SECONDS = 20.0
_HEAR_SECONDS = 5.0
_WORDS = 1500
_APPROVER = "crisiscel"


@dataclass(slots=True, kw_only=True)
class Member:
    """One of the daemons.

    Attributes:
        base: its link to the database. arm: its link to Azure.
    """

    name: str
    config: Path
    socket: Path
    base: Link
    arm: Link
    doom: Path
    process: DaemonProcess | None = None

    def signal(self, sign: signal.Signals) -> None:
        """Send it a signal."""
        if self.process:
            self.process.send_signal(sign)

    def tell(self, moment: str) -> None:
        """Arrange its fate, or forget it, and wait until it knows; see `proofs.doomed`."""
        self.doom.write_text(moment or ":0", encoding="ascii")
        self.signal(signal.SIGUSR1)
        until = time.monotonic() + _HEAR_SECONDS
        while self.doom.read_text(encoding="ascii") and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS / 10)

    def frozen(self) -> bool:
        """Say whether it is stopped."""
        return self.process is not None and frozen(self.process.pid)

    def last_words(self) -> str:
        """Give the end of its log, and whether it is there."""
        log = self.config.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
        return f"{'alive' if self.alive() else 'gone'}: {log[-_WORDS:]}"

    def alive(self) -> bool:
        """Say whether the process is there, frozen or not."""
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True, kw_only=True)
class Pair:
    """The daemons, and the world beside them."""

    made: House
    database: Server
    zygote: Zygote
    members: tuple[Member, Member]
    started: dict[str, datetime] = field(default_factory=dict)

    def ready(self) -> None:
        """Make everything whole: the world as planted, links mended, both daemons awake and listening."""
        httpx2.post(f"{self.made.rehearsed.sandbox}/_sandbox/reset").raise_for_status()
        for each in self.members:
            each.base.be(Condition.WHOLE)
            each.arm.be(Condition.WHOLE)
            each.signal(signal.SIGCONT)
            self.revive(each)
            each.tell("")
            each.arm.changes.clear()

    def revive(self, member: Member) -> None:
        """Start a daemon that is gone, and wait until it listens."""
        if not member.alive():
            log = member.config.with_suffix(".log")
            member.process = self.zygote.start(f"@{member.doom}", log, ["serve", "--config", str(member.config)])
            self.started[member.name] = datetime.now(UTC)
        until = time.monotonic() + _UP_SECONDS
        while not listens(member.socket):
            if time.monotonic() > until or not member.alive():
                raise AssertionError(f"{member.name} does not come up: {member.last_words()}")
            time.sleep(_LOOK_SECONDS)

    def wait_for_frozen(self, member: Member, seconds: float) -> bool:
        """Wait until a daemon is frozen; gives whether it is."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if member.frozen():
                return True
            time.sleep(_LOOK_SECONDS / 10)
        return False

    def other(self, member: Member) -> Member:
        """Give the one that is not this one."""
        one, two = self.members
        return two if member is one else one

    def settle(self, run: str, through: Member) -> RunDetailShape | None:
        """Look until the run is over or waits for a decision; None when that takes too long."""
        return self.until(run, through, lambda _view: False)

    def start(self, through: Member, runbook: str) -> str:
        """Lose the home region and start a failover; gives the run's id."""
        self.made.rehearsed.lose_region(HOME, ago=INCIDENT)
        since = f"-{int(INCIDENT.total_seconds())}s"
        body = StartBody(
            runbook=runbook,
            tenant=TENANT,
            mode=Mode.FAILOVER,
            graceful=False,
            incident_at=since,
            confirm=runbook,
            reason="proof",
        )
        with Daemon(through.socket) as me:
            return me.start(body).id

    def look(self, run: str, through: Member) -> RunDetailShape | None:
        """Look at a run and answer what it asks; None when nobody answers just now."""
        with Daemon(through.socket) as me, Daemon(through.socket, _APPROVER) as other:
            try:
                view = me.run(run)
                if any(step.ask for each in whole(view) for step in each.steps if step.state is StepState.WAITING):
                    for asked in other.approvals():
                        other.answer(asked.id, AnswerBody(decision="approve", reason="proof"))
            except CommandError:
                return None
            return view

    def events(self, run: str, through: Member) -> list[EventShape]:
        """Give the run's events; none when nobody answers just now."""
        with Daemon(through.socket) as me:
            try:
                return me.events(run)
            except CommandError:
                return []

    def until(
        self, run: str, through: Member, enough: Callable[[RunDetailShape], object], *, seconds: float = 60.0
    ) -> RunDetailShape | None:
        """Look until it is enough, the run is over or waits for a decision; None when that takes too long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            view = self.look(run, through)
            if view and (enough(view) or view.run.state.final or view.run.state in HELD):
                return view
            time.sleep(_LOOK_SECONDS)
        return None


@contextlib.contextmanager
def pair(*, lease_seconds: int | None = LEASE_SECONDS, speed: int = SPEED) -> Iterator[Pair]:
    """Start a sandbox, a database and two daemons; stop everything at the end. None: leases of the usual length."""
    with contextlib.ExitStack() as stack:
        place = Path(stack.enter_context(TemporaryDirectory(prefix="drd-pair-")))
        database = stack.enter_context(server())
        database.make("drd")
        made = stack.enter_context(house(speed=speed, folder=place / "house"))
        made.kill()
        runbooks = patient_runbooks(place / "runbooks")
        zygote = Zygote(made.environment, ROOT)
        stack.callback(zygote.close)
        wish = (runbooks, lease_seconds)
        members = [_member(stack, name, made, database, wish=wish) for name in ("eerste", "tweede")]
        found = Pair(made=made, database=database, zygote=zygote, members=(members[0], members[1]))
        stack.callback(_stop, members)
        for each in members:
            found.revive(each)
        yield found


def _member(
    stack: contextlib.ExitStack, name: str, made: House, database: Server, *, wish: tuple[Path, int | None]
) -> Member:
    folder = made.rehearsed.folder / name
    folder.mkdir()
    base = stack.enter_context(open_link(database.port))
    arm = stack.enter_context(open_link(urlsplit(made.rehearsed.sandbox).port or 0))
    settings: dict[str, Any] = json.loads(made.rehearsed.config.read_text(encoding="utf-8"))
    runbooks, lease_seconds = wish
    settings |= {
        "socket": {"path": str(folder / "drd.sock")},
        "runbooks": str(runbooks),
        "azure": settings["azure"] | {"endpoint": f"http://127.0.0.1:{arm.port}"},
        "schedules": ONCE_A_DAY,
    }
    settings = on_postgresql(settings, "drd", base.port, daemon=name, lease_seconds=lease_seconds)
    config = folder / "drd.yaml"
    config.write_text(json.dumps(settings), encoding="utf-8")
    doom = folder / "doom"
    doom.write_text("", encoding="ascii")
    return Member(name=name, config=config, socket=folder / "drd.sock", base=base, arm=arm, doom=doom)


def _stop(members: Sequence[Member]) -> None:
    for each in members:
        each.signal(signal.SIGCONT)
        each.signal(signal.SIGTERM)
    for each in members:
        if each.process:
            with contextlib.suppress(Exception):
                each.process.wait(_STOP_SECONDS)
            each.process.kill()
