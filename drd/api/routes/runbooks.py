"""Runbooks and the plans they become."""

from fastapi import APIRouter

from drd.api.presenting import plan_shape, runbook_shape
from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.runbooks import PlanBody, PlanShape, RunbookShape
from drd.domain.ids import RunbookId, TenantId
from drd.ports.runbooks import PlanWish

router = APIRouter(tags=["runbooks"])


@router.get("/runbooks")
async def runbooks(use: Asked, caller: Caller) -> list[RunbookShape]:
    """List runbooks, good and faulty."""
    return [runbook_shape(card) for card in use.show_plan.runbooks(caller)]


@router.post("/plans")
async def plan(body: PlanBody, use: Asked, caller: Caller) -> PlanShape:
    """Resolve a runbook and say what it would do. Touches nothing."""
    wish = PlanWish(
        runbook=RunbookId(body.runbook),
        tenant=TenantId(body.tenant) if body.tenant else None,
        mode=body.mode,
        inputs=body.inputs,
    )
    return plan_shape(use.show_plan.plan(caller, wish, graceful=body.graceful), graceful=body.graceful)


ROUTES = Routes(router)
