"""The real API over a Unix socket, on an engine with fakes around it: what the command line speaks to in tests."""

import asyncio
import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from drd.api.app import create_app
from drd.api.authentication import Authentication, Person
from drd.api.routing import Routes, UseCases
from drd.daemon.discovery import routes
from drd.daemon.listening import api_server, open_socket, stopped
from drd.domain.actor import Actor, Role
from drd.domain.daemon_state import DaemonState
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.estate import Mechanism, Objectives, RecoveryPoint, Service, Tenant
from drd.domain.ids import RunbookId, RunId, ServiceId, TenantId
from drd.domain.language import Text
from drd.domain.plan import ApprovalTerms, Mode, RecoveryPlan, Step
from drd.domain.timetable import CalendarTerms, FreezeTerms, ScheduleTerms, Span
from drd.engine.simulation import Simulator
from drd.operations.abandon_run import AbandonRun
from drd.operations.control_run import ControlRun
from drd.operations.drain_daemon import DrainDaemon
from drd.operations.export_run import ExportRun
from drd.operations.list_approvals import ListApprovals
from drd.operations.list_daemons import ListDaemons
from drd.operations.list_inventory import ListInventory
from drd.operations.list_schedules import ListSchedules
from drd.operations.list_services import ListServices
from drd.operations.record_statement import RecordStatement
from drd.operations.show_calendar import ShowCalendar
from drd.operations.show_daemon import ShowDaemon
from drd.operations.show_evidence import ShowEvidence
from drd.operations.show_plan import ShowPlan
from drd.operations.show_run import ShowRun
from drd.operations.start_run import StartRun
from drd.operations.steer_schedule import SteerSchedule
from drd.ports.daemons import DaemonCard
from drd.ports.inventory import Collection, ItemFacts, VaultFacts, VaultList
from drd.ports.readings import Figures
from drd.ports.runbooks import PlanWish, RunbookCard
from drd.ports.slots import Slot
from drd.ports.vault_lists import ListKind
from drd.scheduling.schedule import Schedule
from drd.scheduling.ticker import Ticker
from drd.scheduling.timetable import Timetable
from tests.fakes.engine_house import House, check, machine, plan, step
from tests.fakes.memory_drills import MemoryDrills
from tests.fakes.memory_evidence import MemoryEvidence
from tests.fakes.memory_findings import ReadinessHouse
from tests.fakes.memory_proofs import ProofHouse
from tests.fakes.memory_slots import MemorySlots
from tests.fakes.scripted_world import ScriptedActions, ScriptedChecks

T = TypeVar("T")

TENANT = TenantId("voorbeeld")
SECOND = "crisiscel"
MACHINE = machine("vm-bz-sql-1")


def approval(name: str = "go") -> Step:
    """Make a step that asks the crisis team."""
    ask = Text(nl="DNS omzetten?", en="Switch DNS?", fr="Basculer le DNS ?")
    terms = ApprovalTerms(ask=ask, by=("crisisteam",), not_the_starter=True)
    return step(name, "approve", approval=terms, text=Text(nl="Beslissen", en="Decide", fr="Décider"))


def _plans() -> dict[str, RecoveryPlan]:
    kept = Objectives(rpo=None, rto=timedelta(hours=2))
    slow = step("a", "adopt", {"lasts": 9000}, timeout=timedelta(hours=5))
    broken = step("a", "adopt", {"lasts": -1}, text=Text(nl="Kapot"))
    return {
        "burgerzaken": plan(approval(), step("a", needs=("go",)), check("loket"), objectives=kept),
        "oefening": plan(step("a"), check("loket"), mode=Mode.DRILL, objectives=kept),
        "te-laat": plan(slow, check("loket"), mode=Mode.DRILL, objectives=kept),
        "verlies": plan(step("a"), check("loket"), mode=Mode.DRILL, items=(MACHINE,)),
        "kapot": plan(broken, check("loket"), mode=Mode.DRILL, objectives=kept),
    }


class FakeShelf:
    """Answers the port `Runbooks`."""

    def __init__(self) -> None:
        """Begin with a handful of plans."""
        self.plans = _plans()

    def list(self) -> tuple[RunbookCard, ...]:
        """See the port."""
        return tuple(
            RunbookCard(
                id=RunbookId(name), title=each.title, service=each.service, modes=(each.mode,), path=f"{name}.yaml"
            )
            for name, each in self.plans.items()
        )

    def plan(self, wish: PlanWish) -> RecoveryPlan:
        """See the port."""
        found = self.plans.get(wish.runbook)
        if found is None:
            raise NotFoundError("no such runbook", target=wish.runbook, hint="`drd runbook list` shows all")
        if wish.mode is not found.mode:
            raise InvalidError("the runbook has faults", faults=("x.yaml:3:1: no such mode",), hint="mend it")
        return found


class FakeServices:
    """Answers the port `Services`: one tenant, a service with an item and one without."""

    def __init__(self) -> None:
        """Begin with the sample."""
        hours = timedelta(hours=1)
        name = Text(nl="Burgerzaken", en="Civil affairs", fr="Etat civil")
        self.services = (
            Service(
                id=ServiceId("burgerzaken"),
                name=name,
                tier=1,
                objectives=Objectives(rpo=hours, rto=2 * hours),
                items=(MACHINE,),
            ),
            Service(
                id=ServiceId("netwerk"), name=Text(nl="Netwerk"), tier=0, objectives=Objectives(rpo=None, rto=hours)
            ),
        )

    def tenants(self) -> tuple[Tenant, ...]:
        """See the port."""
        return (
            Tenant(
                id=TENANT,
                name=Text(nl="Gemeente Voorbeeld"),
                home_region="westeurope",
                recovery_region="northeurope",
                subscriptions=(),
                services=self.services,
            ),
        )

    def tenant(self, tenant: TenantId | None) -> Tenant:
        """See the port."""
        if tenant not in {None, TENANT}:
            raise NotFoundError("no such tenant", target=str(tenant))
        return self.tenants()[0]

    def service(self, tenant: TenantId | None, service: ServiceId) -> tuple[Tenant, Service]:
        """See the port."""
        owner = self.tenant(tenant)
        found = owner.service(service)
        if found is None:
            raise NotFoundError("no such service", target=service, hint="`drd service list` shows all")
        return owner, found


class FakeInventory:
    """Answers the ports `Inventory` and `Readings`."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.known: tuple[ItemFacts, ...] = ()
        self.listed: tuple[VaultList, ...] = ()

    async def put_items(self, facts: tuple[ItemFacts, ...]) -> None:
        """See the port."""
        self.known = facts

    async def lists(self, tenant: TenantId | None = None, kind: ListKind | None = None) -> tuple[VaultList, ...]:
        """See the port."""
        return self.listed

    async def put_vaults(self, facts: tuple[VaultFacts, ...]) -> None:
        """See the port."""

    async def put_collection(self, collection: Collection) -> None:
        """See the port."""

    async def items(self, tenant: TenantId | None = None) -> tuple[ItemFacts, ...]:
        """See the port."""
        return self.known

    async def vaults(self, tenant: TenantId | None = None) -> tuple[VaultFacts, ...]:
        """See the port."""
        return ()

    async def collections(self) -> tuple[Collection, ...]:
        """See the port."""
        return ()

    async def figures(self) -> Figures:
        """See the port."""
        return Figures(
            items=(), vaults=(), collections=(), last=(), last_succeeded=(), active=(), ended={}, proven={}, events=0
        )


class FakeDaemons:
    """Answers the port `Daemons`: the one that is asked, and what a test puts beside it."""

    def __init__(self) -> None:
        """Begin alone."""
        self.cards = [self.card("oost", own=True)]

    @staticmethod
    def card(name: str, *, state: DaemonState = DaemonState.SERVING, own: bool = False) -> DaemonCard:
        """Make a daemon."""
        return DaemonCard(
            id=name,
            host=f"host-{name}",
            version="1.0",
            state=state,
            runs=2,
            most_runs=1000,
            up_seconds=7200.0,
            seen_seconds_ago=3.0,
            own=own,
        )

    async def list(self) -> tuple[DaemonCard, ...]:
        """See the port."""
        return tuple(self.cards)

    async def drain(self, daemon: str) -> None:
        """See the port."""
        self._set(daemon, DaemonState.DRAINING)

    async def resume(self, daemon: str) -> None:
        """See the port."""
        self._set(daemon, DaemonState.SERVING)

    def _set(self, daemon: str, state: DaemonState) -> None:
        self.cards = [replace(each, state=state) if each.id == daemon else each for each in self.cards]


def served_calendar() -> CalendarTerms:
    """Make a calendar: one schedule that looks, one that drills, and a freeze over the end of the year."""
    zone = "Europe/Brussels"
    freeze = FreezeTerms(
        id="eindejaar",
        name=Text(nl="Eindejaar"),
        span=Span(begins=datetime(2026, 12, 19, tzinfo=UTC), ends=datetime(2027, 1, 4, tzinfo=UTC)),
    )
    collect = ScheduleTerms(id="collect", does="collect", zone=zone, every=timedelta(minutes=15))
    drills = ScheduleTerms(id="drills", does="drill", zone=zone, cron="0 10 * * tue", tenant=TENANT)
    return CalendarTerms(zone=zone, freezes=(freeze,), schedules=(collect, drills))


def known_people() -> tuple[Person, ...]:
    """Make who runs the tests a responder, who may act for the crisis team."""
    second = Actor(name=SECOND, roles=frozenset({Role.APPROVER}), contacts=frozenset({"crisisteam"}))
    roles = frozenset({Role.RESPONDER, Role.APPROVER})
    return (Person(name="an", uid=os.getuid(), roles=roles, act_as={SECOND: second}),)


class ServedHouse:
    """A daemon in a thread of its own. Use it with `with`."""

    def __init__(self, folder: Path, people: tuple[Person, ...] | None = None) -> None:
        """Take a folder for the socket; nothing listens yet."""
        self.socket = folder / "drd.sock"
        self.shelf = FakeShelf()
        self.inventory = FakeInventory()
        self.daemons = FakeDaemons()
        self.slots = MemorySlots()
        self.worked: list[Slot] = []
        self.evidence = MemoryEvidence()
        self.abandoned: list[RunId] = []
        self.drills = MemoryDrills()
        self._people = known_people() if people is None else people
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._stop: asyncio.Event | None = None
        self.failure: BaseException | None = None

    def __enter__(self) -> Self:
        """Start, and wait until it answers."""
        self._thread.start()
        self._ready.wait()
        if self.failure is not None:
            raise self.failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.tell(lambda: self._stop.set() if self._stop else None)
        self._thread.join()

    def tell(self, work: Callable[[], Any]) -> None:
        """Do something in the daemon's own thread."""
        self._loop.call_soon_threadsafe(work)

    def see_points(self, *, age: timedelta) -> None:
        """Let a collection have seen one recovery point of this age."""
        now = self.house.clock.now()
        point = RecoveryPoint(id="p-1", time=now - age, consistency="app", region="", usable=True)
        self.inventory.known = (
            ItemFacts(
                tenant=TENANT,
                service=ServiceId("burgerzaken"),
                item=MACHINE.id,
                mechanism=Mechanism.SITE_RECOVERY,
                seen_at=now,
                state="ok",
                points=(point,),
                points_total=1,
            ),
        )

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001 - the test that waits must hear of it
            self.failure = error
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self.house = House()
        self.drills.journal = self.house.journal
        server = api_server(create_app(self._use_cases(), Authentication(self._people), routes(Routes)))
        task = asyncio.create_task(server.serve(sockets=[open_socket(self.socket, None)]))
        while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody that it has started
            await asyncio.sleep(0.001)
        async with self.house.serving():
            self._ready.set()
            await self._stop.wait()
            await stopped(server, task)

    async def _work(self, _schedule: Schedule, slot: Slot) -> None:
        self.worked.append(slot)

    def _use_cases(self) -> UseCases:
        house, services = self.house, FakeServices()
        engine, journal, clock = house.engine, house.journal, house.clock
        timetable = Timetable(served_calendar(), gentle=frozenset({"collect"}), clock=clock)
        self.ticker = Ticker(timetable.schedules(), work=self._work, slots=self.slots, clock=clock)
        simulator = Simulator(actions=ScriptedActions(house.world), checks=ScriptedChecks(house.world))
        estate = ListServices(
            services=services,
            inventory=self.inventory,
            readings=self.inventory,
            clock=clock,
            fresh=timedelta(hours=1),
        )
        self.proofs = ProofHouse(
            services=services,
            inventory=self.inventory,
            estate=estate,
            clock=clock,
            engine=engine,
            journal=journal,
            evidence=self.evidence,
        )
        self.readiness = ReadinessHouse(house, services=services, inventory=self.inventory, runbooks=self.shelf)
        return UseCases(
            evaluate_readiness=self.readiness.evaluate,
            list_findings=self.readiness.listing,
            start_run=StartRun(runbooks=self.shelf, engine=engine, clock=clock),
            control_run=ControlRun(journal=journal, engine=engine),
            abandon_run=AbandonRun(
                journal=journal,
                abandoning=journal,
                ledger=house.ledger,
                engine=engine,
                clock=clock,
                recorded=self.abandoned.append,
            ),
            show_run=ShowRun(journal=journal, engine=engine, drills=self.drills),
            list_approvals=ListApprovals(journal=journal, engine=engine),
            list_services=estate,
            list_inventory=ListInventory(
                services=services, inventory=self.inventory, clock=clock, fresh=timedelta(hours=1)
            ),
            export_run=ExportRun(journal=journal, ledger=house.ledger, clock=clock),
            show_plan=ShowPlan(runbooks=self.shelf, simulator=simulator),
            show_daemon=ShowDaemon(
                journal=journal, engine=engine, clock=clock, version="0", metrics="http://127.0.0.1:1/metrics"
            ),
            list_daemons=ListDaemons(self.daemons),
            drain_daemon=DrainDaemon(self.daemons),
            list_schedules=ListSchedules(timetable=timetable, slots=self.slots),
            show_calendar=ShowCalendar(timetable=timetable, slots=self.slots, clock=clock),
            steer_schedule=SteerSchedule(timetable=timetable, slots=self.slots, turns=self.ticker, clock=clock),
            show_evidence=ShowEvidence(self.evidence),
            record_statement=RecordStatement(book=self.evidence, services=services, clock=clock, version="0"),
            proofs=self.proofs.proofs,
        )
