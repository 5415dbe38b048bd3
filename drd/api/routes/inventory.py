"""What collections saw of vaults, and how old it is."""

from datetime import datetime

from fastapi import APIRouter

from drd.api.routing import Asked, Caller, Routes
from drd.api.wire.inventory import InventoryShape, ListedShape, VaultShape
from drd.api.wire.shape import seconds
from drd.domain.ids import TenantId
from drd.operations.list_inventory import InventoryRow

router = APIRouter(tags=["inventory"])


@router.get("/inventory")
async def inventory(use: Asked, caller: Caller, tenant: str | None = None) -> list[InventoryShape]:
    """List every kind of fact of every vault, with its age."""
    rows = await use.list_inventory.list(caller, TenantId(tenant) if tenant else None)
    now = use.list_inventory.now()
    return [_shape(each, now) for each in rows]


@router.get("/inventory/{vault}")
async def vault(vault: str, use: Asked, caller: Caller, tenant: str | None = None) -> list[VaultShape]:
    """Show what is known of a vault, by its name, with the lines of its lists."""
    rows = await use.list_inventory.show(caller, vault, TenantId(tenant) if tenant else None)
    now = use.list_inventory.now()
    return [
        VaultShape(
            row=_shape(each, now),
            entries=tuple(
                ListedShape(name=one.name, state=one.state, about=one.about, at=one.at) for one in each.entries
            ),
        )
        for each in rows
    ]


def _shape(row: InventoryRow, now: datetime) -> InventoryShape:
    return InventoryShape(
        tenant=row.tenant,
        vault=str(row.vault),
        name=row.vault.name,
        mechanism=row.mechanism.value if row.mechanism else None,
        what=row.what,
        seen_at=row.seen_at,
        age_seconds=seconds(now - row.seen_at) if row.seen_at else None,
        freshness=row.freshness.value,
        total=row.total,
        missing=row.missing,
        trouble=row.trouble,
    )


ROUTES = Routes(router)
