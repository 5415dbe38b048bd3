"""`python -m proofs.simulation SEED [SEED ...]`: play seeds and show what happened."""

import argparse
import sys
import time
from collections.abc import Sequence

from proofs.simulation.simulate import simulate


def main(arguments: Sequence[str]) -> int:
    """Play. The exit code is 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m proofs.simulation")
    parser.add_argument("seeds", type=int, nargs="+")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--daemons", type=int, default=2)
    parser.add_argument("--quiet", action="store_true")
    given = parser.parse_args(arguments)
    bad = 0
    for first in given.seeds:
        for seed in range(first, first + given.count):
            began = time.process_time()
            one = simulate(seed, daemons=given.daemons)
            bad += bool(one.bad)
            if not given.quiet:
                print("\n".join(one.trace))
            mode = f"{one.play.runbook} {one.play.mode.value}{' lost' if one.play.lost else ''} {len(one.play.hosts)}"
            print(
                f"{'BAD' if one.bad else 'ok '} {seed} {mode} {', '.join(one.ends)} {one.seconds:.0f} s"
                f" {one.requests} requests {one.digest[:12]} {time.process_time() - began:.2f} s of CPU", flush=True
            )
            if one.bad:
                print("\n".join(f"    {fault}" for fault in one.faults))
                print("\n".join(f"    ! {each}" for each in one.bad[:8]), flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
