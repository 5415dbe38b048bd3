"""Many runs in one daemon, side by side: how long, how much memory, how late the event loop is, how fair it is."""

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path

import drd.daemon.wiring  # noqa: F401 - what a daemon loads counts for its memory
from benchmarks.house import engine_on, place_of, plan_of
from drd.daemon.memory import settle_memory
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.engine.engine import StartWish
from drd.ports.observer import Seen
from drd.store.opening import open_store

_LOOK_SECONDS = 0.005
_LATE = 0.99


class Tally:
    """What the runs did so far."""

    def __init__(self, runs: int, steps: int) -> None:
        """Expect so many runs of so many steps."""
        self._runs, self._half = runs, runs * steps // 2
        self._done = Counter[RunId]()
        self._ended = 0
        self.fairness = 0.0
        self.over = asyncio.Event()

    def hear(self, seen: Seen) -> None:
        """Count; half-way, say how evenly the steps lie over the runs (Jain's index, 1 is even)."""
        if seen.event.kind is Kind.STEP_DONE:
            self._done[seen.event.run] += 1
            if self._done.total() == self._half:
                squares = sum(count * count for count in self._done.values())
                self.fairness = self._half**2 / (self._runs * squares)
        elif seen.event.kind is Kind.RUN_FINISHED:
            self._ended += 1
            if self._ended == self._runs:
                self.over.set()


async def many(place: Path | str, runs: int, steps: int) -> dict[str, float]:
    """Accept all runs, serve them, and wait until the last has ended."""
    tally, lags = Tally(runs, steps), list[float]()
    store = await open_store(place, daemon="bench")
    engine = engine_on(store, tally.hear)
    plans = [plan_of(steps, chains=1, service=f"dienst-{number}") for number in range(runs)]
    await asyncio.gather(*(engine.start(plan, StartWish(actor="bench")) for plan in plans))
    settle_memory()
    began, cpu = time.perf_counter(), time.process_time()
    watching = asyncio.create_task(_watch(lags))
    serving = asyncio.create_task(engine.serve())
    await tally.over.wait()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    watching.cancel()
    await engine.drain()
    await serving
    await store.close()
    lags.sort()
    return {
        "seconds": took,
        "cpu_seconds": cpu,
        "lag_seconds": lags[int(len(lags) * _LATE)],
        "most_lag_seconds": lags[-1],
        "fairness": tally.fairness,
    }


async def _watch(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_LOOK_SECONDS)
        lags.append(time.perf_counter() - began - _LOOK_SECONDS)


def main() -> None:
    """`drd_many.py PLACE RUNS STEPS`; prints figures as JSON."""
    place, runs, steps = sys.argv[1:]
    print(json.dumps(asyncio.run(many(place_of(place), int(runs), int(steps)))))


if __name__ == "__main__":
    main()
