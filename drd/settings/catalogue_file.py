"""The shape of `catalogue/v1`: one municipality, its services and what they are made of."""

from typing import Annotated, Literal

from pydantic import Field

from drd.settings.field import CallModel, Duration, Line, Name, Region, ResourceId, Strict, Words

Level = Annotated[int, Field(ge=1, le=5)]
HostAndPort = Annotated[str, Field(pattern="^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?:[1-9][0-9]{0,4}$")]


class RegionsModel(Strict):
    """Where the tenant lives, and where it recovers."""

    home: Region
    """The region where services run."""
    recovery: Region
    """The region where services are brought back."""


class IdentitiesModel(Strict):
    """Names of identities in the settings. The standing one cannot fail over."""

    standing: Name
    """Observes and drills."""
    failover: Name
    """Fails over; used only by an approved run."""
    reaper: Name
    """Removes what drills left behind."""


class AzureModel(Strict):
    """The tenant's subscriptions and the identities that reach them."""

    subscriptions: list[Line] = Field(min_length=1)
    """Every subscription that may hold one of its resources or vaults."""
    identities: IdentitiesModel
    """Which identity does what."""


class ContactModel(Strict):
    """A person or a group that is told, or that approves."""

    id: Name
    """Unique in the tenant."""
    name: Words
    """For people."""
    notify: list[Line] = Field(default=[])
    """Where messages go, as addresses of the notification library; nothing secret."""
    roles: list[Literal["viewer", "operator", "responder", "approver", "admin"]] = Field(default=[])
    """What they may do."""


class ProtectionModel(Strict):
    """One way an item gets its recovery points."""

    mechanism: Literal["site-recovery", "backup", "snapshot"]
    """`site-recovery` replicates, `backup` keeps points in a vault, `snapshot` keeps copies of disks' snapshots."""
    vault: ResourceId
    """The Recovery Services vault; for `snapshot` the resource group that keeps the copies in the recovery region."""
    item: Line = Field(default="", validate_default=False)
    """The protected item's name in the vault; left out, drd finds it by the resource's id."""


class ItemModel(Strict):
    """A machine, database, share or host pool that has recovery points."""

    id: Name
    """Unique in the tenant."""
    kind: Literal["virtual-machine", "sql-database", "file-share", "host-pool"]
    """What it is."""
    labels: dict[Name, Line] = Field(default={})
    """What `for-each` selects by, such as {role: app}."""
    resource: ResourceId
    """Its ARM id in the home region."""
    protection: list[ProtectionModel] = Field(default=[])
    """How it is protected; at most one of each mechanism."""


class VirtualPcsModel(Strict):
    """Virtual PCs with the same name and a number. They are made anew, so they have no recovery points."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,10}$")]
    """What their names start with: `vm-kantoor` with `count: 80` means vm-kantoor-001 to vm-kantoor-080."""
    count: Annotated[int, Field(ge=1, le=999)]
    """How many there are."""
    labels: dict[Name, Line] = Field(default={})
    """What `for-each` selects by, such as {pool: kantoor}."""


class ClassificationModel(Strict):
    """How much harm a breach does, from 1 (least) to 5."""

    confidentiality: Level
    """Harm when others read it."""
    integrity: Level
    """Harm when it is wrong."""
    availability: Level
    """Harm when it is gone."""


class ObjectivesModel(Strict):
    """What was promised."""

    rpo: Duration | None = None
    """Most data, in time, that we agree to lose. Only for a service with items, and required there."""
    rto: Duration
    """Longest time that we agree to be down."""
    drill_every: Duration | None = None
    """How often the recovery is rehearsed."""
    proof_half_life: Duration | None = None
    """After how long half of a proof's worth is gone; 30 days by default."""


class CheckModel(CallModel):
    """One question whose answer says that the service is green."""

    id: Name
    """Unique in the service; a runbook's `after` check with the same id wins."""
    text: Words | None = None
    """What it asks, in people's words."""


class ServiceModel(Strict):
    """What citizens or staff use."""

    id: Name
    """Unique in the tenant."""
    name: Words
    """For people."""
    tier: Annotated[int, Field(ge=0, le=4)]
    """0 comes back first."""
    classification: ClassificationModel | None = None
    """Confidentiality, integrity, availability."""
    objectives: ObjectivesModel
    """RPO, RTO, how often drilled."""
    depends_on: list[Name] = Field(default=[])
    """Services that must be green first; of the same or a lower tier number."""
    runbook: Name | None = None
    """The runbook that brings it back."""
    owner: Name | None = None
    """A contact's id."""
    items: list[ItemModel] = Field(default=[])
    """What it is made of."""
    virtual_pcs: list[VirtualPcsModel] = Field(default=[])
    """Its virtual PCs, where it has some."""
    checks: list[CheckModel] = Field(default=[])
    """What green means; asked after a run, in drills, and in steady state."""
    question: CallModel | None = None
    """The business question of rung L6."""


class ScannerModel(Strict):
    """The throw-away machine that examines restored disks from outside."""

    image: ResourceId
    """A specialised image of a gallery, or one version of it, with the scanner in it, where copies are made."""
    size: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")] = "Standard_D2s_v5"
    """Azure's name of its size."""
    cores: Annotated[int, Field(ge=1, le=512)] = 2
    """How many cores that size has; budgets count them."""


class ProbeModel(Strict):
    """The small machine that tries to get out of the network before anything boots there."""

    reach: Annotated[list[HostAndPort], Field(max_length=50)] = Field(default=[])
    """Whom it must not reach, each as HOST:PORT: production's own addresses; left out, Azure's management only."""
    size: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")] | None = None
    """Azure's name of its size; left out, a very small one."""
    image: Annotated[str, Field(pattern=r"^[\w.-]+(?::[\w.-]+){3}$")] | None = None
    """PUBLISHER:OFFER:SKU:VERSION of a Linux with Azure's agent; left out, one of the marketplace."""


class ProofsModel(Strict):
    """Where copies are restored to be proven, and what is asked of them."""

    region: Literal["recovery", "home"] = "recovery"
    """Where copies are made: from the points of the recovery region, or in the home region from the vault's own."""
    subnet: ResourceId
    """A subnet of an isolated network there; drd proves that it is before anything starts."""
    staging: ResourceId
    """A storage account there, which Azure Backup needs on the way."""
    size: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")] = "Standard_D2s_v5"
    """Azure's name of the size of a copy's machine."""
    cores: Annotated[int, Field(ge=1, le=512)] = 2
    """How many cores that size has; budgets count them."""
    readable: Annotated[str, Field(max_length=8192)] = ""
    """A script for rung L2: file systems, samples' checksums. Exit code 0 when all is readable."""
    clean: Annotated[str, Field(max_length=8192)] = ""
    """A script for rung L3: a scan, and canary files. Exit code 0 when nothing was found."""
    tolerances: dict[Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,39}$")], Annotated[int, Field(ge=0)]] = Field(
        default={}
    )
    """The largest value that is still good of figures that the scripts report, in lines such as `drd: differing=3`."""
    scanner: ScannerModel | None = None
    """The machine in which both scripts run, with the restored disks attached; left out, they run inside the copy."""
    probe: ProbeModel = Field(default=ProbeModel())
    """What tries to get out of the network before anything boots there."""


class DependencyModel(Strict):
    """Something outside that is watched but not recovered."""

    id: Name
    """Unique in the tenant."""
    name: Words
    """For people."""
    check: CallModel
    """How it is watched."""


class CatalogueFile(Strict):
    """A municipality's service catalogue."""

    drd: Literal["catalogue/v1"]
    """The format."""
    tenant: Name
    """The municipality's id; the file is called TENANT.yaml."""
    name: Words
    """For people."""
    regions: RegionsModel
    """Home and recovery region."""
    azure: AzureModel
    """Subscriptions and identities."""
    contacts: list[ContactModel] = Field(default=[])
    """Who is told and who approves."""
    services: list[ServiceModel] = Field(min_length=1)
    """What is protected."""
    dependencies: list[DependencyModel] = Field(default=[])
    """What is watched but not recovered."""
    proofs: ProofsModel | None = None
    """Where copies are restored to be proven; left out, only what needs no restore is."""
