"""Backups: what is proven of them, and proving them."""

from http import HTTPStatus

from fastapi import APIRouter

from drd.api.presenting_backups import (
    backup_shape,
    clean_point_shape,
    sampled_shapes,
    service_proof_shape,
    verification_shape,
    verified_shape,
)
from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.backups import (
    BackupShape,
    CleanPointShape,
    SampleBody,
    SampledShape,
    ServiceProofShape,
    VerificationShape,
    VerifiedShape,
    VerifyBody,
)
from drd.domain.durations import parse_instant
from drd.domain.ids import ItemId, RunId, ServiceId, TenantId
from drd.domain.sampling import Budget
from drd.operations.sample_backups import SampleOrder
from drd.operations.verify_backup import VerifyOrder

router = APIRouter(tags=["backups"])


@router.get("/backups")
async def backups(
    use: Asked, caller: Caller, service: str | None = None, tenant: str | None = None
) -> list[BackupShape]:
    """List what is proven of every item."""
    wanted = ServiceId(service) if service else None
    views = await use.proofs.list_backups.list(caller, TenantId(tenant) if tenant else None, wanted)
    now = use.proofs.list_backups.now()
    return [backup_shape(view, now) for view in views]


@router.get("/backups/services")
async def services(use: Asked, caller: Caller, tenant: str | None = None) -> list[ServiceProofShape]:
    """List what is proven of every service: the least of its items."""
    proofs = await use.proofs.list_backups.services(caller, TenantId(tenant) if tenant else None)
    now = use.proofs.list_backups.now()
    return [service_proof_shape(each, now) for each in proofs]


@router.get("/verifications")
async def verifications(
    use: Asked, caller: Caller, item: str | None = None, run: str | None = None, tenant: str | None = None
) -> list[VerificationShape]:
    """List verifications, newest first: of an item, of a run, or all."""
    found = await use.proofs.list_backups.verifications(
        caller, TenantId(tenant) if tenant else None, ItemId(item) if item else None, RunId(run) if run else None
    )
    return [verification_shape(each) for each in found]


@router.post("/backups/verify", status_code=HTTPStatus.ACCEPTED)
async def verify(body: VerifyBody, use: Asked, caller: Caller) -> VerifiedShape:
    """Verify an item: what needs no restore is answered at once, the rest by a run."""
    order = VerifyOrder(
        actor=caller,
        item=ItemId(body.item),
        tenant=TenantId(body.tenant) if body.tenant else None,
        to=body.to,
        point=body.point,
        reason=body.reason,
        key=body.key,
    )
    return verified_shape(await use.proofs.verify_backup(order))


@router.post("/backups/sample", status_code=HTTPStatus.ACCEPTED)
async def sample(body: SampleBody, use: Asked, caller: Caller) -> list[SampledShape]:
    """Choose what to prove within a budget, and start it."""
    budget = Budget(restores=body.restores, core_hours=body.core_hours, quota_cores=body.quota_cores)
    order = SampleOrder(
        actor=caller,
        budget=budget,
        tenant=TenantId(body.tenant) if body.tenant else None,
        to=body.to,
        key=body.key,
    )
    return sampled_shapes(await use.proofs.sample_backups(order))


@router.get("/backups/{item}/clean-point")
async def clean_point(
    item: str, use: Asked, caller: Caller, *, restores: int, before: str | None = None, tenant: str | None = None
) -> CleanPointShape:
    """Tell the newest clean point by what was examined, and which point to examine next."""
    search = await use.proofs.list_backups.clean_point(
        caller,
        TenantId(tenant) if tenant else None,
        ItemId(item),
        budget=restores,
        before=parse_instant(before) if before else None,
    )
    return clean_point_shape(ItemId(item), search)


ROUTES = Routes(router)
