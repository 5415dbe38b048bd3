"""`python -m proofs`: every long proof, and a page that says what came of it. Takes about a quarter of an hour."""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from drd.domain.plan import Mode
from proofs import account
from proofs.drills import drill
from proofs.faults import FAULTS, Outcome, cases_of, try_case
from proofs.kills import SPEED, Killed, kill_at, points
from proofs.lost_region import play
from proofs.page import Page, Row
from proofs.stage import PARENT, ROOT, SERVICES

T = TypeVar("T")

_PAGE = ROOT / "docs" / "proof.md"
_RUNBOOKS = ("burgerzaken", "besluitvorming")
_GOAL = timedelta(seconds=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much is proven."""

    kills: int
    turn: int
    seeds: tuple[int, ...]
    faults: int
    only: frozenset[str] = field(default_factory=frozenset)


def lost_region(extent: Extent) -> Row:
    """Fail everything over, once a seed."""
    seeds = [(1, 0.0), *((seed, None) for seed in extent.seeds)]
    played = [_told("lost region", seed, partial(play, seed=seed, spread=spread)) for seed, spread in seeds]
    far = max(each.longest_apart for each in played)
    requests = sum(len(account.of_runs(each.entries)) for each in played)
    asked = sum(len(each.asked_of_lost_region) for each in played)
    twice = sum(len(account.repeated(each.entries)) for each in played)
    times = {
        child.card.service: [
            other.figures.achieved_recovery_time
            for one in played
            for other in one.view.children
            if other.card.service == child.card.service
        ]
        for child in played[0].view.children
    }
    return Row(
        name="Region lost, virtual time (P1, P7, P8, T9, T30)",
        trials=len(played),
        bad=[f"seed {each.seed}" for each in played if not each.good],
        figures=(
            f"{requests} requests of the runs, {asked} of them for what lies in the lost region; effects that happened"
            f" twice: {twice};"
            f" largest difference between a figure and the sandbox's own log: {far.total_seconds():g} s of world time;"
            f" longest achieved recovery time, 10 min between incident and start included: "
            + ", ".join(
                f"{service} {_minutes(max(took for took in all_of if took))}" for service, all_of in times.items()
            )
        ),
        seeds=", ".join(str(seed) for seed, _ in seeds),
    )


def drills(extent: Extent) -> Row:
    """Drill every runbook, once a seed."""
    drilled = [
        _told("drill", f"{runbook} {seed}", partial(drill, runbook, seed=seed, spread=None))
        for seed in extent.seeds
        for runbook in (PARENT, *SERVICES)
    ]
    return Row(
        name="Drills of every runbook, virtual time (P3, P4, T23 in part)",
        trials=len(drilled),
        bad=[f"{each.runbook} seed {each.seed}" for each in drilled if not each.good],
        figures=(
            f"{sum(each.removed for each in drilled)} ledger entries, each read back as gone:"
            f" {sum(len(each.unremoved) for each in drilled)} left; resources left in the sandbox:"
            f" {sum(len(each.resources_left) for each in drilled)}; source machines changed:"
            f" {sum(len(each.sources_changed) for each in drilled)}; interfaces outside the drill network or"
            f" effects that no drill may have: {sum(len(each.outside) for each in drilled)}"
        ),
        seeds=", ".join(map(str, extent.seeds)),
    )


def faults(extent: Extent) -> Row:
    """Spoil every call that a failover and a drill make, in every way."""
    modes = (Mode.FAILOVER, Mode.DRILL)
    cases = [case for mode in modes for runbook in _RUNBOOKS for case in cases_of(runbook, mode)][:: extent.faults]
    tried: list[Outcome] = [_told("fault", case, partial(try_case, case)) for case in cases]
    calls = {(each.case.mode, each.case.method, each.case.operation) for each in tried}
    twice = sum(len(each.repeated) for each in tried)
    left = sum(bool(each.left) for each in tried)
    helped = sum(not each.alone and each.good for each in tried)
    return Row(
        name="An ARM error at each call of failover and drill, virtual time (P1, P2, P3, T4, T6 and T23 in part)",
        trials=len(tried),
        bad=[str(each.case) for each in tried if not each.good],
        figures=(
            f"{len(calls)} calls of {' and '.join(_RUNBOOKS)}, {len(FAULTS)} kinds of fault; effects that happened"
            f" twice: {twice}; drills that left something: {left}; ended well by themselves:"
            f" {sum(each.alone for each in tried)}; waited for a person with reason and hint, and ended well after a"
            f" retry: {helped}"
        ),
        seeds="1",
    )


def kills(extent: Extent) -> Row:
    """Kill a real daemon at every chosen moment of a failover."""
    return _kills(Mode.FAILOVER, extent.kills, extent.turn)


def drill_kills(extent: Extent) -> Row:
    """Kill a real daemon at every chosen moment of a drill."""
    return _kills(Mode.DRILL, extent.kills // 3, extent.turn)


def _kills(mode: Mode, count: int, turn: int) -> Row:
    killed: list[Killed] = [
        _told(f"kill in {mode.value}", " then ".join(dooms), partial(kill_at, *dooms, mode=mode))
        for dooms in points(count, turn=turn)
    ]
    claimed = sorted(each.total_seconds() for one in killed for each in one.resumed)
    asked = sorted(each.total_seconds() for one in killed for each in one.asked)
    twice = sum(len(each.repeated) for each in killed)
    lost = sum(bool(each.lost) for each in killed)
    left = f" drills that left something: {sum(bool(each.left) for each in killed)};" if mode is Mode.DRILL else ""
    goal = _GOAL.total_seconds()
    return Row(
        name=f"kill -9 of a real daemon in a {mode.value}, real processes over HTTP at x{SPEED} (T1 and T2 in part)",
        trials=len(killed),
        bad=[" then ".join(each.dooms) for each in killed if not each.good],
        figures=(
            f"{sum(each.deaths for each in killed)} deaths; effects that happened twice: {twice}; runs or effects lost:"
            f" {lost};{left} broken hash chains: {sum(len(each.broken) for each in killed)}; from the start of the next"
            f" process to the first run that it takes up: {_spread(claimed)} (goal {goal:g} s:"
            f" {sum(each <= goal for each in claimed)} of {len(claimed)}); to its first request for a run:"
            f" {_spread(asked)}; load of the machine meanwhile {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
        ),
        seeds=f"turn {turn}",
    )


def _spread(seconds: Sequence[float]) -> str:
    if not seconds:
        return "not measured"
    return f"min {min(seconds):.2f} s, median {median(seconds):.2f} s, max {max(seconds):.2f} s"


_PROOFS: dict[str, Callable[[Extent], Row]] = {
    "lost-region": lost_region,
    "drills": drills,
    "faults": faults,
    "kills": kills,
    "drill-kills": drill_kills,
}


def _told(what: str, which: object, work: Callable[[], T]) -> T:
    began = time.monotonic()
    found = work()
    good = getattr(found, "good", True)
    print(f"{'ok ' if good else 'BAD'} {what} {which} {time.monotonic() - began:.1f} s", flush=True)
    if not good:
        print(f"    {_short(found)}", flush=True)
    return found


def _short(found: object) -> str:
    return " ".join(repr(found).split())[:2000]


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:.1f} min"


def _extent(arguments: Sequence[str]) -> Extent:
    parser = argparse.ArgumentParser(
        prog="python -m proofs", description="Prove drd at length, and write docs/proof.md."
    )
    parser.add_argument("--kills", type=int, default=24, help="points at which a daemon is killed")
    parser.add_argument("--turn", type=int, default=datetime.now(UTC).timetuple().tm_yday, help="rotates those points")
    parser.add_argument("--seeds", type=int, default=5, help="seeds of virtual time")
    parser.add_argument("--faults", type=int, default=1, help="1: every case; n: every n-th")
    parser.add_argument("--only", action="append", default=[], choices=sorted(_PROOFS), help="leave the others out")
    given = parser.parse_args(arguments)
    return Extent(
        kills=given.kills,
        turn=given.turn,
        seeds=tuple(range(2, 2 + given.seeds)),
        faults=given.faults,
        only=frozenset(given.only),
    )


def main(arguments: Sequence[str]) -> int:
    """Prove, and write the page. The exit code is 1 when a promise was broken."""
    extent = _extent(arguments)
    began = datetime.now(UTC)
    rows = [prove(extent) for name, prove in _PROOFS.items() if not extent.only or name in extent.only]
    page = Page(
        began=began,
        took=datetime.now(UTC) - began,
        where=f"Python {platform.python_version()}, {os.cpu_count()} cores",
        rows=tuple(rows),
        left_out=tuple(name for name in _PROOFS if extent.only and name not in extent.only),
        command=" ".join(["python -m proofs", *arguments]),
    )
    Path(_PAGE).write_text(page.text(), encoding="utf-8")
    print(f"wrote {_PAGE.relative_to(ROOT)}")
    return 1 if any(row.bad for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
