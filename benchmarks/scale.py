"""drd at the size it is built for: a killed run of 10,000 steps, its memory, 1,000 runs at once, 300 side by side."""

import json
import signal
import statistics
from dataclasses import dataclass
from typing import Any

from benchmarks.databases import SQLITE, Site
from benchmarks.disk import syncs_per_second
from benchmarks.process import Measured, measured, python

STEPS, _KILLED_AFTER, _RESUMES = 10_000, 8_000, 3
_RUNS, _DISPATCHES = 1_000, 3
_SIDE_BY_SIDE, _STEPS_EACH = 300, 30
FIRST_STEP_SECONDS, PEAK_MIB, CLAIMS_PER_SECOND = 0.5, 200, 1_000
_MS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the table."""

    what: str
    measured: str
    goal: str


def resumed(site: Site) -> Line:
    """Kill a run, and see how soon it goes on."""
    first, opened, cpu = [], [], []
    for _ in range(_RESUMES):
        place = site.new()
        killed = measured(_program("drd_resume.py", "begin", place, STEPS, _KILLED_AFTER), check=False)
        if killed.code != -signal.SIGKILL:
            raise RuntimeError(f"the run was not killed: {killed.code}")
        _, told = _told("drd_resume.py", "resume", place)
        first.append(told["first_seconds"] - told["opened_seconds"])
        opened.append(told["opened_seconds"])
        cpu.append(told["cpu_seconds"])
    return Line(
        what=f"{STEPS:,} steps, killed when {_KILLED_AFTER:,} were done: from the opened store to the intent of the "
        f"first new step, median of {_RESUMES}",
        measured=f"{statistics.median(first):.2f} s, best {min(first):.2f} s, {statistics.median(cpu):.2f} s of CPU; "
        f"opening took {statistics.median(opened):.2f} s before that{_waits(site)}",
        goal=f"{FIRST_STEP_SECONDS} s",
    )


def _waits(site: Site) -> str:
    if site.name == SQLITE:
        return ""
    return ", most of it for the lease of the daemon that died: somebody else may have gone on with the run"


def remembered(site: Site) -> Line:
    """Look at the memory of a long run: of the whole process, with all that a daemon loads."""
    run, told = _told("drd_runbook.py", site.new(), STEPS, "side-by-side")
    return Line(
        what=f"{STEPS:,} steps in one run, peak memory of the whole process",
        measured=f"{run.peak_mib:.0f} MiB; {STEPS / told['seconds']:,.0f} steps/s",
        goal=f"{PEAK_MIB} MiB",
    )


def dispatched(site: Site) -> Line:
    """Claim many accepted runs."""
    claimed = [_told("drd_dispatch.py", "claimed", site.new(), _RUNS)[1] for _ in range(_DISPATCHES)]
    _, moved = _told("drd_dispatch.py", "moved", site.new(), _RUNS)
    return Line(
        what=f"{_RUNS:,} accepted runs: claimed, each move begun, median of {_DISPATCHES}",
        measured=f"{_RUNS / statistics.median(each['seconds'] for each in claimed):,.0f} runs/s "
        f"(before that accepted at {_RUNS / statistics.median(each['accepted_seconds'] for each in claimed):,.0f}/s); "
        f"with journal loaded and claim on disk {_RUNS / moved['seconds']:,.0f}/s, "
        f"to the end of their one step {_RUNS / moved['whole_seconds']:,.0f}/s",
        goal=f"{CLAIMS_PER_SECOND:,} runs/s",
    )


def side_by_side(site: Site) -> Line:
    """Move many runs in one daemon."""
    run, told = _told("drd_many.py", site.new(), _SIDE_BY_SIDE, _STEPS_EACH)
    steps = _SIDE_BY_SIDE * _STEPS_EACH
    return Line(
        what=f"{_SIDE_BY_SIDE} runs in one daemon side by side, a chain of {_STEPS_EACH} steps each",
        measured=f"{told['seconds']:.1f} s, {steps / told['seconds']:,.0f} steps/s, {run.peak_mib:.0f} MiB; event loop "
        f"late by {told['lag_seconds'] * _MS:.0f} ms (99 of 100 looks), {told['most_lag_seconds'] * _MS:.0f} ms at "
        f"most; fairness half-way {told['fairness']:.2f} of 1",
        goal="-",
    )


_LINES = {"resume": resumed, "memory": remembered, "dispatch": dispatched, "many-runs": side_by_side}
SCALE = tuple(_LINES)


def scale_text(part: str, sites: list[Site]) -> str:
    """Measure one part on each database, and return it for the page."""
    rows = []
    for site in sites:
        rate = syncs_per_second(str(site.folder))
        line = _LINES[part](site)
        rows.append(f"| {line.what}, {site.name} | {line.measured} | {line.goal} | {rate:,.0f} |")
    return "\n".join(["| what | measured | goal | disk's fsync/s |", "|---|---|---|---:|", *rows])


def _program(name: str, *words: object) -> list[str]:
    return [python(), f"benchmarks/contenders/{name}", *map(str, words)]


def _told(name: str, *words: object) -> tuple[Measured, dict[str, Any]]:
    run = measured(_program(name, *words))
    told: dict[str, Any] = json.loads(run.output.strip().splitlines()[-1])
    print(name, *words[:1], told, flush=True)
    return run, told
