"""A process that appends until it is killed, or until the disk is full. Says on its standard output what is durable."""

import asyncio
import resource
import sys
from pathlib import Path

from drd.domain.errors import JournalUnavailableError
from drd.domain.events import Event, Kind
from drd.domain.lifecycle import RunState
from drd.store.opening import Store, open_store
from tests.contract.store.sample import Pen, card, plan

RUNS = 4


async def _begin(store: Store) -> list[Pen]:
    pens = [Pen(f"run-{n}") for n in range(RUNS)]
    for n, pen in enumerate(pens):
        of = plan(f"dienst-{n}")
        await store.journal.accept(card(pen.run, of), of, pen.write(Kind.RUN_ACCEPTED))
    return pens


async def _say(store: Store, pen: Pen) -> None:
    for _ in range(10_000):
        event = pen.write(step="s1", reason="x" * 200)
        await store.journal.append([event], state=RunState.RUNNING)
        sys.stdout.write(f"{pen.run} {event.sequence}\n")
        sys.stdout.flush()


async def append(store: Store) -> None:
    """Append to several runs side by side, for ever; each line is an acknowledged event."""
    await asyncio.gather(*(_say(store, pen) for pen in await _begin(store)))


async def fill(store: Store) -> None:
    """Append until no file may grow, then make room and go on with the very same events."""
    pens = await _begin(store)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, usual[1]))
    refused: list[JournalUnavailableError] = []
    durable, events = 0, list[Event]()
    while not refused:
        events = [pen.write(step="s1", reason="y" * 5000) for pen in pens]
        wishes = [store.journal.append([event], state=RunState.RUNNING) for event in events]
        outcomes = await asyncio.gather(*wishes, return_exceptions=True)
        refused = [outcome for outcome in outcomes if isinstance(outcome, JournalUnavailableError)]
        durable += sum(outcome is None for outcome in outcomes)
    counted = [len(await store.journal.events(pen.run)) for pen in pens]
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    for event in events:
        await store.journal.append([event], state=RunState.RUNNING)
    sys.stdout.write(f"{len(refused)} refused, {sum(counted) - RUNS - durable} half written: {refused[0]}\n")


async def main() -> None:
    """Do what the first argument says in the folder of the second."""
    store = await open_store(Path(sys.argv[2]), daemon="child")
    await {"append": append, "fill": fill}[sys.argv[1]](store)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
