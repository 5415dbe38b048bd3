"""Many accepted runs, none begun: how fast a dispatcher claims them, and an engine brings them to their end."""

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks.house import engine_on, place_of, plan_of
from drd.daemon.memory import settle_memory
from drd.domain.events import Kind
from drd.engine.engine import Engine, StartWish
from drd.ports.dispatcher import Claim
from drd.ports.observer import Seen
from drd.store.opening import open_store


async def claimed(place: Path | str, runs: int) -> dict[str, float]:
    """Let the dispatcher alone claim every run; each move has begun, and holds its claim until the last has."""
    store = await open_store(place, daemon="bench")
    accepting = time.perf_counter()
    await _accept(engine_on(store, lambda _: None), runs)
    accepted = time.perf_counter() - accepting
    every, moving = asyncio.Event(), set[str]()

    async def move(claim: Claim) -> None:
        moving.add(claim.run)
        if len(moving) == runs:
            every.set()
        await every.wait()

    settle_memory()
    began = time.perf_counter()
    serving = asyncio.create_task(store.dispatcher.serve(move))
    await every.wait()
    took = time.perf_counter() - began
    await store.dispatcher.drain()
    await serving
    await store.close()
    return {"accepted_seconds": accepted, "seconds": took}


async def moved(place: Path | str, runs: int) -> dict[str, float]:
    """Let a whole engine claim every run, load it, move its one step, and end it."""
    seen_kinds, every, ended = Counter[Kind](), asyncio.Event(), asyncio.Event()

    def hear(seen: Seen) -> None:
        seen_kinds[seen.event.kind] += 1
        if seen_kinds[Kind.RUN_CLAIMED] == runs:
            every.set()
        if seen_kinds[Kind.RUN_FINISHED] == runs:
            ended.set()

    store = await open_store(place, daemon="bench")
    await _accept(engine_on(store, lambda _: None), runs)
    engine = engine_on(store, hear)
    settle_memory()
    began = time.perf_counter()
    serving = asyncio.create_task(engine.serve())
    await every.wait()
    took = time.perf_counter() - began
    await ended.wait()
    whole = time.perf_counter() - began
    await engine.drain()
    await serving
    await store.close()
    return {"seconds": took, "whole_seconds": whole}


async def _accept(engine: Engine, runs: int) -> None:
    start = engine.start
    await asyncio.gather(
        *(start(plan_of(1, chains=1, service=f"dienst-{number}"), StartWish(actor="bench")) for number in range(runs))
    )


def main() -> None:
    """`drd_dispatch.py claimed|moved PLACE RUNS`; prints figures as JSON."""
    what, place, runs = sys.argv[1:]
    print(json.dumps(asyncio.run({"claimed": claimed, "moved": moved}[what](place_of(place), int(runs)))))


if __name__ == "__main__":
    main()
