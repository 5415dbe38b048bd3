"""What callers wish for, out of the bodies that they send."""

from drd.api.wire.runbooks import PlanBody
from drd.domain.ids import RunbookId, TenantId
from drd.ports.runbooks import PlanWish


def plan_wish(body: PlanBody) -> PlanWish:
    """Read for what a plan is wanted."""
    return PlanWish(
        runbook=RunbookId(body.runbook),
        tenant=TenantId(body.tenant) if body.tenant else None,
        mode=body.mode,
        inputs=body.inputs,
        only=body.only,
        skip=body.skip,
        recovery_point=body.recovery_point,
    )
