"""One run of steps that do nothing, through drd's own engine and store, every event on disk before the next."""

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

import drd.daemon.wiring  # noqa: F401 - what a daemon loads counts for its memory
from benchmarks.house import engine_on, place_of, plan_of
from drd.daemon.memory import settle_memory
from drd.domain.events import Kind
from drd.engine.engine import StartWish
from drd.ports.observer import Seen
from drd.store.opening import open_store

_FEW = 5


async def run(place: Path | str, steps: int, *, chains: int) -> dict[str, float]:
    """Run once and say how long it took, from the order to the end of the run, both durable.

    A small run goes before: what a daemon does once in its life is not counted.
    """
    finished = asyncio.Event()

    def hear(seen: Seen) -> None:
        if seen.event.kind is Kind.RUN_FINISHED:
            finished.set()

    store = await open_store(place, daemon="bench")
    engine = engine_on(store, hear)
    serving = asyncio.create_task(engine.serve())
    settle_memory()
    await engine.start(plan_of(_FEW, chains=_FEW, service="eerst"), StartWish(actor="bench"))
    await finished.wait()
    finished.clear()
    plan = plan_of(steps, chains=chains)
    began, cpu = time.perf_counter(), time.process_time()
    card = await engine.start(plan, StartWish(actor="bench"))
    await finished.wait()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    card = await store.journal.run(card.id)
    assert card.state.value == "succeeded", card
    events = len(await store.journal.events(card.id))
    await engine.drain()
    await serving
    await store.close()
    return {"seconds": took, "cpu_seconds": cpu, "events": events}


def main() -> None:
    """`drd_runbook.py PLACE STEPS chain|side-by-side`, in a new folder in PLACE or there; prints figures as JSON."""
    place, steps, form = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=None if "://" in place else place) as folder:
        at = place_of(place if "://" in place else folder)
        print(json.dumps(asyncio.run(run(at, int(steps), chains=1 if form == "chain" else int(steps)))))


if __name__ == "__main__":
    main()
