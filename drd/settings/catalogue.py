"""Reads a municipality's service catalogue: every fault at once, each with its place."""

import pathlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from pydantic import ValidationError

from drd.document import Document, Fault, Path, Refused, blanks_in, faults_of, incomplete_maps, read, suggestion
from drd.domain.estate import Tenant
from drd.domain.ids import ArmId
from drd.domain.language import Language
from drd.ports.catalogue import ParameterCatalogue
from drd.settings.catalogue_file import CatalogueFile, ItemModel, ServiceModel
from drd.settings.estate import tenant_of

LANGUAGES = tuple(language.value for language in Language)
_SUBNET = "microsoft.network/virtualnetworks/subnets"
_IMAGES = frozenset({"microsoft.compute/galleries/images", "microsoft.compute/galleries/images/versions"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCatalogue:
    """A catalogue that can be used.

    Attributes:
        findings: what does not stop it from being used but would serve people badly, such as a missing language.
    """

    tenant: Tenant
    findings: tuple[Fault, ...]


def read_catalogue(path: pathlib.Path, checks: ParameterCatalogue) -> ReadCatalogue:
    """Read one `catalogue/v1` file.

    Args:
        path: `.../TENANT.yaml`.
        checks: knows every check and the values it takes.

    Raises:
        Refused: with every fault of the file.
    """
    document = read(path)
    faults = blanks_in(document)
    try:
        file = CatalogueFile.model_validate(document.value)
    except ValidationError as error:
        complaints = [each for each in error.errors(include_url=False) if each["loc"] or not faults]
        raise Refused([*faults, *faults_of(document, complaints, CatalogueFile.model_json_schema())]) from error
    faults += _Rules(document, file, checks).faults(path.stem)
    if faults:
        raise Refused(faults)
    return ReadCatalogue(
        tenant=tenant_of(file),
        findings=(*incomplete_maps(document, LANGUAGES[0], LANGUAGES), *_unprotected(document, file)),
    )


class _Rules:
    """What the shape alone cannot say."""

    def __init__(self, document: Document, file: CatalogueFile, checks: ParameterCatalogue) -> None:
        self._document = document
        self._file = file
        self._checks = checks

    def faults(self, stem: str) -> list[Fault]:
        return [
            *self._names(stem),
            *self._unique(),
            *self._contacts(),
            *self._objectives(),
            *self._dependencies(),
            *self._cycles(),
            *self._resources(),
            *self._protections(),
            *self._proofs(),
            *self._calls(),
        ]

    def _services(self) -> Iterator[tuple[Path, ServiceModel]]:
        for place, service in enumerate(self._file.services):
            yield ("services", place), service

    def _items(self) -> Iterator[tuple[Path, ItemModel]]:
        for path, service in self._services():
            for place, item in enumerate(service.items):
                yield (*path, "items", place), item

    def _names(self, stem: str) -> Iterator[Fault]:
        file = self._file
        if file.tenant != stem:
            hint = f"call the file {file.tenant}.yaml, or the tenant {stem}"
            yield self._document.fault(("tenant",), f'the tenant "{file.tenant}" is not what the file is called', hint)
        if file.regions.home == file.regions.recovery:
            hint = "a region cannot be recovered in itself: name another one"
            yield self._document.fault(("regions", "recovery"), "home and recovery region are the same", hint)

    def _unique(self) -> Iterator[Fault]:
        yield from self._twice("service", ((path, service.id) for path, service in self._services()))
        yield from self._twice("item", ((path, item.id) for path, item in self._items()))
        pcs = (
            ((*path, "virtual-pcs", place), each.id)
            for path, service in self._services()
            for place, each in enumerate(service.virtual_pcs)
        )
        yield from self._twice("virtual PC", pcs)
        contacts = ((("contacts", place), contact.id) for place, contact in enumerate(self._file.contacts))
        yield from self._twice("contact", contacts)
        outside = ((("dependencies", place), each.id) for place, each in enumerate(self._file.dependencies))
        yield from self._twice("dependency", outside)
        for path, service in self._services():
            named = (((*path, "checks", place), check.id) for place, check in enumerate(service.checks))
            yield from self._twice("check", named)
        resources = ((path, ArmId(item.resource).key) for path, item in self._items())
        yield from self._twice("resource", resources, key="resource")

    def _twice(self, what: str, found: Iterable[tuple[Path, str]], *, key: str = "id") -> Iterator[Fault]:
        first: dict[str, Path] = {}
        for path, name in found:
            if name in first:
                line = self._document.place((*first[name], key)).line
                message = f'the {what} "{name}" stands here twice'
                yield self._document.fault((*path, key), message, f"it stands on line {line} too; give each its own")
            first.setdefault(name, path)

    def _contacts(self) -> Iterator[Fault]:
        known = {contact.id for contact in self._file.contacts}
        for path, service in self._services():
            if service.owner is not None and service.owner not in known:
                hint = suggestion(service.owner, known)
                yield self._document.fault((*path, "owner"), f'there is no contact "{service.owner}"', hint)

    def _objectives(self) -> Iterator[Fault]:
        for path, service in self._services():
            rpo = service.objectives.rpo
            if service.items and rpo is None:
                message = f'the service "{service.id}" has items but no rpo'
                yield self._document.fault((*path, "objectives"), message, "add `rpo: 1h`", key=True)
            if not service.items and rpo is not None:
                message = f'the service "{service.id}" has no items, so it has no rpo'
                yield self._document.fault((*path, "objectives", "rpo"), message, "delete it, or add the items")
            if not service.items and not service.checks:
                message = f'the service "{service.id}" has neither items nor checks'
                yield self._document.fault((*path, "id"), message, "add `items:` or `checks:`")

    def _dependencies(self) -> Iterator[Fault]:
        tiers = {service.id: service.tier for service in self._file.services}
        for path, service in self._services():
            for place, needed in enumerate(service.depends_on):
                at = (*path, "depends-on", place)
                if needed not in tiers:
                    hint = suggestion(needed, tiers)
                    yield self._document.fault(at, f'there is no service "{needed}"', hint)
                elif tiers[needed] > service.tier:
                    message = f'"{service.id}" (tier {service.tier}) depends on "{needed}" (tier {tiers[needed]})'
                    yield self._document.fault(at, message, "a service depends on the same or a lower tier number only")

    def _cycles(self) -> Iterator[Fault]:
        graph = {service.id: list(service.depends_on) for service in self._file.services}
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            place = next(place for place, service in enumerate(self._file.services) if service.id == circle[0])
            message = "services depend on each other in a circle: " + " -> ".join(circle)
            yield self._document.fault(("services", place, "depends-on"), message, "take one of these out")

    def _resources(self) -> Iterator[Fault]:
        allowed = {subscription.casefold() for subscription in self._file.azure.subscriptions}
        places = [((*path, "resource"), item.resource) for path, item in self._items()]
        for path, item in self._items():
            places += [
                ((*path, "protection", place, "vault"), protection.vault)
                for place, protection in enumerate(item.protection)
            ]
        if self._file.proofs is not None:
            proofs = self._file.proofs
            places += [(("proofs", "subnet"), proofs.subnet), (("proofs", "staging"), proofs.staging)]
            places += [(("proofs", "scanner", "image"), proofs.scanner.image)] if proofs.scanner else []
        for at, resource in places:
            subscription = ArmId(resource).subscription
            if subscription.casefold() not in allowed:
                message = f"the subscription {subscription} is not one of the tenant's"
                yield self._document.fault(at, message, "add it under azure.subscriptions, or correct the id")

    def _protections(self) -> Iterator[Fault]:
        for path, item in self._items():
            mechanisms = (
                ((*path, "protection", place), protection.mechanism) for place, protection in enumerate(item.protection)
            )
            yield from self._twice("mechanism", mechanisms, key="mechanism")

    def _proofs(self) -> Iterator[Fault]:
        proofs = self._file.proofs
        if proofs is not None and ArmId(proofs.subnet).kind.casefold() != _SUBNET:
            hint = "it looks like .../providers/Microsoft.Network/virtualNetworks/NAME/subnets/NAME"
            yield self._document.fault(("proofs", "subnet"), "this is not a subnet", hint)
        scanner = proofs.scanner if proofs is not None else None
        if scanner is not None and ArmId(scanner.image).kind.casefold() not in _IMAGES:
            hint = "it looks like .../providers/Microsoft.Compute/galleries/NAME/images/NAME, or a version below it"
            yield self._document.fault(("proofs", "scanner", "image"), "this is not an image of a gallery", hint)

    def _calls(self) -> Iterator[Fault]:
        for path, service in self._services():
            for place, check in enumerate(service.checks):
                yield from self._call((*path, "checks", place), check.uses, check.values)
            if service.question is not None:
                yield from self._call((*path, "question"), service.question.uses, service.question.values)
        for place, outside in enumerate(self._file.dependencies):
            yield from self._call(("dependencies", place, "check"), outside.check.uses, outside.check.values)

    def _call(self, path: Path, uses: str, values: Mapping[str, object]) -> Iterator[Fault]:
        if uses not in self._checks.names():
            hint = suggestion(uses, self._checks.names())
            yield self._document.fault((*path, "uses"), f'there is no check "{uses}"', hint)
            return
        for fault in self._checks.faults(uses, values):  # type: ignore[arg-type] # parsed YAML is JSON, floats apart
            hint = fault.hint or "see the schema in docs/schema"
            yield self._document.fault(
                (*path, "with", *fault.path), fault.message, hint, key=_is_about_key(fault.message)
            )


def _is_about_key(message: str) -> bool:
    return message.startswith("unknown key")


def _unprotected(document: Document, file: CatalogueFile) -> Iterator[Fault]:
    for number, service in enumerate(file.services):
        for place, item in enumerate(service.items):
            if not item.protection:
                path = ("services", number, "items", place, "id")
                yield document.fault(path, f'the item "{item.id}" is not protected', "add `protection:`")
