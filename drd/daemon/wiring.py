"""Plugs the rooms together. Knows everybody, decides nothing; reads top to bottom."""

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi import FastAPI

from drd import __version__
from drd.api.app import create_app
from drd.api.routing import Routes, UseCases
from drd.daemon.catalogue import Actions, Checks
from drd.daemon.confirming import confirming
from drd.daemon.discovery import actions, checks, families, opener, routes
from drd.daemon.health import Health
from drd.daemon.people import Known
from drd.daemon.proving import Looking, Proving, looking, proof_terms, proving, recording
from drd.daemon.readying import Readying
from drd.daemon.terms import azure_terms
from drd.daemon.tracing import Traces, traces
from drd.daemon.vitals import Pulse
from drd.daemon.works import GENTLE, Drills, work_of
from drd.domain.drill_seal import DrillSeal, life_of
from drd.domain.ids import RunId
from drd.engine.engine import Engine, EngineParts
from drd.engine.options import EngineOptions
from drd.engine.simulation import Simulator
from drd.metrics.exporter import Exporter
from drd.metrics.family import About, Family
from drd.operations.abandon_run import AbandonRun
from drd.operations.audit_evidence import AuditEvidence
from drd.operations.collect_recovery_points import Collecting, CollectRecoveryPoints
from drd.operations.compare_clocks import CompareClocks
from drd.operations.confirm_drills import ConfirmDrills
from drd.operations.control_run import ControlRun
from drd.operations.drain_daemon import DrainDaemon
from drd.operations.end_overdue_drills import EndOverdueDrills
from drd.operations.estimate_cost import EstimateCost
from drd.operations.evaluate_readiness import EvaluateReadiness
from drd.operations.export_run import ExportRun
from drd.operations.kill_conductor import KillConductor
from drd.operations.list_approvals import ListApprovals
from drd.operations.list_daemons import ListDaemons
from drd.operations.list_inventory import ListInventory
from drd.operations.list_schedules import ListSchedules
from drd.operations.list_services import ListServices
from drd.operations.look_at_proof_terms import LookAtProofTerms
from drd.operations.look_at_schedules import LookAtSchedules
from drd.operations.points_in_turn import Room
from drd.operations.proofs import Proofs
from drd.operations.record_evidence import RecordEvidence
from drd.operations.record_statement import RecordStatement
from drd.operations.show_calendar import ShowCalendar
from drd.operations.show_daemon import ShowDaemon
from drd.operations.show_evidence import ShowEvidence
from drd.operations.show_plan import ShowPlan
from drd.operations.show_run import ShowRun
from drd.operations.start_due_drills import StartDueDrills
from drd.operations.start_run import StartRun
from drd.operations.steer_schedule import SteerSchedule
from drd.operations.witness import Witness
from drd.ports.capabilities import OpeningTerms, Provider, SentRequest
from drd.ports.clock import Clock
from drd.ports.conductor import Conductor
from drd.ports.reach import Reach
from drd.providers.azure.roles import digest
from drd.readiness.asking import World
from drd.runbook.shelf import Shelf
from drd.runbook.vocabulary import Vocabulary
from drd.scheduling.ticker import Ticker
from drd.scheduling.timetable import Timetable
from drd.settings.loading import Configuration
from drd.store.opening import Store

_PROVIDER = "azure"
_COLLECTIONS_TO_BELIEVE = 3
"""A fact is believed for so many intervals of collection; older ones are shown as unknown."""
_UNCOLLECTED = timedelta(minutes=15)
"""The interval where nothing is collected by itself: what was collected by hand is believed as long as usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What differs between the real world and a rehearsal in one process.

    Attributes:
        clock: world time. host: the host's.
        metrics: where metrics are served, for those who ask the daemon.
        wire: None for the network; else how requests reach a sandbox in the same process.
        azure: what takes the place of the settings' own words about Azure.
        seal: seals the resource groups of drills; None where there is no key.
        new_run_id: makes ids of runs; None for random ones, which no simulation could repeat.
        conductor: this process, for drills that end it; None where none may.
        pulse: where the daemon's parts tell how they fare.
    """

    clock: Clock
    host: Clock
    reach: Reach
    drill_reach: Reach
    store: Store
    known: Known
    metrics: str
    wire: object | None = None
    azure: Mapping[str, Any] = field(default_factory=dict)
    exports_domain: Callable[[], bool] = lambda: True
    store_silent: Callable[[], bool] = lambda: False
    seal: DrillSeal | None = None
    new_run_id: Callable[[], RunId] | None = None
    conductor: Conductor | None = None
    pulse: Pulse = field(default_factory=Pulse)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A daemon, plugged together and not yet moving."""

    engine: Engine
    use_cases: UseCases
    collect: CollectRecoveryPoints
    readiness: EvaluateReadiness
    evidence: RecordEvidence
    audit: AuditEvidence
    proofs: Proofs
    confirm: ConfirmDrills
    overdue: EndOverdueDrills
    exporter: Exporter
    ticker: Ticker
    watch: LookAtSchedules
    health: Health
    app: FastAPI
    providers: tuple[Provider, ...]
    traces: Traces

    async def close(self) -> None:
        """End the connections to Azure, and send what is left to tell. May be called twice."""
        await self.traces.close()
        for provider in self.providers:
            await provider.close()


class _Listeners:
    """Tells of requests to Azure; the exporter is made after the provider that it listens to."""

    def __init__(self, clocks: CompareClocks, *hears: Callable[[SentRequest], None]) -> None:
        self.clocks = clocks
        self.hears = [clocks.sent, *hears]

    def tell(self, request: SentRequest) -> None:
        for hear in self.hears:
            hear(request)


async def plug(configuration: Configuration, around: Surroundings) -> Installation:
    """Plug everything together: catalogues, providers, engine, use cases, then API, calendar and metrics.

    Raises:
        DrdError: what cannot be opened, with a hint.
    """
    settings, services, store = configuration.settings, configuration.services, around.store
    verbs, questions = Actions(actions()), Checks(checks())
    prices = settings.file.prices.table() if settings.file.prices else None
    cost = EstimateCost(prices=prices, simulator=Simulator(actions=verbs, checks=questions))
    runbooks = Shelf(settings.runbooks, Vocabulary(verbs, questions), services)

    told = traces(settings.file, around.clock)
    listeners = _Listeners(CompareClocks(around.host), told.sent)
    standing, failover = [
        await opener(_PROVIDER).open(
            OpeningTerms(
                settings=azure_terms(configuration, duty) | dict(around.azure),
                clock=around.clock,
                wire=around.wire,
                watch=listeners.tell,
            )
        )
        for duty in ("standing", "failover")
    ]

    timetable = Timetable(settings.calendar, gentle=GENTLE, clock=around.clock)
    exporter = Exporter(
        families(Family),
        about=About(version=__version__, revision="", python=platform.python_version(), backend=store.backend),
        readings=store.readings,
        services=services,
        runbooks=runbooks,
        timetable=timetable,
        clock=around.clock,
        exports_domain=around.exports_domain,
        store_silent=around.store_silent,
        items=settings.file.metrics.items,
        vitals=around.pulse.vitals,
    )
    listeners.hears.append(exporter.sent)

    fresh = timetable.interval("collect", otherwise=_UNCOLLECTED) * _COLLECTIONS_TO_BELIEVE
    look = looking(services=services, store=store, clock=around.clock, fresh=fresh)
    record = recording(look, store=store, clock=around.clock)
    evidence = RecordEvidence(
        book=store.evidence,
        journal=store.journal,
        ledger=store.ledger,
        inventory=store.inventory,
        services=services,
        clock=around.clock,
        version=__version__,
        role_file=digest(),
        drills=store.drills,
        witness=Witness(standing),
        prices=prices,
        clock_offset=listeners.clocks.told,
    )
    confirm = confirming(
        services=services,
        store=store,
        provider=standing,
        clock=around.clock,
        longest=settings.file.drills.longest,
        told=(evidence.over, record.confirmed),
    )
    engine = Engine(
        EngineParts(
            journal=store.journal,
            dispatcher=store.dispatcher,
            ledger=store.ledger,
            orders=store.orders,
            actions=verbs,
            checks=questions,
            provider=failover,
            drill_provider=standing,
            reach=around.reach,
            drill_reach=around.drill_reach,
            clock=around.clock,
            observers=(exporter, evidence, record, confirm),
            historians=(told.historian,),
            seal=around.seal,
            options=EngineOptions(drill_life=life_of(settings.file.drills.longest)),
            new_run_id=around.new_run_id,
            conductor=around.conductor,
        )
    )

    collect = CollectRecoveryPoints(
        Collecting(
            services=services,
            inventory=store.inventory,
            findings=store.findings,
            provider=standing,
            clock=around.clock,
            room=Room(store.journal, timetable.interval("collect", otherwise=_UNCOLLECTED)),
        )
    )
    world = World(
        standing=standing,
        failover=failover,
        reach=around.reach,
        drill_reach=around.drill_reach,
        actions=verbs,
        checks=questions,
        clock=around.clock,
    )
    readying = Readying(
        configuration=configuration,
        runbooks=runbooks,
        store=store,
        world=world,
        host=around.host,
        fresh=fresh,
        clock_offset=listeners.clocks.offset,
    )
    readiness = readying.evaluate()
    kills = KillConductor(journal=store.journal, conductor=around.conductor)
    start_run = StartRun(runbooks=runbooks, engine=engine, clock=around.clock, kills=kills, cost=cost)
    due = StartDueDrills(start_run=start_run, runbooks=runbooks, services=services, readings=store.readings)
    estate = ListServices(
        services=services, inventory=store.inventory, readings=store.readings, clock=around.clock, fresh=fresh
    )
    proofs = proving(
        record, look, estate=estate, services=services, store=store, engine=engine, clock=around.clock, fresh=fresh
    )
    terms = LookAtProofTerms(
        services=services, schedules=proof_terms(timetable), findings=store.findings, clock=around.clock
    )
    ticker = Ticker(
        timetable.schedules(),
        work=work_of(
            timetable,
            {
                "collect": lambda *_: collect(),
                "verify": Looking(look=look, terms=terms),
                "prove": Proving(proofs=proofs, terms=terms, timetable=timetable, clock=around.clock),
                "readiness": lambda *_: readiness(),
                "drill": Drills(start_run=start_run, due=due, timetable=timetable, clock=around.clock),
            },
        ),
        slots=store.slots,
        clock=around.clock,
        ticked=lambda: around.pulse.beat("calendar"),
    )
    use_cases = UseCases(
        start_run=start_run,
        control_run=ControlRun(journal=store.journal, engine=engine),
        abandon_run=AbandonRun(
            journal=store.journal,
            abandoning=store.abandoning,
            ledger=store.ledger,
            engine=engine,
            clock=around.clock,
            recorded=evidence.over,
        ),
        show_run=ShowRun(journal=store.journal, engine=engine, drills=store.drills),
        list_approvals=ListApprovals(journal=store.journal, engine=engine),
        list_services=estate,
        list_inventory=ListInventory(services=services, inventory=store.inventory, clock=around.clock, fresh=fresh),
        export_run=ExportRun(journal=store.journal, ledger=store.ledger, clock=around.clock),
        show_plan=ShowPlan(runbooks=runbooks, simulator=cost.simulator, cost=cost),
        show_daemon=ShowDaemon(
            journal=store.journal,
            engine=engine,
            clock=around.clock,
            version=__version__,
            metrics=around.metrics,
        ),
        list_daemons=ListDaemons(store.daemons),
        drain_daemon=DrainDaemon(store.daemons),
        list_schedules=ListSchedules(timetable=timetable, slots=store.slots),
        show_calendar=ShowCalendar(timetable=timetable, slots=store.slots, clock=around.clock),
        steer_schedule=SteerSchedule(timetable=timetable, slots=store.slots, turns=ticker, clock=around.clock),
        evaluate_readiness=readiness,
        list_findings=readying.listing(),
        show_evidence=ShowEvidence(store.evidence),
        record_statement=RecordStatement(
            book=store.evidence, services=services, clock=around.clock, version=__version__
        ),
        proofs=proofs,
    )

    return Installation(
        engine=engine,
        use_cases=use_cases,
        collect=collect,
        readiness=readiness,
        evidence=evidence,
        audit=around.pulse.plugged(
            exporter.ears,
            audit=AuditEvidence(store.evidence, damaged=lambda: engine.health.damaged),
            queues=lambda: {**store.queues, "evidence": evidence.waiting},
            providers={"standing": standing, "failover": failover},
        ),
        proofs=proofs,
        confirm=confirm,
        overdue=EndOverdueDrills(
            journal=store.journal, control=engine.control, clock=around.clock, longest=settings.file.drills.longest
        ),
        exporter=exporter,
        ticker=ticker,
        watch=LookAtSchedules(
            timetable=timetable,
            slots=store.slots,
            services=services,
            runbooks=runbooks,
            findings=store.findings,
            clock=around.clock,
        ),
        health=Health(
            trouble=lambda: engine.health.journal_trouble,
            moving=lambda: engine.health.moving,
            warning=lambda: store.trouble,
        ),
        app=create_app(use_cases, around.known.authentication, routes(Routes), exporter.ears.answered),
        providers=(standing, failover),
        traces=told,
    )
