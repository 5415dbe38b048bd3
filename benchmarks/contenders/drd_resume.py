"""A run of many steps that is killed, and its first new step after the store was opened again."""

import asyncio
import json
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.house import engine_on, place_of, plan_of
from drd.daemon import discovery
from drd.daemon.memory import settle_memory
from drd.domain.events import Kind
from drd.engine.engine import StartWish
from drd.ports.observer import Seen
from drd.store.opening import open_store

_CHAINS = 100
"""Steps that are under way at once, and so at the kill."""


async def begin(place: Path | str, steps: int, kill_after: int) -> None:
    """Begin a run, and die as by SIGKILL in the moment in which so many steps are done."""
    done = Counter[Kind]()

    def hear(seen: Seen) -> None:
        done[seen.event.kind] += 1
        if done[Kind.STEP_DONE] >= kill_after:
            os.kill(os.getpid(), signal.SIGKILL)

    store = await open_store(place, daemon="bench")
    engine = engine_on(store, hear)
    serving = asyncio.create_task(engine.serve())
    await engine.start(plan_of(steps, chains=_CHAINS), StartWish(actor="bench"))
    await serving


async def resume(place: Path | str) -> dict[str, float]:
    """Open the store, and say when the first step that had not begun before has its intent on disk."""
    first, finished = asyncio.Event(), asyncio.Event()
    ended: list[tuple[float, float]] = []

    def hear(seen: Seen) -> None:
        if seen.event.kind is Kind.STEP_INTENT and not ended:
            ended.append((time.perf_counter(), time.process_time()))
            first.set()
        elif seen.event.kind is Kind.RUN_FINISHED:
            finished.set()

    discovery.actions()  # the program is loaded before it looks at its journal
    settle_memory()
    began, cpu = time.perf_counter(), time.process_time()
    store = await open_store(place, daemon="bench")
    opened = time.perf_counter() - began
    engine = engine_on(store, hear)
    serving = asyncio.create_task(engine.serve())
    await first.wait()
    await finished.wait()
    await engine.drain()
    await serving
    await store.close()
    return {"opened_seconds": opened, "first_seconds": ended[0][0] - began, "cpu_seconds": ended[0][1] - cpu}


def main() -> None:
    """`drd_resume.py begin PLACE STEPS DONE` or `drd_resume.py resume PLACE`; the second prints figures as JSON."""
    what, place, *counts = sys.argv[1:]
    if what == "begin":
        steps, done = map(int, counts)
        asyncio.run(begin(place_of(place), steps, done))
    else:
        print(json.dumps(asyncio.run(resume(place_of(place)))))


if __name__ == "__main__":
    main()
