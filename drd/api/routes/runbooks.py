"""Runbooks and the plans they become."""

from fastapi import APIRouter

from drd.api.presenting import plan_shape, runbook_shape
from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.runbooks import PlanBody, PlanShape, RunbookShape
from drd.api.wishes import plan_wish
from drd.domain.plan_status import PlanStatus

router = APIRouter(tags=["runbooks"])


@router.get("/runbooks")
async def runbooks(use: Asked, caller: Caller) -> list[RunbookShape]:
    """List runbooks, good and faulty."""
    cards = use.show_plan.runbooks(caller)
    statuses = await use.list_findings.statuses(caller)
    return [runbook_shape(card, statuses.get(card.id, PlanStatus.UNKNOWN)) for card in cards]


@router.post("/plans")
async def plan(body: PlanBody, use: Asked, caller: Caller) -> PlanShape:
    """Resolve a runbook and say what it would do. Touches nothing."""
    return plan_shape(use.show_plan.plan(caller, plan_wish(body), graceful=body.graceful), graceful=body.graceful)


ROUTES = Routes(router)
