"""Readiness: what would make a recovery fail, as found last, and as found by looking now."""

from fastapi import APIRouter

from drd.api.presenting_findings import finding_shape
from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.findings import CheckBody, FindingShape
from drd.domain.findings import Severity
from drd.domain.ids import RunbookId, ServiceId, TenantId
from drd.operations.list_findings import FindingWish

router = APIRouter(tags=["readiness"])


@router.get("/readiness")
async def findings(
    *,
    use: Asked,
    caller: Caller,
    tenant: str | None = None,
    service: str | None = None,
    runbook: str | None = None,
    severity: Severity | None = None,
) -> list[FindingShape]:
    """List what was found last, worst first; `severity` is the least bad that is wanted."""
    wish = FindingWish(
        tenant=TenantId(tenant) if tenant else None,
        service=ServiceId(service) if service else None,
        runbook=RunbookId(runbook) if runbook else None,
        severity=severity,
    )
    return [finding_shape(each) for each in await use.list_findings.list(caller, wish)]


@router.post("/readiness")
async def check(body: CheckBody, use: Asked, caller: Caller) -> list[FindingShape]:
    """Look now. Asks Azure and guests, changes nothing, and takes a while."""
    found = await use.evaluate_readiness.check(
        caller,
        TenantId(body.tenant) if body.tenant else None,
        RunbookId(body.runbook) if body.runbook else None,
    )
    return [finding_shape(each) for each in found]


ROUTES = Routes(router)
