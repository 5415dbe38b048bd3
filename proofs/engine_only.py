"""T3, its first half: the engine alone among everything that goes wrong, thousands of seeds in virtual time."""

import gc
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import structlog

from drd.domain.ids import StepId
from drd.domain.plan import RecoveryPlan
from proofs.model.installation import Installation
from proofs.model.plans import without
from proofs.model.process import Process
from proofs.model.script import Script, script_of
from proofs.model.verdict import trace_hash, violations
from proofs.result import Extent, Proof, Result

Defect = Callable[[Process], None]

_MOST_REPLAYS = 300
_ENOUGH = 10
_SWEEP_EVERY = 100
_REPLAYED_EVERY = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What came of one seed. `trace` gives one hash over everything that happened."""

    script: Script
    broken: tuple[str, ...]
    trace: Callable[[], str]
    events: int
    sent: int

    def told(self) -> str:
        """Say what broke, and how to see it again."""
        plans = (f"{plan.runbook}: {' '.join(step.id for step in plan.steps)}" for plan in self.script.plans)
        return "\n".join(
            [
                f"seed {self.script.seed}: {'; '.join(self.broken[:3])}",
                f"replay: {replay_command(self.script.seed)}",
                *(f"  plan {line}" for line in plans),
                *(f"  {fault}" for fault in self.script.faults),
            ]
        )


def replay_command(seed: int) -> str:
    """Give the one command that plays a seed again, and shortens it."""
    return f"python -m proofs --only engine-only --seeds 1 --seed {seed}"


def play(script: Script, defect: Defect | None = None) -> Played:
    """Play one seed, and judge it."""
    seed = Installation(script, defect)
    try:
        seed.play()
        broken = tuple(dict.fromkeys(violations(seed)))
    except Exception as error:  # noqa: BLE001 - whatever breaks is what the seed has found
        broken = (f"the engine raised {error!r}",)
    return Played(
        script=script,
        broken=broken,
        trace=partial(trace_hash, seed),
        events=sum(len(row.events) for row in seed.db.rows.values()),
        sent=len(seed.world.sent),
    )


def shortened(played: Played, defect: Defect | None = None) -> Played:
    """Leave out misfortunes and steps as long as the seed still breaks something."""
    best, left = played, _MOST_REPLAYS
    shorter = True
    while shorter and left > 0:
        shorter = False
        for script in _shorter(best.script):
            left -= 1
            tried = play(script, defect)
            if tried.broken:
                best, shorter = tried, True
                break
            if left <= 0:
                break
    return best


def _shorter(script: Script) -> Iterator[Script]:
    """Give scripts that lack something, those that lack most first."""
    faults = script.faults
    size = len(faults)
    while size:
        for begin in range(0, len(faults), size):
            yield replace(script, faults=faults[:begin] + faults[begin + size :])
        size //= 2
    for place, plan in enumerate(script.plans):
        for shorter in _shorter_plans(plan):
            yield replace(script, plans=(*script.plans[:place], shorter, *script.plans[place + 1 :]))


def _shorter_plans(plan: RecoveryPlan) -> Iterator[RecoveryPlan]:
    names: list[StepId] = [step.id for step in plan.steps]
    size = len(names) // 2
    while size:
        for begin in range(0, len(names), size):
            yield without(plan, frozenset(names[begin : begin + size]))
        size //= 2


@contextmanager
def quiet() -> Iterator[None]:
    """Let the engine's log go nowhere: what it says of misfortunes on purpose is thousands of lines."""
    kept = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL), processors=[_dropped])
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        structlog.configure(**kept)


def _dropped(_logger: object, _method: str, _event: Any) -> str:  # noqa: ANN401 - structlog's own signature
    raise structlog.DropEvent


@dataclass(slots=True)
class Tally:
    """What many seeds come to."""

    seeds: int = 0
    events: int = 0
    sent: int = 0
    unequal: tuple[int, ...] = ()
    broken: tuple[Played, ...] = ()


def play_seeds(seeds: range, *, until: float = float("inf")) -> Tally:
    """Play seeds, until one second of the host's clock at the latest; every fiftieth twice, to compare traces."""
    tally = Tally()
    with quiet():
        for seed in seeds:
            if time.monotonic() >= until or len(tally.broken) >= _ENOUGH:
                break
            played = play(script_of(seed))
            tally.seeds += 1
            tally.events += played.events
            tally.sent += played.sent
            if played.broken:
                tally.broken += (shortened(played),)
                print(tally.broken[-1].told(), flush=True)
            if not tally.seeds % _REPLAYED_EVERY and play(script_of(seed)).trace() != played.trace():
                tally.unequal += (seed,)
            if not tally.seeds % _SWEEP_EVERY:
                gc.collect()
    return tally


def prove(extent: Extent) -> Result:
    """Play as many seeds as are asked for."""
    began, seeds = time.monotonic(), range(extent.seed, extent.seed + extent.count)
    tally = play_seeds(seeds)
    took = time.monotonic() - began
    unequal = tuple(f"seed {seed} has two traces: {replay_command(seed)}" for seed in tally.unequal)
    return Result(
        done=tally.seeds,
        bad=tuple(f"{each.broken[0]}: {replay_command(each.script.seed)}" for each in tally.broken) + unequal,
        figures=(
            f"{tally.events} events, {tally.sent} requests, {took / max(tally.seeds, 1) * 1000:.1f} ms a seed;"
            f" {tally.seeds // _REPLAYED_EVERY} seeds played twice, {len(unequal)} of them with two traces"
        ),
        seeds=f"{seeds.start} to {seeds.stop - 1}",
    )


PROOF = Proof(
    name="engine-only",
    tests="T3",
    promises="P1, P2, P5, P8",
    says="engine, two daemons, cloud, database and people in a model, under one virtual clock: crashes and freezes at"
    " any await, lost answers and commits, 429 and 5xx, jobs that fail or never end, a database that is away, clocks"
    " that jump, every order at any time",
    asks="nothing sent twice, by a zombie, before its intent is durable, or 1 s after stop; nothing lost; every run"
    " ends",
    unit="seeds",
    full=100_000,
    share=10_000,
    prove=prove,
)
