"""A small shelf and a small tenant, for tests of plans."""

import pathlib
from datetime import timedelta

from drd.domain.call import Call
from drd.domain.estate import Contact, ItemKind, NamedCheck, Objectives, ProtectedItem, Service, Tenant
from drd.domain.ids import ArmId, ItemId, RunbookId, ServiceId, TenantId
from drd.domain.language import Text
from drd.domain.plan import Mode
from drd.ports.runbooks import PlanWish
from drd.runbook.shelf import Shelf
from drd.settings.services import CatalogueServices
from tests.fakes.vocabulary import fake_vocabulary

HEAD = "drd: runbook/v1\nid: r\nservice: web\ntitle: {nl: T, en: T, fr: T}\nmodes: [drill, failover]\n"
PARENT = "drd: runbook/v1\nid: %s\nscope: tenant\ntitle: {nl: T, en: T, fr: T}\nmodes: [drill, failover]\n"


def item(name: str, role: str) -> ProtectedItem:
    """Make an item with one label."""
    resource = ArmId(f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/{name}")
    return ProtectedItem(id=ItemId(name), kind=ItemKind.VIRTUAL_MACHINE, resource=resource, labels={"role": role})


def tenant(name: str = "voorbeeld", *, services: tuple[Service, ...] | None = None) -> Tenant:
    """Make a tenant with one service of two application servers and a database."""
    web = Service(
        id=ServiceId("web"),
        name=Text(nl="Web"),
        tier=1,
        objectives=Objectives(rpo=timedelta(hours=1), rto=timedelta(hours=2)),
        items=(item("app-1", "app"), item("app-2", "app"), item("sql-1", "sql")),
        checks=(
            NamedCheck(id="login", call=Call(uses="check.http", values={"url": "https://w.example/", "status": 200})),
            NamedCheck(id="port", call=Call(uses="check.tcp", values={"item": "sql-1", "port": 1433})),
        ),
    )
    return Tenant(
        id=TenantId(name),
        name=Text(nl=name),
        home_region="westeurope",
        recovery_region="northeurope",
        subscriptions=("s",),
        contacts=(Contact(id="crisisteam", name=Text(nl="Crisiscel")),),
        services=(web,) if services is None else services,
    )


def shelf(folder: pathlib.Path, *tenants: Tenant, **files: str) -> Shelf:
    """Put files on a shelf."""
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text, encoding="utf-8")
    return Shelf(folder, fake_vocabulary(), CatalogueServices(tenants or (tenant(),)))


def wish(runbook: str = "r", mode: Mode = Mode.FAILOVER, **inputs: str | int | bool) -> PlanWish:
    """Wish for a plan."""
    return PlanWish(runbook=RunbookId(runbook), tenant=None, mode=mode, inputs=inputs)
