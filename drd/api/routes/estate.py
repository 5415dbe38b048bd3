"""The estate: services, items and recovery points as last seen."""

from fastapi import APIRouter

from drd.api.presenting_estate import item_points_shape, item_shape, service_shape
from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.estate import ItemPointsShape, ItemShape, ServiceShape
from drd.domain.ids import ItemId, ServiceId, TenantId

router = APIRouter(tags=["estate"])


@router.get("/services")
async def services(use: Asked, caller: Caller, tenant: str | None = None) -> list[ServiceShape]:
    """List services with their objectives and evidence."""
    now = use.list_services.now()
    views = await use.list_services.list(caller, TenantId(tenant) if tenant else None)
    ready = await use.list_findings.ready(caller)
    return [service_shape(view, now, ready.get((view.tenant.id, view.service.id))) for view in views]


@router.get("/services/{service}")
async def service(service: str, use: Asked, caller: Caller, tenant: str | None = None) -> ServiceShape:
    """Show one service."""
    view = await use.list_services.show(caller, TenantId(tenant) if tenant else None, ServiceId(service))
    ready = await use.list_findings.ready(caller)
    return service_shape(view, use.list_services.now(), ready.get((view.tenant.id, view.service.id)))


@router.get("/items")
async def items(use: Asked, caller: Caller, service: str | None = None, tenant: str | None = None) -> list[ItemShape]:
    """List protected items as last seen."""
    now = use.list_services.now()
    views = await use.list_services.list(caller, TenantId(tenant) if tenant else None)
    return [item_shape(item, now) for view in views if service in (None, view.service.id) for item in view.items]


@router.get("/items/{item}/points")
async def points(item: str, use: Asked, caller: Caller, tenant: str | None = None) -> ItemPointsShape:
    """Show an item with its recovery points, newest first."""
    view = await use.list_services.item(caller, TenantId(tenant) if tenant else None, ItemId(item))
    return item_points_shape(view, use.list_services.now())


ROUTES = Routes(router)
