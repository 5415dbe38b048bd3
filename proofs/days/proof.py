"""The proof that weeks pass and nothing is lost, told for the page."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from proofs.days.play import DayTold, Played, play
from proofs.result import Extent, Goal, Proof, Result

_SETTLED = 3
"""From this day on nothing more is made for the first time."""
_GROWTH = 1.15
_FEW_TASKS, _FEW_FILES = 3, 3


def prove(extent: Extent) -> Result:
    """Let days pass."""
    days: list[DayTold] = []
    with tempfile.TemporaryDirectory(prefix="drd-days-") as folder:
        for told in play(extent.count, Path(folder), seed=extent.seed):
            if isinstance(told, Played):
                return _result(told, days, extent)
            days.append(told)
            print(told, flush=True)
    raise AssertionError("the days never ended")


def _result(played: Played, days: Sequence[DayTold], extent: Extent) -> Result:
    names = [day.trouble.name for day in days]
    slots = ", ".join(f"{name} {count}" for name, count in sorted(played.slots.items()))
    runs = ", ".join(f"{name} {count}" for name, count in sorted(played.runs.items()))
    stored = [day.measured.stored for day in days]
    return Result(
        done=len(days),
        bad=tuple(played.bad),
        figures=(
            f"slots: {slots}; drills and proofs: {runs}, helped along {played.helped} times, cancelled"
            f" {played.cancelled}; removed by the reaper {played.reaped}; {played.lives} lives of the daemon;"
            f" {len(set(names))} kinds of trouble, one a day; {sum(day.requests for day in days)} requests;"
            f" store {stored[-1]:.0f} MiB with its copies after {len(days)} days;"
            f" resident {days[0].measured.resident:.0f} MiB after the first day,"
            f" {days[-1].measured.resident:.0f} MiB after the last, the sandbox included;"
            f" {sum(day.seconds for day in days) / len(days):.0f} s of CPU a day"
        ),
        goals=_goals(days),
        seeds=str(extent.seed),
    )


def _goals(days: Sequence[DayTold]) -> tuple[Goal, ...]:
    """Hold the last days against those after which nothing is new; the least of three, for a drill may be under way."""
    if len(days) < 2 * _SETTLED:
        return ()
    full = [day.measured for day in days[_SETTLED - 1 :] if day.lives]
    early, late = full[:_SETTLED], full[-_SETTLED:]
    held = [min(each.held for each in part) for part in (early, late)]
    objects = [min(each.objects for each in part) for part in (early, late)]
    tasks = [min(each.tasks for each in part) for part in (early, late)]
    files = [min(each.files for each in part) for part in (early, late)]
    return (
        Goal(
            text=f"memory held by the daemon grows by at most {_GROWTH - 1:.0%}: {held[0]:.1f} to {held[1]:.1f} MiB",
            met=held[1] <= held[0] * _GROWTH,
        ),
        Goal(
            text=f"objects of drd's own grow by at most {_GROWTH - 1:.0%}: {objects[0]} to {objects[1]}",
            met=objects[1] <= objects[0] * _GROWTH,
        ),
        Goal(
            text=f"tasks and open files stay: {tasks[0]} to {tasks[1]}, {files[0]} to {files[1]}",
            met=tasks[1] <= tasks[0] + _FEW_TASKS and files[1] <= files[0] + _FEW_FILES,
        ),
    )


PROOF = Proof(
    name="days",
    tests="T12, T13 in part, T23",
    promises="P2, P3, P6",
    says="a whole estate with its shipped schedules, one virtual day after the other, with a trouble each day",
    asks="no slot lost, every run over, nothing left, no leak of memory or files",
    unit="days",
    full=30,
    share=1,
    prove=prove,
)
