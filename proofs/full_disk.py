"""T10 with whole processes: the disk of the journal is full, or read-only, or returns other bytes than were written."""

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from drd.cli.faults import CommandError
from drd.domain.plan import Mode
from proofs.bench import Bench, Reference, Trial, bench
from proofs.processes import frozen
from proofs.result import Extent, Proof, Result, told

_RUNBOOKS = ("burgerzaken", "databank", "e-loket")
_OTHER = "besluitvorming"
_WAYS = ("full", "full for a while", "read-only", "flipped bits")
_MEGABYTES = 192
"""More than the ballast and what new runs want free, together."""
_CHUNK = 1 << 20
_FIRST, _LAST = 3, 9
_WHILE = timedelta(seconds=3)
_REFILL_SECONDS = 0.05
_FROZEN_SECONDS = 20.0
_REFUSED_SECONDS = 20.0
_FLIPS = 64
_NOT_NOW = frozenset({"no-room", "journal-unavailable"})
_OFFER = "drd store restore"
"""What somebody is told whose store is damaged: how to take the last good copy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoiled:
    """How a failover went whose disk misbehaved.

    Attributes:
        said: what was said when somebody wanted another run, or the daemon refused to start.
        refused: whether that was refused where it had to be.
    """

    way: str
    moment: str
    trial: Trial
    said: str
    refused: bool

    @property
    def good(self) -> bool:
        """Say whether what had to be refused was, nothing was lost or repeated, and the run ended well."""
        return self.trial.good and self.refused

    def __str__(self) -> str:
        """Name it."""
        return f"{self.way} {self.trial.reference} at {self.moment}"


@dataclass(frozen=True, slots=True)
class Disk:
    """A small file system in memory."""

    folder: Path

    @property
    def store(self) -> Path:
        """Where the daemon keeps its journal."""
        return self.folder / "store"

    def fill(self) -> None:
        """Leave nothing free."""
        with contextlib.suppress(OSError), (self.folder / "filler").open("ab", buffering=0) as filler:
            for size in (_CHUNK, 4096):
                with contextlib.suppress(OSError):
                    while filler.write(bytes(size)):
                        pass

    def free(self) -> None:
        """Give back what was filled."""
        (self.folder / "filler").unlink(missing_ok=True)

    def remount(self, how: str) -> None:
        """Make it `ro` or `rw`; nobody may have a file of it open for writing."""
        subprocess.run(["/bin/mount", "-o", f"remount,{how}", str(self.folder)], check=True)


@contextlib.contextmanager
def disk() -> Iterator[Disk]:
    """Mount a small file system; needs the rights of root."""
    with TemporaryDirectory(prefix="drd-disk-") as folder:
        size = f"size={_MEGABYTES}m,mode=700"
        subprocess.run(["/bin/mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], check=True)
        try:
            yield Disk(Path(folder))
        finally:
            subprocess.run(["/bin/umount", "--lazy", folder], check=True)


class _Trials:
    """Trials on one bench whose journal is on a small disk."""

    def __init__(self, mine: Bench, place: Disk, chance: random.Random) -> None:
        self._bench = mine
        self._disk = place
        self._chance = chance
        self._seen: dict[str, Trial] = {}

    def spoil(self, way: str, runbook: str) -> Spoiled:
        """Make one trial."""
        reference = Reference(runbook=runbook, mode=Mode.FAILOVER)
        if runbook not in self._seen:
            self._seen[runbook] = self._bench.try_out(reference)
        moment = f"before-commit:{self._chance.randint(_FIRST, _LAST)}"
        before = self._bench.prepare([f"{moment} SIGSTOP"])
        run = self._bench.start(reference)
        self._wait_for_frozen()
        ways = {
            "full": self._full,
            "full for a while": self._full_for_a_while,
            "read-only": self._read_only,
            "flipped bits": self._flipped,
        }
        said, refused = ways[way]()
        trial = self._bench.finish(reference, (), run, before, expected=self._seen[runbook].kinds)
        return Spoiled(way=way, moment=moment, trial=trial, said=said, refused=refused)

    def _wait_for_frozen(self) -> None:
        until = time.monotonic() + _FROZEN_SECONDS
        while not frozen(self._bench.made.daemon.pid):
            if time.monotonic() > until:
                raise AssertionError("the daemon does not come to the moment")
            time.sleep(_REFILL_SECONDS)

    def _full(self) -> tuple[str, bool]:
        """The disk fills up once: what runs ends on the ballast, and nothing new begins."""
        self._disk.fill()
        self._bench.made.daemon.send_signal(signal.SIGCONT)
        said = self._wanted()
        time.sleep(_WHILE.total_seconds())
        self._disk.free()
        return said, said in _NOT_NOW

    def _full_for_a_while(self) -> tuple[str, bool]:
        """Whatever is given back is filled again, until nothing can be written; then there is room."""
        self._disk.fill()
        self._bench.made.daemon.send_signal(signal.SIGCONT)
        until = time.monotonic() + _WHILE.total_seconds()
        while time.monotonic() < until:
            self._disk.fill()
            time.sleep(_REFILL_SECONDS)
        said = self._wanted()
        self._disk.free()
        return said, said in _NOT_NOW

    def _read_only(self) -> tuple[str, bool]:
        """The daemon dies, and finds its folder read-only."""
        made = self._bench.made
        made.kill()
        self._disk.remount("ro")
        said = self._words_of_refusal()
        self._disk.remount("rw")
        made.revive()
        return said, bool(said)

    def _flipped(self) -> tuple[str, bool]:
        """The daemon dies, and finds other bytes than were written."""
        made = self._bench.made
        made.kill()
        file = self._disk.store / "drd.db"
        written = file.read_bytes()
        spoiled = bytearray(written)
        for _ in range(_FLIPS):
            spoiled[self._chance.randrange(len(spoiled))] ^= 1 << self._chance.randrange(8)
        file.write_bytes(spoiled)
        said = self._words_of_refusal()
        file.write_bytes(written)
        made.revive()
        return said, _OFFER in said

    def _wanted(self) -> str:
        """Ask for another run; gives the code of the refusal."""
        try:
            self._bench.start(Reference(runbook=_OTHER, mode=Mode.DRILL))
        except CommandError as error:
            return error.problem.code
        return ""

    def _words_of_refusal(self) -> str:
        """Start a daemon that must not start; gives what it says."""
        made = self._bench.made
        log = made.rehearsed.folder / "daemon.log"
        begin = log.stat().st_size
        made.revive()
        until = time.monotonic() + _REFUSED_SECONDS
        while made.daemon.poll() is None and time.monotonic() < until:
            time.sleep(_REFILL_SECONDS)
        if made.daemon.poll() is None:
            made.kill()
            return ""
        return log.read_text(encoding="utf-8", errors="replace")[begin:]


def spoil(count: int, seed: int) -> list[Spoiled]:
    """Make so many trials, the ways in turn."""
    chance = random.Random(seed)  # noqa: S311 - to choose, not to hide
    with disk() as place, bench(store=place.store) as mine:
        trials = _Trials(mine, place, chance)
        found = []
        for number in range(count):
            way, runbook = _WAYS[number % len(_WAYS)], chance.choice(_RUNBOOKS)
            found.append(told("disk", f"{way} {runbook}", lambda: trials.spoil(way, runbook)))  # noqa: B023 - at once
        return found


def disks(extent: Extent) -> Result:
    """T10, as far as whole processes show it; the store's own tests fail every single write."""
    found = spoil(extent.count, extent.seed)
    ways = ", ".join(f"{way} {sum(each.way == way for each in found)}" for way in _WAYS)
    return Result(
        done=len(found),
        bad=tuple(str(each) for each in found if not each.good),
        figures=(
            f"{ways}; effects that happened twice: {sum(len(each.trial.repeated) for each in found)}; effects lost or"
            f" too many: {sum(bool(each.trial.lost) for each in found)}; new runs"
            f" and starts refused where they had to be:"
            f" {sum(each.refused for each in found)} of {len(found)}; load {os.getloadavg()[1]:.1f}"
        ),
        seeds=f"seed {extent.seed}",
    )


PROOF = Proof(
    name="full-disk",
    tests="T10, T11 in part",
    promises="P2",
    says="the journal's disk is full once or for a while, read-only at a start, or its bits are flipped",
    asks="0 lost, 0 repeated; new runs and damaged stores refused",
    unit="trials",
    full=16,
    share=4,
    prove=disks,
)
