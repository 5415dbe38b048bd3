"""Runs: start, list, show, follow, and help along."""

from collections.abc import AsyncIterator
from http import HTTPStatus

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from drd.api.presenting import event_shape, run_detail_shape, run_shape
from drd.api.routing import Asked, Caller, Routes, sequence_of
from drd.api.wire.runs import AbandonBody, ControlBody, EventShape, RunDetailShape, RunShape, StartBody
from drd.domain.events import Event
from drd.domain.ids import RunbookId, RunId, ServiceId, StepId, TenantId
from drd.domain.lifecycle import Request
from drd.operations.abandon_run import AbandonOrder
from drd.operations.control_run import ControlOrder
from drd.operations.kill_conductor import KillOrder
from drd.operations.start_run import StartOrder
from drd.ports.journal import RunFilter

router = APIRouter(tags=["runs"])

NDJSON = "application/x-ndjson"


@router.post("/runs", status_code=HTTPStatus.ACCEPTED)
async def start(body: StartBody, use: Asked, caller: Caller) -> RunShape:
    """Start a run, or give the one that the key started; the answer comes when it is durable, long before it ends."""
    order = StartOrder(
        runbook=RunbookId(body.runbook),
        tenant=TenantId(body.tenant) if body.tenant else None,
        mode=body.mode,
        actor=caller,
        graceful=body.graceful,
        incident_at=body.incident_at,
        inputs=body.inputs,
        confirm=body.confirm,
        reason=body.reason,
        plan_hash=body.plan_hash,
        only=body.only,
        skip=body.skip,
        recovery_point=body.recovery_point,
        key=body.key,
        kill=KillOrder(seed=body.kill.seed, among_others=body.kill.among_others) if body.kill else None,
    )
    return run_shape(await use.start_run(order))


@router.get("/runs")
async def runs(
    use: Asked, caller: Caller, service: str | None = None, *, active: bool | None = None, newest: int = 50
) -> list[RunShape]:
    """List runs, newest first."""
    wanted = RunFilter(service=ServiceId(service) if service else None, active=active, newest=min(max(newest, 1), 1000))
    return [run_shape(card) for card in await use.show_run.runs(caller, wanted)]


@router.get("/runs/{run}")
async def show(run: str, use: Asked, caller: Caller) -> RunDetailShape:
    """Show one run, whole; a beginning of its id is enough."""
    return run_detail_shape(await use.show_run.show(caller, run))


@router.get("/runs/{run}/events")
async def events(run: str, use: Asked, caller: Caller, after: int = 0) -> list[EventShape]:
    """Give a run's durable events after a sequence number."""
    return [event_shape(event) for event in await use.show_run.events(caller, run, after=sequence_of(after))]


@router.get("/runs/{run}/archive")
async def archive(run: str, use: Asked, caller: Caller) -> list[str]:
    """Give the lines of a sealed file that holds the run and can be verified without drd."""
    return [f"{line}\n" for line in (await use.export_run(caller, run)).removesuffix("\n").split("\n")]


@router.get("/runs/{run}/follow", response_class=StreamingResponse)
async def follow(run: str, use: Asked, caller: Caller, after: int = 0) -> StreamingResponse:
    """Stream a run's durable events as they come, one JSON object a line, until the run is over."""
    return StreamingResponse(
        _lines(await use.show_run.follow(caller, run, after=sequence_of(after))), media_type=NDJSON
    )


async def _lines(stream: AsyncIterator[Event]) -> AsyncIterator[str]:
    async for event in stream:
        yield event_shape(event).model_dump_json() + "\n"


@router.post("/runs/{run}/control")
async def control(run: str, body: ControlBody, use: Asked, caller: Caller) -> RunShape:
    """Help a run along, or end it."""
    order = ControlOrder(
        run=RunId(run),
        request=Request(body.request),
        actor=caller,
        step=StepId(body.step) if body.step else None,
        reason=body.reason,
        confirm=body.confirm,
        onwards=body.onwards,
        outputs=body.outputs,
    )
    return run_shape(await use.control_run(order))


@router.post("/runs/{run}/abandon")
async def abandon(run: str, body: AbandonBody, use: Asked, caller: Caller) -> RunShape:
    """End a run whose journal is damaged, beside its journal; its service is free for a new one."""
    order = AbandonOrder(run=run, actor=caller, reason=body.reason, confirm=body.confirm)
    return run_shape(await use.abandon_run(order))


ROUTES = Routes(router)
