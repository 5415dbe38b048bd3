"""The service catalogue as use cases see it: one snapshot of every tenant."""

import pathlib

from drd.document import Fault, Place, Refused
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.estate import Service, Tenant
from drd.domain.ids import ServiceId, TenantId
from drd.ports.catalogue import ParameterCatalogue
from drd.settings.catalogue import read_catalogue

_EMPTY_HINT = "write config/catalogue/TENANT.yaml, or point `catalogue:` in the settings to its folder"


class CatalogueServices:
    """Answers the port `Services` from tenants that were read before."""

    def __init__(self, tenants: tuple[Tenant, ...], findings: tuple[Fault, ...] = ()) -> None:
        """Keep the tenants in order of id."""
        self._tenants = tuple(sorted(tenants, key=lambda tenant: tenant.id))
        self.findings = findings

    def tenants(self) -> tuple[Tenant, ...]:
        """Give every tenant, in order of id."""
        return self._tenants

    def tenant(self, tenant: TenantId | None) -> Tenant:
        """Give one tenant; None gives the only one.

        Raises:
            NotFoundError: there is no such tenant, or none at all.
            InvalidError: None was given and there are several.
        """
        names = ", ".join(each.id for each in self._tenants)
        if not self._tenants:
            raise NotFoundError("the catalogue holds no tenant", hint=_EMPTY_HINT)
        if tenant is None and len(self._tenants) > 1:
            raise InvalidError("there are several tenants", hint=f"name one with --tenant: {names}")
        found = next((each for each in self._tenants if tenant in {None, each.id}), None)
        if found is None:
            raise NotFoundError("no such tenant", target=str(tenant), hint=f"known: {names}")
        return found

    def service(self, tenant: TenantId | None, service: ServiceId) -> tuple[Tenant, Service]:
        """Find a service; tenant None searches all.

        Raises:
            NotFoundError: nobody has it.
            InvalidError: several tenants have it and none was named.
        """
        searched = self._tenants if tenant is None else (self.tenant(tenant),)
        found = [(each, kept) for each in searched if (kept := each.service(service)) is not None]
        if len(found) > 1:
            names = ", ".join(each.id for each, _ in found)
            raise InvalidError("several tenants have this service", target=service, hint=f"name one: {names}")
        if not found:
            known = ", ".join(kept.id for each in searched for kept in each.services)
            raise NotFoundError("no such service", target=service, hint=f"known: {known}")
        return found[0]


def read_services(folder: pathlib.Path, checks: ParameterCatalogue) -> CatalogueServices:
    """Read every `*.yaml` of a folder, one tenant a file.

    Raises:
        Refused: with the faults of every file, or because there is no folder or no file.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".yaml")
    except OSError as error:
        raise _nothing(folder, f"the folder cannot be read: {error.strerror}") from error
    if not paths:
        raise _nothing(folder, "the folder holds no catalogue")
    tenants: list[Tenant] = []
    findings: list[Fault] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            catalogue = read_catalogue(path, checks)
        except Refused as refused:
            faults += refused.faults
        else:
            tenants.append(catalogue.tenant)
            findings += catalogue.findings
    if faults:
        raise Refused(faults)
    return CatalogueServices(tuple(tenants), tuple(findings))


def _nothing(folder: pathlib.Path, message: str) -> Refused:
    return Refused([Fault(place=Place(file=str(folder), line=1, column=1), message=message, hint=_EMPTY_HINT)])
