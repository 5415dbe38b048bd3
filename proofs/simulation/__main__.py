"""`python -m proofs.simulation SEED`: play a seed again and show everything that happened."""

import argparse
import gc
import sys
import time
from collections.abc import Sequence

from proofs.simulation.faults import draw
from proofs.simulation.minimise import minimised, told
from proofs.simulation.play import Fault
from proofs.simulation.simulate import Simulated, simulate


def main(arguments: Sequence[str]) -> int:
    """Play. The exit code is 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m proofs.simulation", description="Play seeds of the simulation.")
    parser.add_argument("seed", type=int, help="the first one")
    parser.add_argument("--count", type=int, default=1, help="how many, from the first on")
    parser.add_argument("--only", default="", help="numbers of the faults that happen; `none` for none of them")
    parser.add_argument("--quiet", action="store_true", help="no trace of what went well")
    parser.add_argument("--short", action="store_true", help="look for the shortest list of faults that still fails")
    given = parser.parse_args(arguments)
    broken = 0
    for seed in range(given.seed, given.seed + given.count):
        began = time.process_time()
        one = simulate(seed, faults=_only(seed, given.only))
        gc.freeze()
        broken += bool(one.bad)
        if one.bad:
            print(told(minimised(one) if given.short else one))
        elif not given.quiet:
            print("\n".join([*map(str, one.faults), *one.trace]))
        print(_line(one, time.process_time() - began), flush=True)
    return 1 if broken else 0


def _only(seed: int, wanted: str) -> tuple[Fault, ...] | None:
    if not wanted:
        return None
    numbers = set() if wanted == "none" else {int(number) for number in wanted.split(",")}
    _, drawn = draw(seed)
    return tuple(fault for fault in drawn if fault.number in numbers)


def _line(one: Simulated, seconds: float) -> str:
    play = one.play
    what = f"{play.runbook} {play.mode.value}{' lost' if play.lost else ''}, {len(play.hosts)} daemons"
    return (
        f"{'BAD' if one.bad else 'ok '} {one.seed} {what}: {', '.join(one.ends)}; {one.seconds:.0f} s of virtual time,"
        f" {one.requests} requests, {seconds:.2f} s of CPU, {one.digest[:16]}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
