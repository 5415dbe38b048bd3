"""A sandbox and a daemon that serve for one trial after another: small runbooks, fast time, a daemon that is killed.

A second of the host is ten minutes of that world, so a process that starts again would miss the runbooks' time limits:
the copies used here have longer ones, and are otherwise the runbooks that ship. The runbook that starts all the others
is used without its virtual PCs (they have a proof of their own, `whole-kills`).
"""

import contextlib
import json
import re
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from drd.cli.evidence_client import Evidence
from drd.cli.faults import CommandError
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs import account
from proofs.processes import (
    Change,
    Driven,
    House,
    after_starts,
    drive,
    house,
    start_drill,
    start_failover,
    whole,
)
from proofs.stage import PARENT, ROOT, TENANT
from proofs.zygote import Zygote

SPEED = 600
RUNBOOKS = ("burgerzaken", "sociaal-huis", "e-loket", "besluitvorming", "databank", PARENT)
ONCE_A_DAY = [{"id": "collect", "does": "collect", "every": "1d"}]
"""The settings' schedules where nothing is to happen by itself."""

_LONGEST_SECONDS = 90.0
_ARMING_SECONDS = 10.0
_LOOK_SECONDS = 0.01
_RECORD_SECONDS = 20.0
_NEWEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A run that is interrupted again and again."""

    runbook: str
    mode: Mode

    def __str__(self) -> str:
        """Name it."""
        return f"{self.mode.value} of {self.runbook}"


REFERENCES = tuple(
    Reference(runbook=runbook, mode=mode) for runbook in RUNBOOKS for mode in (Mode.FAILOVER, Mode.DRILL)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a run went whose daemon was killed, or not.

    Attributes:
        dooms: the moments that were arranged. deaths: how many daemons died.
        kinds: what was set in motion, by kind.
        moments: how often each moment came, where nobody died.
        left: what a drill left in the sandbox.
        broken: runs whose hash chain is not whole, or that have not exactly one record of evidence.
        resumed: host time from the start of each next daemon, by the real command, to the first run that it took up.
    """

    reference: Reference
    dooms: tuple[str, ...]
    deaths: int
    state: RunState
    green: bool
    kinds: Mapping[str, int]
    repeated: Mapping[tuple[str, str], int]
    left: frozenset[str]
    broken: tuple[str, ...]
    resumed: tuple[timedelta, ...]
    trouble: tuple[str, ...]
    moments: Mapping[str, int] = field(default_factory=dict)
    expected: Mapping[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> dict[str, int]:
        """Give the effects that did not happen, or of which there are too many, by kind."""
        kinds = {*self.kinds, *self.expected}
        return {
            kind: self.kinds.get(kind, 0) for kind in kinds if self.kinds.get(kind, 0) != self.expected.get(kind, 0)
        }

    @property
    def good(self) -> bool:
        """Say whether nothing was sent twice, nothing lost, nothing left, and the run ended well."""
        bad = (self.repeated, self.lost if self.expected else (), self.left, self.broken)
        return self.state is RunState.SUCCEEDED and self.green and not any(bad)

    def __str__(self) -> str:
        """Name it so that it can be tried again."""
        return f"{self.reference} {' then '.join(self.dooms) or 'undisturbed'}"


def _unfinished(reference: Reference, dooms: Sequence[str], error: str) -> Trial:
    return Trial(
        reference=reference,
        dooms=tuple(dooms),
        deaths=0,
        state=RunState.RUNNING,
        green=False,
        kinds={},
        repeated={},
        left=frozenset(),
        broken=(),
        resumed=(),
        trouble=(error,),
    )


class Bench:
    """Tries one reference after another. After a bad trial it is not used again: what is in it would disturb."""

    def __init__(self, made: House, doom: Path) -> None:
        """Take the processes, and the file through which a living daemon's death is arranged."""
        self.made = made
        self._doom = doom
        self.spoiled = False

    def try_out(
        self,
        reference: Reference,
        dooms: Sequence[str] = (),
        *,
        expected: Mapping[str, int] | None = None,
        real: bool = False,
    ) -> Trial:
        """Play a reference from a fresh world to its end; daemons die at these moments, one after the other.

        `real`: the next daemons are started by the command that people use, and the time until they resume is told.
        """
        self.made.quick = not real
        before = self.prepare(dooms)
        try:
            run = self.start(reference)
            return self.finish(reference, dooms, run, before, expected=expected)
        except (AssertionError, CommandError) as error:
            return _unfinished(reference, dooms, str(error))

    def prepare(self, dooms: Sequence[str]) -> set[str]:
        """Make the world fresh, and arrange what comes; gives the resources that are there."""
        made = self.made
        self._control("reset")
        made.dooms[:], made.deaths = dooms[1:], 0
        made.starts.clear()
        self._arrange(dooms[0] if dooms else "")
        self.spoiled = True
        return made.resources()

    def finish(
        self,
        reference: Reference,
        dooms: Sequence[str],
        run: str,
        before: set[str],
        *,
        expected: Mapping[str, int] | None = None,
    ) -> Trial:
        """See a run to its end, whatever dies meanwhile, and tell how it went.

        Raises:
            AssertionError: it does not end.
        """
        driven = drive(self.made, run, seconds=_LONGEST_SECONDS)
        self.made.earlier.update(view.run.id for view in whole(driven.view))
        moments = {} if dooms else self._moments()
        self._disarm(dooms)
        told = self._told(reference, dooms, driven, before)
        found = replace(told, moments=moments, expected=expected or {})
        self.spoiled = not found.good
        return found

    def start(self, reference: Reference) -> str:
        """Start a run; gives its id."""
        if reference.mode is Mode.DRILL:
            return start_drill(self.made, reference.runbook)
        confirm = TENANT if reference.runbook == PARENT else reference.runbook
        return start_failover(self.made, reference.runbook, confirm=confirm)

    def _told(self, reference: Reference, dooms: Sequence[str], driven: Driven, before: set[str]) -> Trial:
        entries = self.made.entries()
        measured = [view for view in whole(driven.view) if view.run.service]
        return Trial(
            reference=reference,
            dooms=tuple(dooms),
            deaths=self.made.deaths,
            state=driven.view.run.state,
            green=all(view.figures.green_at is not None for view in measured),
            kinds=account.kinds(entries),
            repeated=account.repeated(entries),
            left=frozenset(self._left(before)) if reference.mode is Mode.DRILL else frozenset(),
            broken=(*driven.broken(), *self._unrecorded(driven)),
            resumed=() if self.made.quick else self._resumed(driven),
            trouble=driven.trouble(),
        )

    def _unrecorded(self, driven: Driven) -> list[str]:
        """Name the runs without evidence. Whoever lives at the end writes what the dead left unwritten."""
        until = time.monotonic() + _RECORD_SECONDS
        runs = [f"run/{view.run.id}" for view in whole(driven.view)]
        while True:
            with Evidence(self.made.rehearsed.socket) as evidence:
                records = Counter(record.key for record in evidence.list(service=None, kind=None, newest=_NEWEST))
            missing = [run for run in runs if records[run] != 1]
            if not missing or time.monotonic() > until:
                return [f"no evidence of {run}" for run in missing]
            time.sleep(_LOOK_SECONDS)

    def _resumed(self, driven: Driven) -> tuple[timedelta, ...]:
        return tuple(after_starts(self.made.starts, map(self.made.host_instant, driven.claims())))

    def _left(self, before: set[str]) -> set[str]:
        told = httpx2.get(f"{self.made.rehearsed.sandbox}/_sandbox/leftovers").raise_for_status().json()
        tests = {str(each["machine"]) for each in told["open-test-failovers"]}
        return tests | (self.made.resources() - before)

    def _control(self, path: str, body: object = None) -> None:
        httpx2.post(f"{self.made.rehearsed.sandbox}/_sandbox/{path}", json=body or {}).raise_for_status()

    def _arrange(self, doom: str) -> None:
        """Tell the living daemon when it dies, and wait until it knows."""
        self._doom.write_text(doom or ":0", encoding="ascii")
        self.made.daemon.send_signal(signal.SIGUSR1)
        self._await(lambda text: not text)

    def _disarm(self, dooms: Sequence[str]) -> None:
        # A moment that did not come this time must not come in the next trial.
        self.made.dooms.clear()
        if dooms and self.made.daemon.poll() is None and self.made.deaths < len(dooms):
            if self.made.deaths:
                self.made.kill()
                self.made.revive()
                self.made.wait_until_it_listens()
            else:
                self._arrange("")

    def _moments(self) -> Mapping[str, int]:
        self.made.daemon.send_signal(signal.SIGUSR2)
        found: Mapping[str, int] = json.loads(self._await(bool))
        self._doom.write_text("", encoding="ascii")
        return found

    def _await(self, enough: Callable[[str], object]) -> str:
        until = time.monotonic() + _ARMING_SECONDS
        while time.monotonic() < until:
            text = self._doom.read_text(encoding="ascii")
            if enough(text):
                return text
            time.sleep(_LOOK_SECONDS)
        raise AssertionError("the daemon does not hear")


@contextlib.contextmanager
def bench(*, speed: int = SPEED, seed: int = 1, store: Path | None = None) -> Iterator[Bench]:
    """Start the processes, with copies of the runbooks, and the journal in this folder; stop both at the end."""
    with tempfile.TemporaryDirectory(prefix="drd-bench-") as folder:
        place = Path(folder)
        doom = place / "doom"
        doom.write_text("", encoding="ascii")
        with house(speed=speed, seed=seed, folder=place / "house", change=_changes(place, store)) as made:
            made.patient = doom
            made.zygote = Zygote(made.environment, ROOT)
            try:
                made.kill()
                made.revive()
                made.wait_until_it_listens()
                yield Bench(made, doom)
            finally:
                made.zygote.close()


def _changes(place: Path, store: Path | None) -> Change:
    runbooks = patient_runbooks(place / "runbooks")

    def change(settings: dict[str, Any]) -> dict[str, Any]:
        kept = {"path": str(store)} if store else settings["store"]
        return settings | {"runbooks": str(runbooks), "schedules": ONCE_A_DAY, "store": kept}

    return change


def patient_runbooks(folder: Path) -> Path:
    """Copy the runbooks, with longer time limits, into a new folder; gives it."""
    folder.mkdir()
    for file in sorted((ROOT / "runbooks").glob("*.yaml")):
        (folder / file.name).write_text(_patient(file), encoding="utf-8")
    return folder


def _patient(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    if file.stem == PARENT:
        text = re.sub(r"  - id: tier-1-pcs\n.*?(?=  - id: tier-2\n)", "", text, flags=re.DOTALL)
    text = re.sub(r"\btimeout: \d+[mh]", "timeout: 20h", text)
    return re.sub(r"\bwithin: \d+[mh]", "within: 10h", text)
