"""Everything that metrics can tell, at once: a reading, a run's events and requests, so that no family stays silent."""

from datetime import UTC, datetime, timedelta

from drd.daemon.discovery import families
from drd.domain.call import Call
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.estate import Mechanism, Tenant
from drd.domain.events import GENESIS, Event, Kind
from drd.domain.findings import Finding, Severity
from drd.domain.ids import ItemId, RunbookId, RunId, ServiceId, StepId
from drd.domain.ladder import Rung
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, RecoveryPlan, Step
from drd.domain.plan_status import StandingPlan
from drd.domain.readiness import runbook_scope, service_scope, tenant_scope
from drd.domain.remaining import Remaining
from drd.domain.spread import LONG, SHORT, Measured, Spread
from drd.domain.timetable import CalendarTerms, ScheduleTerms
from drd.metrics.exporter import Exporter
from drd.metrics.family import About, Family
from drd.ports.capabilities import SentRequest
from drd.ports.capacity import RecoveryRoom
from drd.ports.inventory import Collection, ItemFacts, VaultFacts
from drd.ports.journal import RunCard
from drd.ports.observer import Seen
from drd.ports.readings import ActiveRun, Figures, Readings, Recovery, ScheduleFigures
from drd.ports.slots import SlotState
from drd.ports.vaults import VaultPosture
from drd.ports.vitals import AnsweredRequest, AuditFigures, Vitals
from drd.scheduling.timetable import Timetable
from tests.fakes.small_estate import (
    HOME_VAULT,
    TENANT,
    FixedReadings,
    FixedRunbooks,
    FixedServices,
    no_figures,
    plan,
    points,
)
from tests.fakes.stepping_clock import SteppingClock

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SERVICE, RUNBOOK, RUN = ServiceId("burgerzaken"), RunbookId("burgerzaken"), RunId("r-1")


def item_facts(name: str = "vm-app", mechanism: Mechanism = Mechanism.SITE_RECOVERY, **others: object) -> ItemFacts:
    """Make facts of an item, seen a minute ago, with points of ten and twenty minutes ago."""
    terms: dict[str, object] = {
        "tenant": TENANT, "service": SERVICE, "item": ItemId(name), "mechanism": mechanism,
        "seen_at": NOW - timedelta(minutes=1), "state": "ok", "points_total": 2,
        "points": points(NOW - timedelta(minutes=10), NOW - timedelta(minutes=20)),
        "replication_rpo": timedelta(minutes=2), "replication_rpo_at": NOW - timedelta(minutes=3),
        **others,
    }  # fmt: skip
    return ItemFacts(**terms)  # type: ignore[arg-type]  # tests name the members


def recovery(state: RunState = RunState.SUCCEEDED, **others: object) -> Recovery:
    """Make a failover that ended an hour ago."""
    terms: dict[str, object] = {
        "run": RUN, "tenant": TENANT, "service": SERVICE, "runbook": RUNBOOK, "mode": Mode.FAILOVER, "state": state,
        "ended_at": NOW - timedelta(hours=1), "achieved_recovery_time": timedelta(minutes=50),
        "achieved_recovery_point": timedelta(minutes=5),
        **others,
    }  # fmt: skip
    return Recovery(**terms)  # type: ignore[arg-type]  # tests name the members


def active_run(run: str = "r-2", mode: Mode = Mode.DRILL) -> ActiveRun:
    """Make a run that waits for an approval."""
    of = plan(mode=mode)
    card = RunCard(
        id=RunId(run), runbook=RUNBOOK, tenant=TENANT, service=SERVICE, mode=mode, state=RunState.WAITING,
        plan_hash="h", lock=of.lock(), accepted_at=NOW - timedelta(minutes=30),
    )  # fmt: skip
    approvals = (("go", NOW - timedelta(minutes=4)),)
    remaining = Remaining(ahead=timedelta(minutes=20), at=NOW + timedelta(minutes=5))
    return ActiveRun(
        card=card,
        steps={"done": 3, "waiting": 1},
        approvals=approvals,
        deadline=NOW + timedelta(hours=1),
        remaining=remaining,
    )


def spread(took: timedelta, bounds: tuple[int, ...]) -> Spread:
    """Make a spread of one length."""
    one = Spread()
    one.measure(Measured(NOW, RUN, took), bounds)
    return one


def busy_figures() -> Figures:
    """Give figures in which every kind of thing is."""
    vault = VaultPosture(id=HOME_VAULT, location="westeurope", soft_delete="AlwaysON", immutability="Disabled")
    collection = Collection(
        collector="backup", tenant=TENANT, at=NOW, succeeded=False, took=timedelta(seconds=4), last_success_at=NOW
    )
    return no_figures(
        items=(item_facts(), item_facts("vm-sql", Mechanism.BACKUP, replication_rpo=None)),
        vaults=(VaultFacts(tenant=TENANT, posture=vault, seen_at=NOW),),
        collections=(collection,),
        last=(recovery(), recovery(mode=Mode.DRILL, verdict=DrillVerdict.PASSED)),
        drills={(TENANT, RUNBOOK, DrillVerdict.PASSED): 1},
        lengths={(RUNBOOK, Mode.DRILL): spread(timedelta(minutes=50), LONG)},
        proof_lengths={Rung.L4: spread(timedelta(minutes=20), LONG)},
        rooms=(RecoveryRoom(tenant=TENANT, region="northeurope", family="cores", limit=50, used=8, needed=16),),
        answers={"approved": spread(timedelta(minutes=4), SHORT)},
        recoveries={(TENANT, SERVICE): tuple(timedelta(minutes=each) for each in (50, 40, 60))},
        standing=(StandingPlan(tenant=TENANT, runbook=RUNBOOK, mode=Mode.FAILOVER, hash="a" * 64, since=NOW),),
        last_succeeded=(recovery(),),
        active=(active_run(),),
        ended={(TENANT, RUNBOOK, Mode.FAILOVER, RunState.SUCCEEDED): 1},
        proven={(TENANT, ItemId("vm-app"), "site-recovery"): NOW - timedelta(days=3)},
        events=12,
        findings=(
            Finding(
                code="never-drilled",
                severity=Severity.WARNING,
                tenant=TENANT,
                subject=RUNBOOK,
                message="no drill of it was ever green",
                hint="drill it",
                service=SERVICE,
                runbook=RUNBOOK,
                since=NOW,
            ),
        ),
        looked={
            tenant_scope(TENANT): NOW,
            service_scope(TENANT, SERVICE): NOW,
            service_scope(TENANT, ServiceId("netwerk")): NOW,
            runbook_scope(TENANT, RUNBOOK): NOW,
        },
        schedules=(
            ScheduleFigures(
                schedule="collect",
                ended={SlotState.RAN: 90, SlotState.RAN_LATE: 2, SlotState.FAILED: 1, SlotState.MISSED: 3},
                last_success_at=NOW - timedelta(minutes=10),
                last_missed_at=NOW - timedelta(hours=3),
            ),
            ScheduleFigures(schedule="drills", ended={}, paused=True),
        ),
    )


def busy_calendar() -> CalendarTerms:
    """Give a calendar with a schedule for everybody and one of a municipality."""
    zone, quarter = "Europe/Brussels", timedelta(minutes=15)
    collect = ScheduleTerms(id="collect", does="collect", zone=zone, every=quarter)
    drill = ScheduleTerms(id="drills", does="drill", zone=zone, cron="0 10 * * tue", tenant=TENANT)
    return CalendarTerms(zone=zone, schedules=(collect, drill))


def busy_vitals() -> Vitals:
    """Give a daemon that holds the exporter lease, turned a moment ago, and signs in with a certificate."""
    return Vitals(
        leases={"exporter": True},
        beats={loop: NOW - timedelta(seconds=1) for loop in ("calendar", "dispatch", "leases")},
        queues={"runs": 2, "writes": 1, "evidence": 0},
        credentials={"failover-certificate": NOW + timedelta(days=20)},
        configured_at=NOW - timedelta(days=1),
        audit=AuditFigures(entries=7, valid=True),
    )


class BusyHouse:
    """An exporter with all families that are there."""

    def __init__(
        self,
        figures: Figures | None = None,
        *,
        exports: bool = True,
        items: str | None = None,
        tenants: tuple[Tenant, ...] = (),
        plans: tuple[RecoveryPlan, ...] = (),
        readings: Readings | None = None,
    ) -> None:
        """Tell these figures; `exports` is whether this daemon holds the exporter lease."""
        self.readings = FixedReadings(figures or busy_figures())
        self.exports = exports
        self.silent = False
        self.vitals = busy_vitals()
        self.exporter = Exporter(
            families(Family),
            about=About(version="0.1.0", revision="abc", python="3.11.7", backend="sqlite"),
            readings=readings or self.readings,
            services=FixedServices(*tenants),
            runbooks=FixedRunbooks(*(plans or (plan(),))),
            timetable=Timetable(busy_calendar(), gentle=frozenset({"collect"}), clock=SteppingClock(NOW)),
            clock=SteppingClock(NOW),
            exports_domain=lambda: self.exports,
            store_silent=lambda: self.silent,
            items=items,
            vitals=lambda: self.vitals,
        )

    def hear(
        self, kind: Kind, *, step: str | None = "s1", attempt: int = 1, at: datetime = NOW, **payload: object
    ) -> None:
        """Let the exporter see a durable event of a run with one step."""
        of = plan()
        steps = (Step(id=StepId("s1"), call=Call(uses="vm.start", values={})),)
        event = Event(
            run=RUN, sequence=1, kind=kind, at=at, step=StepId(step) if step else None, attempt=attempt,
            payload=payload,  # type: ignore[arg-type]  # tests name the members
        ).sealed(GENESIS)  # fmt: skip
        object.__setattr__(of, "steps", steps)
        self.exporter.saw(Seen(event, of))

    def send(self, url: str = "https://management.azure.com/subscriptions/s", **others: object) -> None:
        """Let the exporter hear of a request."""
        terms: dict[str, object] = {
            "provider": "azure", "method": "GET", "url": url, "status": 200, "request_id": "x", "took_ms": 120,
            "remaining": {"subscription-reads": "11999"},
            **others,
        }  # fmt: skip
        self.exporter.sent(SentRequest(**terms))  # type: ignore[arg-type]  # tests name the members

    def bustle(self) -> None:
        """Let everything happen once, so that no family of this process is without a series."""
        self.hear(Kind.STEP_INTENT)
        self.hear(Kind.STEP_INTENT, attempt=2, at=NOW + timedelta(seconds=20))
        self.hear(Kind.STEP_DONE, attempt=2, at=NOW + timedelta(seconds=90))
        self.send()
        self.exporter.ears.answered(AnsweredRequest(route="/api/v1/runs/{run}", method="GET", status=200, seconds=0.02))
        self.exporter.ears.committed(0.004)
        self.exporter.ears.lagged(0.001)

    async def text(self, accept: str = "") -> str:
        """Render."""
        return (await self.exporter.render(accept)).body.decode()
