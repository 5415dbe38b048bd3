"""One run of 1,000 steps that do nothing, through drd's own engine and store, every event on disk before the next."""

import asyncio
import json
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from drd.daemon import discovery
from drd.daemon.catalogue import Actions, Checks
from drd.daemon.clock import HostClock
from drd.daemon.memory import settle_memory
from drd.domain.call import Call
from drd.domain.estate import Objectives
from drd.domain.events import Kind
from drd.domain.ids import RunbookId, ServiceId, StepId, TenantId
from drd.domain.language import Text
from drd.domain.plan import Mode, RecoveryGroup, RecoveryPlan, Step
from drd.engine.engine import Engine, EngineParts, StartWish
from drd.ports.capabilities import Provider
from drd.ports.observer import Seen
from drd.ports.reach import HttpAnswer
from drd.store.opening import open_store


class Nobody:
    """Answers the port `Reach`: these steps ask nobody."""

    async def connect(self, host: str, port: int, *, limit: timedelta) -> None:
        """Connect to nobody."""

    async def get(self, url: str, *, limit: timedelta) -> HttpAnswer:
        """Get nothing."""
        return HttpAnswer(status=204)

    async def resolve(self, host: str, *, limit: timedelta) -> tuple[str, ...]:
        """Find nothing."""
        return ()


class Finish:
    """Answers the port `Observer`: hears the run's last event, which is on disk by then."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    def saw(self, seen: Seen) -> None:
        """Take note of an event."""
        if seen.event.kind is Kind.RUN_FINISHED:
            self.reached.set()


def plan_of(steps: int, *, chain: bool) -> RecoveryPlan:
    """Make a plan of no-op steps, one after the other or all at once."""
    names = [StepId(f"s{number}") for number in range(steps)]
    return RecoveryPlan(
        runbook=RunbookId("nothing"),
        title=Text(nl="Niets"),
        tenant=TenantId("voorbeeld"),
        service=ServiceId("niets"),
        mode=Mode.FAILOVER,
        home_region="westeurope",
        recovery_region="northeurope",
        groups=(RecoveryGroup(id=""),),
        steps=tuple(
            Step(id=name, call=Call(uses="noop", values={}), needs=(names[place - 1],) if chain and place else ())
            for place, name in enumerate(names)
        ),
        objectives=Objectives(rpo=None, rto=timedelta(hours=1)),
    )


async def run(folder: Path, steps: int, *, chain: bool) -> dict[str, float]:
    """Run once and say how long it took, from the order to the end of the run, both durable."""
    finish = Finish()
    store = await open_store(folder, daemon="bench")
    engine = Engine(
        EngineParts(
            journal=store.journal,
            dispatcher=store.dispatcher,
            ledger=store.ledger,
            actions=Actions(discovery.actions()),
            checks=Checks(()),
            provider=Provider("nobody", ()),
            reach=Nobody(),
            drill_reach=Nobody(),
            clock=HostClock(),
            observers=(finish,),
        )
    )
    serving = asyncio.create_task(engine.serve())
    plan = plan_of(steps, chain=chain)
    settle_memory()
    began, cpu = time.perf_counter(), time.process_time()
    card = await engine.start(plan, StartWish(actor="bench"))
    await finish.reached.wait()
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    card = await store.journal.run(card.id)
    assert card.state.value == "succeeded", card
    events = len(await store.journal.events(card.id))
    await engine.drain()
    await serving
    await store.close()
    return {"seconds": took, "cpu_seconds": cpu, "events": events}


def main() -> None:
    """`drd_runbook.py FOLDER STEPS chain|side-by-side`; prints figures as JSON."""
    folder, steps, form = sys.argv[1:]
    with tempfile.TemporaryDirectory(dir=folder) as place:
        print(json.dumps(asyncio.run(run(Path(place), int(steps), chain=form == "chain"))))


if __name__ == "__main__":
    main()
