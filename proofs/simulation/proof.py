"""The proof that plays many seeds of the simulation, side by side on the cores that there are."""

import gc
import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proofs.result import Extent, Goal, Proof, Result
from proofs.simulation.minimise import minimised, told
from proofs.simulation.simulate import Simulated, simulate

_WORKERS = 2
_AT_ONCE = 4
_CHEAP_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What is kept of a seed.

    Attributes:
        said: how to replay it, and its shortest list of faults; empty when every promise was kept.
        seconds: of CPU.
    """

    seed: int
    said: str
    kinds: tuple[str, ...]
    requests: int
    virtual_seconds: float
    seconds: float


def play_seed(seed: int) -> Played:
    """Play one seed, and look for the shortest list of faults when a promise was broken."""
    began = time.process_time()
    one: Simulated = simulate(seed)
    # What is there now stays: only what a seed leaves behind needs to be looked at when garbage is collected.
    gc.freeze()
    seconds = time.process_time() - began
    return Played(
        seed=seed,
        said=told(minimised(one)) if one.bad else "",
        kinds=tuple(fault.kind for fault in one.faults),
        requests=one.requests,
        virtual_seconds=one.seconds,
        seconds=seconds,
    )


def play_seeds(first: int, count: int) -> Iterator[Played]:
    """Play seeds in processes of their own, each for a few hundred, so that none grows; gives them as they end."""
    seeds = range(first, first + count)
    workers = min(_WORKERS, os.cpu_count() or 1, count)
    if workers == 1:
        yield from map(play_seed, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(workers, maxtasksperchild=_SEEDS_A_PROCESS) as pool:
        yield from pool.imap_unordered(play_seed, seeds, chunksize=_AT_ONCE)


_SEEDS_A_PROCESS = 100


def so_far(played: Sequence[Played], *, of: int, seconds: float) -> str:
    """Say in a line how far a long play has come, and how long the rest takes at this pace."""
    broken = sum(bool(one.said) for one in played)
    left = (of - len(played)) * seconds / len(played) / 60
    return (
        f"simulation: {len(played)} of {of} seeds, {broken} broken, {seconds / 60:.0f} min, about {left:.0f} min left"
    )


_TELL_SECONDS = 60.0


def prove(extent: Extent) -> Result:
    """Play seeds."""
    played, began = list[Played](), time.monotonic()
    tell_at = began + _TELL_SECONDS
    for one in play_seeds(extent.seed, extent.count):
        played.append(one)
        if one.said:
            print(one.said, flush=True)
        if time.monotonic() >= tell_at:
            print(so_far(played, of=extent.count, seconds=time.monotonic() - began), flush=True)
            tell_at += _TELL_SECONDS
    kinds = [kind for one in played for kind in one.kinds]
    hours = sum(one.virtual_seconds for one in played) / 3600
    mean = sum(one.seconds for one in played) / len(played)
    return Result(
        done=len(played),
        bad=tuple(sorted(f"python -m proofs.simulation {one.seed} --short" for one in played if one.said)),
        figures=(
            f"{len(kinds)} faults of {len(set(kinds))} kinds in {hours:.0f} h of virtual time,"
            f" {sum(one.requests for one in played)} requests"
        ),
        goals=(
            Goal(
                text=f"a seed costs at most {_CHEAP_SECONDS:g} s of CPU on average: {mean:.2f} s",
                met=mean <= _CHEAP_SECONDS,
            ),
        ),
        seeds=f"{extent.seed} to {extent.seed + extent.count - 1}",
    )


PROOF = Proof(
    name="simulation",
    tests="T3, T33, with T2, T4 to T6, T8, T12, T14, T15 and T19 in part",
    promises="P1 to P6, P8",
    says="one or two daemons, SDK clients and sandbox in one process under one virtual clock, faults drawn from a seed",
    asks="no promise broken, told from the sandbox's journal; every run ends, helped along where it asks for a person",
    unit="seeds",
    full=10_000,
    share=60,
    prove=prove,
)
