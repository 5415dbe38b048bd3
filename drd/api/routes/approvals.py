"""Approvals: what waits for a person, and the person's answer."""

from fastapi import APIRouter

from drd.api.presenting import approval_shape, run_shape
from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.approvals import AnswerBody, ApprovalShape
from drd.api.wire.runs import RunShape
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import Request
from drd.operations.control_run import ControlOrder

router = APIRouter(tags=["approvals"])


@router.get("/approvals")
async def approvals(use: Asked, caller: Caller) -> list[ApprovalShape]:
    """List what waits, oldest run first."""
    return [approval_shape(view) for view in await use.list_approvals.waiting(caller)]


@router.get("/approvals/{run}/{step:path}")
async def show(run: str, step: str, use: Asked, caller: Caller) -> ApprovalShape:
    """Show one question."""
    return approval_shape(await use.list_approvals.show(caller, f"{run}/{step}"))


@router.post("/approvals/{run}/{step:path}")
async def answer(run: str, step: str, body: AnswerBody, use: Asked, caller: Caller) -> RunShape:
    """Answer one question."""
    order = ControlOrder(
        run=RunId(run), request=Request(body.decision), actor=caller, step=StepId(step), reason=body.reason
    )
    return run_shape(await use.control_run(order))


ROUTES = Routes(router)
