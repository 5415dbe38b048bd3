"""What is protected: tenants, services, protected items and their recovery points."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.ids import ArmId, ItemId, RunbookId, ServiceId, TenantId
from drd.domain.language import Text


class Mechanism(StrEnum):
    """How an item gets its recovery points."""

    SITE_RECOVERY = "site-recovery"
    BACKUP = "backup"
    SNAPSHOT = "snapshot"


class ItemKind(StrEnum):
    """What a protected item is."""

    VIRTUAL_MACHINE = "virtual-machine"
    SQL_DATABASE = "sql-database"
    FILE_SHARE = "file-share"
    HOST_POOL = "host-pool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Where an item's recovery points are kept.

    Attributes:
        vault: the Recovery Services vault; for snapshots the resource group that keeps the copies.
        item: the protected item's name in the vault; empty where the vault finds it by the source's id.
    """

    mechanism: Mechanism
    vault: ArmId
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedItem:
    """A machine, database, share or host pool that has recovery points."""

    id: ItemId
    kind: ItemKind
    resource: ArmId
    labels: Mapping[str, str] = field(default_factory=dict)
    protection: tuple[Protection, ...] = ()

    def protected_by(self, mechanism: Mechanism) -> Protection | None:
        """Give the protection of this kind, if the item has it."""
        return next((protection for protection in self.protection if protection.mechanism is mechanism), None)

    def to_json(self) -> dict[str, Json]:
        """Write the item for plans."""
        return {
            "id": self.id,
            "kind": self.kind.value,
            "resource": str(self.resource),
            "labels": dict(self.labels),
            "protection": [
                {"mechanism": each.mechanism.value, "vault": str(each.vault), "item": each.item}
                for each in self.protection
            ],
        }


class Cleanliness(StrEnum):
    """What is known of a recovery point's content. Nothing known is not clean."""

    CLEAN = "clean"
    INFECTED = "infected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class VirtualPc:
    """A virtual PC: made anew where it is needed, so it has no recovery points and is no protected item.

    Attributes:
        id: its name, and that of its machine.
    """

    id: ItemId
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryPoint:
    """A copy one can restore from.

    Attributes:
        id: the vault's name of the point.
        time: the instant whose data it holds.
        consistency: `application`, `crash`, `file-system` or `unknown`.
        region: the region that can restore it; empty when the vault did not say.
        usable: False when the vault marks it as deleted, expired, infected or without a valid tier.
        cleanliness: what the vault's scan says of it.
        tiers: where it is kept, of `snapshot` (beside the machine), `vault` and `archive`; empty when nobody said.
    """

    id: str
    time: datetime
    consistency: str = "unknown"
    region: str = ""
    usable: bool = True
    cleanliness: Cleanliness = Cleanliness.UNKNOWN
    tiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCheck:
    """A check of a service or a runbook, by its id."""

    id: str
    call: Call
    text: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Objectives:
    """What was promised for a service. `rpo` is None for a service without items: it has no data of its own."""

    rpo: timedelta | None
    rto: timedelta
    drill_every: timedelta | None = None
    proof_half_life: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Confidentiality, integrity and availability, each 1 (low) to 5 (high)."""

    confidentiality: int
    integrity: int
    availability: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What citizens or staff use."""

    id: ServiceId
    name: Text
    tier: int
    objectives: Objectives
    runbook: RunbookId | None = None
    owner: str = ""
    depends_on: tuple[ServiceId, ...] = ()
    items: tuple[ProtectedItem, ...] = ()
    virtual_pcs: tuple[VirtualPc, ...] = ()
    checks: tuple[NamedCheck, ...] = ()
    question: Call | None = None
    classification: Classification | None = None

    def item(self, item: ItemId) -> ProtectedItem | None:
        """Find an item by its id."""
        return next((each for each in self.items if each.id == item), None)

    def selected(self, labels: Mapping[str, str]) -> tuple[ProtectedItem, ...]:
        """Give the items that carry all these labels, in the catalogue's order."""
        return tuple(each for each in self.items if labels.items() <= dict(each.labels).items())

    def selected_pcs(self, labels: Mapping[str, str]) -> tuple[VirtualPc, ...]:
        """Give the virtual PCs that carry all these labels, in the catalogue's order."""
        return tuple(each for each in self.virtual_pcs if labels.items() <= dict(each.labels).items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person or group that is told, or that approves."""

    id: str
    name: Text
    roles: tuple[str, ...] = ()
    notify: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """Something outside that is watched but not recovered."""

    id: str
    name: Text
    check: Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """The throw-away machine that examines restored disks from outside.

    Attributes:
        image: a specialised image of a gallery, or one version of it, with the scanner in it.
        size: Azure's name of the machine's size, with `cores` cores.
    """

    image: ArmId
    size: str
    cores: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """The small machine that tries to get out of a network before a copy boots there; what is empty is as usual.

    Attributes:
        reach: whom it must not reach, each as HOST:PORT.
        size: Azure's name of its size.
        image: what it is made of, PUBLISHER:OFFER:SKU:VERSION.
    """

    reach: tuple[str, ...] = ()
    size: str = ""
    image: str = ""


_AS_USUAL = Probe()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPlace:
    """Where copies are restored to be proven: apart from everything else.

    Attributes:
        subnet: of an isolated network; drd proves that it is before anything starts there.
        staging: a storage account in the region of the copies.
        size: Azure's name of the size of a copy's machine, with `cores` cores.
        home: restore in the home region; else in the recovery region, from the points that were copied there.
        readable: a script that tells whether a copy's files can be read; its exit code is 0 when they can. Empty for
            none.
        clean: the same, for what does not belong there.
        tolerances: how much of a figure that a script reports is still good, by its name.
        scanner: where the scripts run, with the restored disks attached; None: in the copy itself, after it booted.
        probe: what tries to get out of the network before anything boots there.
    """

    subnet: ArmId
    staging: ArmId
    size: str
    cores: int = 2
    home: bool = False
    readable: str = ""
    clean: str = ""
    tolerances: Mapping[str, int] = field(default_factory=dict)
    scanner: Scanner | None = None
    probe: Probe = _AS_USUAL

    @property
    def network(self) -> ArmId:
        """The network that the subnet belongs to."""
        return ArmId(self.subnet.text.rsplit("/", 2)[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """The municipality that owns services."""

    id: TenantId
    name: Text
    home_region: str
    recovery_region: str
    subscriptions: tuple[str, ...]
    identities: Mapping[str, str] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()
    services: tuple[Service, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    proofs: ProofPlace | None = None

    def service(self, service: ServiceId) -> Service | None:
        """Find a service by its id."""
        return next((each for each in self.services if each.id == service), None)

    def contact(self, contact: str) -> Contact | None:
        """Find a contact by its id."""
        return next((each for each in self.contacts if each.id == contact), None)
