"""drd's engine on a real store, as the daemon wires it, with nobody watching: what the benchmarks of drd measure."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from drd.daemon import discovery
from drd.daemon.catalogue import Actions, Checks
from drd.daemon.clock import HostClock
from drd.domain.call import Call
from drd.domain.estate import Objectives
from drd.domain.ids import RunbookId, ServiceId, StepId, TenantId
from drd.domain.language import Text
from drd.domain.plan import Mode, RecoveryGroup, RecoveryPlan, Step
from drd.engine.engine import Engine, EngineParts
from drd.ports.capabilities import Provider
from drd.ports.observer import Seen
from drd.ports.reach import HttpAnswer
from drd.store.opening import Store


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


class Ear:
    """Answers the port `Observer`: hears each event once it is on disk."""

    def __init__(self, hear: Callable[[Seen], None]) -> None:
        """Pass everything on."""
        self._hear = hear

    def saw(self, seen: Seen) -> None:
        """Hear of an event."""
        self._hear(seen)


def place_of(text: str) -> Path | str:
    """Read a store's place: a folder, or the address of a database."""
    return text if "://" in text else Path(text)


def plan_of(steps: int, *, chains: int, service: str = "niets") -> RecoveryPlan:
    """Make a plan of no-op steps in so many chains side by side: one is a chain, as many as steps is all at once."""
    names = [StepId(f"s{number}") for number in range(steps)]
    return RecoveryPlan(
        runbook=RunbookId("nothing"),
        title=Text(nl="Niets"),
        tenant=TenantId("voorbeeld"),
        service=ServiceId(service),
        mode=Mode.FAILOVER,
        home_region="westeurope",
        recovery_region="northeurope",
        groups=(RecoveryGroup(id=""),),
        steps=tuple(
            Step(id=name, call=Call(uses="noop", values={}), needs=(names[place - chains],) if place >= chains else ())
            for place, name in enumerate(names)
        ),
        objectives=Objectives(rpo=None, rto=timedelta(hours=1)),
    )


def engine_on(store: Store, hear: Callable[[Seen], None]) -> Engine:
    """Wire an engine that does nothing outside itself."""
    return Engine(
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
            observers=(Ear(hear),),
        )
    )
