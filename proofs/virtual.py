"""The proofs that play a whole installation in virtual time: the lost region, drills, and an error at each call."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from drd.domain.plan import Mode
from proofs import account
from proofs.drills import drill
from proofs.faults import FAULTS, Outcome, cases_of, try_case
from proofs.leftovers import cases as leftover_cases
from proofs.leftovers import left_by
from proofs.lost_region import play
from proofs.result import Extent, Goal, Proof, Result, told
from proofs.stage import PARENT, SERVICES

_RUNBOOKS = ("burgerzaken", "besluitvorming")
_SECOND = timedelta(seconds=1)
_LOOK_ALIKES = 500


def lost_region(extent: Extent) -> Result:
    """Fail everything over, once a seed; the first without any spread of durations."""
    seeds = [(seed, 0.0 if seed == extent.seed else None) for seed in _seeds(extent)]
    played = [told("lost region", seed, partial(play, seed=seed, spread=spread)) for seed, spread in seeds]
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
    return Result(
        done=len(played),
        bad=tuple(f"seed {each.seed}" for each in played if not each.good),
        figures=(
            f"{requests} requests of the runs, {asked} of them for what lies in the lost region; effects that happened"
            f" twice: {twice}; longest achieved recovery time, 10 min between incident and start included: "
            + ", ".join(f"{name} {_minutes(max(took for took in all_of if took))}" for name, all_of in times.items())
        ),
        goals=(
            Goal(
                text=f"figures differ from the sandbox's log by at most 1 s of world time: {far.total_seconds():g} s",
                met=far <= _SECOND,
            ),
        ),
        seeds=_named(extent),
    )


def drills(extent: Extent) -> Result:
    """Drill every runbook, once a seed."""
    drilled = [
        told("drill", f"{runbook} {seed}", partial(drill, runbook, seed=seed, spread=None))
        for seed in _seeds(extent)
        for runbook in (PARENT, *SERVICES)
    ]
    return Result(
        done=extent.count,
        bad=tuple(f"{each.runbook} seed {each.seed}" for each in drilled if not each.good),
        figures=(
            f"{len(drilled)} drills; {sum(each.removed for each in drilled)} ledger entries, each read back as gone:"
            f" {sum(len(each.unremoved) for each in drilled)} left; resources left in the sandbox:"
            f" {sum(len(each.resources_left) for each in drilled)}; source machines changed:"
            f" {sum(len(each.sources_changed) for each in drilled)}; interfaces outside the drill network or"
            f" effects that no drill may have: {sum(len(each.outside) for each in drilled)}"
        ),
        seeds=_named(extent),
    )


def leftovers(extent: Extent) -> Result:
    """Let drills meet a fault at each call, or lose their daemon, among look-alikes; the reaper passes by its timer."""
    every = leftover_cases()
    chosen = [(number, every[(extent.turn + number * 37) % len(every)]) for number in range(extent.count)]
    played = [
        told("leftovers", f"{number} {case}", partial(left_by, number, case, look_alikes=_LOOK_ALIKES))
        for number, case in chosen
    ]
    return Result(
        done=len(played),
        bad=tuple(str(each.case) for each in played if not each.good),
        figures=(
            f"{len(played)} drills among {_LOOK_ALIKES} look-alikes each; {sum(each.died for each in played)} lost"
            f" their daemon; removed by the reaper: {sum(each.reaped for each in played)}; left 15 min after the end:"
            f" {sum(len(each.left) for each in played)}; look-alikes deleted:"
            f" {sum(len(each.harmed) for each in played)}"
        ),
        seeds=_named(extent),
    )


def faults(extent: Extent) -> Result:
    """Spoil the calls that a failover and a drill make, in every way; so many cases, spread over all there are."""
    modes = (Mode.FAILOVER, Mode.DRILL)
    known = [case for mode in modes for runbook in _RUNBOOKS for case in cases_of(runbook, mode)]
    step = max(1, len(known) // extent.count)
    tried: list[Outcome] = [told("fault", case, partial(try_case, case)) for case in known[extent.turn % step :: step]]
    calls = {(each.case.mode, each.case.method, each.case.operation) for each in tried}
    twice = sum(len(each.repeated) for each in tried)
    left = sum(bool(each.left) for each in tried)
    helped = sum(not each.alone and each.good for each in tried)
    return Result(
        done=len(tried),
        bad=tuple(str(each.case) for each in tried if not each.good),
        figures=(
            f"{len(calls)} calls of {' and '.join(_RUNBOOKS)}, {len(FAULTS)} kinds of fault; effects that happened"
            f" twice: {twice}; drills that left something: {left}; ended well by themselves:"
            f" {sum(each.alone for each in tried)}; waited for a person with reason and hint, and ended well after a"
            f" retry: {helped}"
        ),
    )


def _seeds(extent: Extent) -> range:
    return range(extent.seed, extent.seed + extent.count)


def _named(extent: Extent) -> str:
    seeds = _seeds(extent)
    return str(seeds[0]) if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"


def _minutes(length: timedelta) -> str:
    return f"{length.total_seconds() / 60:.1f} min"


def _proof(name: str, tests: str, promises: str, texts: tuple[str, str], prove: Callable[[Extent], Result]) -> Proof:
    full = {"seeds": 5, "cases": 1_000}
    unit = "cases" if name in {"faults", "leftovers"} else "seeds"
    says, asks = texts
    return Proof(
        name=name,
        tests=tests,
        promises=promises,
        says=says,
        asks=asks,
        unit=unit,
        full=full[unit],
        share={"faults": 20, "leftovers": 4}.get(name, 1),
        prove=prove,
    )


VIRTUAL = (
    _proof(
        "lost-region",
        "T9, T30",
        "P1, P7, P8",
        ("the home region is lost and everything failed over, in virtual time", "every service back, as told"),
        lost_region,
    ),
    _proof(
        "drills",
        "T23 in part",
        "P3, P4",
        ("every runbook drilled, in virtual time", "nothing left, nothing else touched"),
        drills,
    ),
    _proof(
        "leftovers",
        "T23",
        "P3, P4",
        ("drills broken at each call, or whose daemon dies, and the reaper", "nothing left, no look-alike deleted"),
        leftovers,
    ),
    _proof(
        "faults",
        "T4, T6, T23 in part",
        "P1, P2, P3",
        ("an error of ARM at each call of failover and drill, in virtual time", "ends well, or waits with a reason"),
        faults,
    ),
)
