"""What every route file needs: its use cases, its caller, and the constant by which it is found."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from drd.api.authentication import ACT_AS, Authentication
from drd.api.peer import UID_PREFIX
from drd.domain.actor import Actor
from drd.domain.errors import InvalidError
from drd.operations.abandon_run import AbandonRun
from drd.operations.control_run import ControlRun
from drd.operations.drain_daemon import DrainDaemon
from drd.operations.evaluate_readiness import EvaluateReadiness
from drd.operations.export_run import ExportRun
from drd.operations.list_approvals import ListApprovals
from drd.operations.list_daemons import ListDaemons
from drd.operations.list_findings import ListFindings
from drd.operations.list_inventory import ListInventory
from drd.operations.list_schedules import ListSchedules
from drd.operations.list_services import ListServices
from drd.operations.proofs import Proofs
from drd.operations.record_statement import RecordStatement
from drd.operations.show_calendar import ShowCalendar
from drd.operations.show_daemon import ShowDaemon
from drd.operations.show_evidence import ShowEvidence
from drd.operations.show_plan import ShowPlan
from drd.operations.show_run import ShowRun
from drd.operations.start_run import StartRun
from drd.operations.steer_schedule import SteerSchedule


@dataclass(frozen=True)
class Routes:
    """The last line of a route file: `ROUTES = Routes(router)`."""

    router: APIRouter


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCases:
    """Everything that the API may ask for."""

    start_run: StartRun
    control_run: ControlRun
    abandon_run: AbandonRun
    show_run: ShowRun
    list_approvals: ListApprovals
    list_services: ListServices
    list_inventory: ListInventory
    show_plan: ShowPlan
    show_daemon: ShowDaemon
    export_run: ExportRun
    list_daemons: ListDaemons
    drain_daemon: DrainDaemon
    list_schedules: ListSchedules
    show_calendar: ShowCalendar
    steer_schedule: SteerSchedule
    evaluate_readiness: EvaluateReadiness
    list_findings: ListFindings
    show_evidence: ShowEvidence
    record_statement: RecordStatement
    proofs: Proofs


def _use_cases(request: Request) -> UseCases:
    for text in (*request.path_params.values(), *request.query_params.values()):
        if "\0" in text:
            raise InvalidError("a name with U+0000 in it names nothing", target=request.url.path, hint="leave it out")
    return cast("UseCases", request.app.state.use_cases)


def _actor(request: Request) -> Actor:
    authentication = cast("Authentication", request.app.state.authentication)
    name = request.client.host if request.client else ""
    uid = int(name.removeprefix(UID_PREFIX)) if name.startswith(UID_PREFIX) else None
    return authentication.actor(uid, request.headers.get(ACT_AS, ""))


Asked = Annotated[UseCases, Depends(_use_cases)]
"""The use cases, in a route's signature."""

Caller = Annotated[Actor, Depends(_actor)]
"""Who asks, in a route's signature. A route without it fails the build."""

_MOST = 2**31 - 1


def sequence_of(after: int) -> int:
    """Take a number that an event or a record could have: nothing comes before the first one, nor after the last."""
    return min(max(after, 0), _MOST)
