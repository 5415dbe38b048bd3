"""Turns a parsed catalogue into the domain's own facts."""

from collections.abc import Iterator
from datetime import timedelta

from drd.domain.estate import (
    Classification,
    Contact,
    Dependency,
    ItemKind,
    Mechanism,
    NamedCheck,
    Objectives,
    Probe,
    ProofPlace,
    ProtectedItem,
    Protection,
    Scanner,
    Service,
    Tenant,
    VirtualPc,
)
from drd.domain.ids import ArmId, ItemId, RunbookId, ServiceId, TenantId
from drd.settings.catalogue_file import (
    CatalogueFile,
    ItemModel,
    ObjectivesModel,
    ProofsModel,
    ScannerModel,
    ServiceModel,
    VirtualPcsModel,
)

_HALF_LIFE = timedelta(days=30)


def tenant_of(file: CatalogueFile) -> Tenant:
    """Give the tenant that a valid catalogue describes."""
    identities = file.azure.identities
    return Tenant(
        id=TenantId(file.tenant),
        name=file.name.text(),
        home_region=file.regions.home,
        recovery_region=file.regions.recovery,
        subscriptions=tuple(file.azure.subscriptions),
        identities={"standing": identities.standing, "failover": identities.failover, "reaper": identities.reaper},
        contacts=tuple(
            Contact(id=each.id, name=each.name.text(), roles=tuple(each.roles), notify=tuple(each.notify))
            for each in file.contacts
        ),
        services=tuple(_service(service) for service in file.services),
        dependencies=tuple(
            Dependency(id=each.id, name=each.name.text(), check=each.check.call()) for each in file.dependencies
        ),
        proofs=_proofs(file.proofs) if file.proofs else None,
    )


def _proofs(model: ProofsModel) -> ProofPlace:
    return ProofPlace(
        subnet=ArmId.parse(model.subnet),
        staging=ArmId.parse(model.staging),
        size=model.size,
        cores=model.cores,
        home=model.region == "home",
        readable=model.readable.strip(),
        clean=model.clean.strip(),
        tolerances=dict(model.tolerances),
        scanner=_scanner(model.scanner) if model.scanner else None,
        probe=Probe(reach=tuple(model.probe.reach), size=model.probe.size or "", image=model.probe.image or ""),
    )


def _scanner(model: ScannerModel) -> Scanner:
    return Scanner(image=ArmId.parse(model.image), size=model.size, cores=model.cores)


def _service(model: ServiceModel) -> Service:
    return Service(
        id=ServiceId(model.id),
        name=model.name.text(),
        tier=model.tier,
        objectives=_objectives(model.objectives),
        runbook=RunbookId(model.runbook) if model.runbook else None,
        owner=model.owner or "",
        depends_on=tuple(ServiceId(each) for each in model.depends_on),
        items=tuple(_item(item) for item in model.items),
        virtual_pcs=tuple(each for pcs in model.virtual_pcs for each in _virtual_pcs(pcs)),
        checks=tuple(
            NamedCheck(id=each.id, call=each.call(), text=each.text.text() if each.text else None)
            for each in model.checks
        ),
        question=model.question.call() if model.question else None,
        classification=_classification(model),
    )


def _objectives(model: ObjectivesModel) -> Objectives:
    return Objectives(
        rpo=model.rpo,
        rto=model.rto,
        drill_every=model.drill_every,
        proof_half_life=model.proof_half_life or _HALF_LIFE,
    )


def _classification(model: ServiceModel) -> Classification | None:
    if model.classification is None:
        return None
    return Classification(
        confidentiality=model.classification.confidentiality,
        integrity=model.classification.integrity,
        availability=model.classification.availability,
    )


def _item(model: ItemModel) -> ProtectedItem:
    return ProtectedItem(
        id=ItemId(model.id),
        kind=ItemKind(model.kind),
        resource=ArmId.parse(model.resource),
        labels=dict(model.labels),
        protection=tuple(
            Protection(mechanism=Mechanism(each.mechanism), vault=ArmId.parse(each.vault), item=each.item)
            for each in model.protection
        ),
    )


def _virtual_pcs(model: VirtualPcsModel) -> Iterator[VirtualPc]:
    for number in range(1, model.count + 1):
        yield VirtualPc(id=ItemId(f"{model.id}-{number:03d}"), labels=dict(model.labels))
