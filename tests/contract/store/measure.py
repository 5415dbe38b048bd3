"""Measures the journal beside the disk: `python -m tests.contract.store.measure [FOLDER]`."""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from drd.domain.events import Kind
from drd.domain.lifecycle import RunState
from drd.store.opening import open_store
from tests.contract.store.sample import Pen, card, plan

CHAIN = 3000
TOGETHER = 1000
ROUNDS = 10


def fsync_rate(folder: Path) -> float:
    """Give how often a second the disk makes a page durable."""
    file = os.open(folder / "fsync", os.O_CREAT | os.O_WRONLY)
    began = time.perf_counter()
    for _ in range(TOGETHER):
        os.write(file, b"x" * 4096)
        os.fdatasync(file)
    took = time.perf_counter() - began
    os.close(file)
    return TOGETHER / took


async def measure(folder: Path, *, threads: bool) -> str:
    """Give one line of figures."""
    store = await open_store(folder / f"threads-{threads}", daemon="measure", threads=threads)
    of, pen = plan(), Pen("run-1")
    await store.journal.accept(card("run-1", of), of, pen.write(Kind.RUN_ACCEPTED))
    chain = pen.many(CHAIN)
    began = time.perf_counter()
    for event in chain:
        await store.journal.append([event], state=RunState.RUNNING)
    alone = CHAIN / (time.perf_counter() - began)
    took = 0.0
    for _ in range(ROUNDS):
        events = pen.many(TOGETHER)
        began = time.perf_counter()
        await asyncio.gather(*(store.journal.append([event], state=RunState.RUNNING) for event in events))
        took += time.perf_counter() - began
    began = time.perf_counter()
    count = len(await store.journal.events(pen.run))
    read = time.perf_counter() - began
    await store.close()
    together = TOGETHER * ROUNDS / took
    return f"chain {alone:8,.0f}/s  {TOGETHER} together {together:8,.0f}/s  {count} events read in {read:.2f} s"


async def main(folder: Path) -> None:
    """Print the table."""
    sys.stdout.write(f"fdatasync of one page {fsync_rate(folder):,.0f}/s\n")
    for threads in (True, False):
        sys.stdout.write(f"{'writer thread' if threads else 'inline':<14}{await measure(folder, threads=threads)}\n")
    sys.stdout.write(f"fdatasync of one page {fsync_rate(folder):,.0f}/s\n")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as made:
        asyncio.run(main(Path(made)))
