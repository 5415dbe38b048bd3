"""A daemon's metrics port over a real store with a large estate in it; runs a plan beside it when it is told to."""

import asyncio
import json
import platform
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import drd.daemon.wiring  # noqa: F401 - what a daemon loads counts for its memory
from benchmarks.house import engine_on, place_of, plan_of
from drd.daemon.clock import HostClock
from drd.daemon.discovery import families
from drd.daemon.health import Health, observation_app
from drd.daemon.listening import observation_server, open_port, stopped
from drd.daemon.memory import settle_memory
from drd.domain.estate import (
    ItemKind,
    Mechanism,
    Objectives,
    ProtectedItem,
    Protection,
    RecoveryPoint,
    Service,
    Tenant,
)
from drd.domain.ids import ArmId, ItemId, RunbookId, ServiceId, TenantId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.language import Text
from drd.domain.timetable import CalendarTerms
from drd.engine.engine import Engine, StartWish
from drd.metrics.exporter import Exporter
from drd.metrics.family import About, Family
from drd.ports.inventory import ItemFacts
from drd.scheduling.timetable import Timetable
from drd.settings.services import CatalogueServices
from drd.store.opening import Store, open_store

POINTS = 60
BAD_OF = 20
"""Of so many items one has no point that is young enough."""

_AT_ONCE = 500
_LOOK_SECONDS = 0.005
_LATE = 0.99
_VAULT = ArmId("/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/rsv")


class Estate:
    """Tenants of services of items, and what was seen of each item."""

    def __init__(self, tenants: int, services: int, items: int) -> None:
        """Make so many of each."""
        self.now = HostClock().now()
        self.tenants = tuple(self._tenant(number, services, items) for number in range(tenants))

    def facts(self) -> Iterator[ItemFacts]:
        """Give what was seen of each item: half are replicated, half are backed up."""
        number = 0
        for tenant in self.tenants:
            for service in tenant.services:
                for item in service.items:
                    number += 1
                    yield self._facts(tenant, service, item, number)

    def _tenant(self, number: int, services: int, items: int) -> Tenant:
        name = f"gemeente-{number}"
        return Tenant(
            id=TenantId(name),
            name=Text(nl=name),
            home_region="westeurope",
            recovery_region="northeurope",
            subscriptions=("s-1",),
            services=tuple(self._service(f"dienst-{each}", number, items) for each in range(services)),
        )

    def _service(self, name: str, tenant: int, items: int) -> Service:
        return Service(
            id=ServiceId(name),
            name=Text(nl=name),
            tier=1,
            objectives=Objectives(rpo=timedelta(days=2), rto=timedelta(hours=4), drill_every=timedelta(days=90)),
            runbook=RunbookId(name),
            owner="crisisteam",
            items=tuple(_item(f"vm-{tenant}-{name}-{number}") for number in range(items)),
        )

    def _facts(self, tenant: Tenant, service: Service, item: ProtectedItem, number: int) -> ItemFacts:
        mechanism = item.protection[0].mechanism
        replicated = mechanism is Mechanism.SITE_RECOVERY
        age = timedelta(days=3) if number % BAD_OF == 0 else timedelta(minutes=5)
        return ItemFacts(
            tenant=tenant.id,
            service=service.id,
            item=item.id,
            mechanism=mechanism,
            seen_at=self.now,
            state="ok",
            points=tuple(_point(number, each, self.now - age) for each in range(POINTS)),
            points_total=POINTS,
            note="Completed",
            replication_rpo=timedelta(minutes=3) if replicated else None,
            replication_rpo_at=self.now if replicated else None,
            last_backup_at=None if replicated else self.now - age,
        )


def _item(name: str) -> ProtectedItem:
    mechanism = Mechanism.SITE_RECOVERY if name.endswith(("0", "2", "4", "6", "8")) else Mechanism.BACKUP
    return ProtectedItem(
        id=ItemId(name),
        kind=ItemKind.VIRTUAL_MACHINE,
        resource=ArmId(f"/subscriptions/s-1/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/{name}"),
        protection=(Protection(mechanism=mechanism, vault=_VAULT, item=name),),
    )


def _point(item: int, number: int, newest: datetime) -> RecoveryPoint:
    return RecoveryPoint(
        id=f"rp-{item}-{number}",
        time=newest - number * timedelta(hours=1),
        consistency=("application", "crash")[number % 2],
        tiers=("vault",),
    )


class NoRunbooks:
    """Answers the port `Runbooks` as far as metrics ask it."""

    def list(self) -> tuple[()]:
        """Give none."""
        return ()


async def serve(place: Path | str, estate: Estate, wanted: str) -> None:
    """Serve until there is no more to read; each number on standard input is a plan of so many steps to run."""
    store = await open_store(place, daemon="bench")
    await _fill(store, estate)
    clock = HostClock()
    exporter = Exporter(
        families(Family),
        about=About(version="0", revision="", python=platform.python_version(), backend=store.backend),
        readings=store.readings,
        services=CatalogueServices(estate.tenants),
        runbooks=NoRunbooks(),  # type: ignore[arg-type]  # metrics only list them
        timetable=Timetable(CalendarTerms(zone="UTC"), gentle=frozenset(), clock=clock),
        clock=clock,
        exports_domain=lambda: True,
        items=wanted,
    )
    port = open_port("127.0.0.1:0")
    server = observation_server(observation_app(exporter, Health(trouble=str, moving=int)))
    serving = asyncio.create_task(server.serve(sockets=[port]))
    settle_memory()
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(_LOOK_SECONDS)
    print(json.dumps({"port": port.getsockname()[1]}), flush=True)
    engine = engine_on(store, lambda _seen: None)
    moving = asyncio.create_task(engine.serve())
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await _run(engine, int(line))), flush=True)
    await engine.drain()
    await moving
    await stopped(server, serving)
    await store.close()


async def _fill(store: Store, estate: Estate) -> None:
    facts = list(estate.facts())
    for start in range(0, len(facts), _AT_ONCE):
        some = facts[start : start + _AT_ONCE]
        await store.inventory.put_items(tuple(some))
        # What every hour asks of every item, without a restore.
        await store.verifications.append([_verified(each, rung) for each in some for rung in (Rung.L0, Rung.L1)])


def _verified(facts: ItemFacts, rung: Rung) -> Verification:
    return Verification(
        id=f"{facts.tenant}/{facts.item}/{rung.value}",
        tenant=facts.tenant,
        service=facts.service,
        item=facts.item,
        mechanism=facts.mechanism,
        point=facts.points[0].id,
        point_time=facts.points[0].time,
        rung=rung,
        outcome=Outcome.PASSED,
        at=facts.seen_at,
        took=timedelta(0),
        because="",
    )


async def _run(engine: Engine, steps: int) -> dict[str, float]:
    """Run a chain of steps that do nothing, and tell how long it took and how late the event loop was meanwhile."""
    lags: list[float] = []
    watching = asyncio.create_task(_watch(lags))
    began = time.perf_counter()
    card = await engine.start(plan_of(steps, chains=1), StartWish(actor="bench"))
    await engine.over(card.id)
    took = time.perf_counter() - began
    watching.cancel()
    lags.sort()
    return {"seconds": took, "lag_seconds": lags[int(len(lags) * _LATE)], "most_lag_seconds": lags[-1]}


async def _watch(lags: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_LOOK_SECONDS)
        lags.append(time.perf_counter() - began - _LOOK_SECONDS)


def main() -> None:
    """`drd_scrape.py PLACE TENANTS SERVICES ITEMS all|breaching|none`."""
    place, tenants, services, items, wanted = sys.argv[1:]
    asyncio.run(serve(place_of(place), Estate(int(tenants), int(services), int(items)), wanted))


if __name__ == "__main__":
    main()
