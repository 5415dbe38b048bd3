"""What the settings name must be there, and what becomes a label of metrics must stay few enough."""

import pathlib
from collections.abc import Iterator

from drd.document import Document, Fault, close_to, read
from drd.domain.estate import Tenant
from drd.settings.settings import Settings

MOST = 10_000
"""A label has fewer values than this: each is a series more in many families, for as long as a monitor remembers."""

_DIVIDE = f"fewer than {MOST:,}: divide the municipalities among several installations"
_FEWER_ITEMS = "leave it out, or write `breaching` or `none`; series of services count every item all the same"


def faults_of_bounds(settings: Settings, tenants: tuple[Tenant, ...]) -> tuple[Fault, ...]:
    """Give the tenants that are named and do not exist, and the labels that would have too many values.

    Raises:
        Refused: the settings cannot be read again.
    """
    document = read(settings.path)
    return (*_strangers(document, settings, tenants), *_labels(document, settings, tenants))


def _strangers(document: Document, settings: Settings, tenants: tuple[Tenant, ...]) -> Iterator[Fault]:
    known = sorted(each.id for each in tenants)
    named: list[tuple[tuple[str | int, ...], str]] = [
        (("schedules", number, "tenant"), each.tenant)
        for number, each in enumerate(settings.calendar.schedules)
        if each.tenant is not None
    ]
    named += [
        (("roles", number, "tenants", place), tenant)
        for number, role in enumerate(settings.file.roles)
        for place, tenant in enumerate(role.tenants)
    ]
    for path, tenant in named:
        if tenant not in known:
            close = close_to(tenant, known)
            hint = f'did you mean "{close}"?' if close else "name a municipality of the catalogue, or leave it out"
            yield document.fault(path, f'there is no tenant "{tenant}"', hint)


def _labels(document: Document, settings: Settings, tenants: tuple[Tenant, ...]) -> Iterator[Fault]:
    services = [service for tenant in tenants for service in tenant.services]
    vaults = {each.vault.key for service in services for item in service.items for each in item.protection}
    counts = {
        ("catalogue", "municipalities"): len(tenants),
        ("catalogue", "services"): len(services),
        ("catalogue", "vaults"): len(vaults),
        ("runbooks", "runbooks"): _files(settings.runbooks),
        ("schedules", "schedules"): len(settings.calendar.schedules),
    }
    for (key, things), count in counts.items():
        if count >= MOST:
            yield document.fault((key,), f"{count:,} {things} would be as many values of a label of metrics", _DIVIDE)
    items = sum(len(service.items) for service in services)
    if settings.file.metrics.items == "all" and items >= MOST:
        yield document.fault(("metrics", "items"), f"series of {items:,} protected items are too many", _FEWER_ITEMS)


def _files(folder: pathlib.Path) -> int:
    """Count runbooks; a folder that cannot be read holds none, as whoever reads them will say."""
    try:
        return sum(path.suffix == ".yaml" for path in folder.iterdir())
    except OSError:
        return 0
