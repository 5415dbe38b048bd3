"""Collecting: what could be asked is known, what could not is said, and nobody's silence hides another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from drd.domain.errors import (
    DrdError,
    ForbiddenError,
    JournalUnavailableError,
    PermanentError,
    TransientError,
)
from drd.domain.estate import Mechanism, RecoveryPoint, Tenant
from drd.domain.ids import ArmId
from drd.domain.vault_key import VaultKey
from drd.operations.collect_recovery_points import Collecting, CollectRecoveryPoints
from drd.ports.backups import BACKUPS, CROSS_REGION_BACKUPS, BackedUpItem
from drd.ports.capabilities import Offer, Provider
from drd.ports.inventory import ItemFacts
from drd.ports.keys import KEYS
from drd.ports.replication import REPLICATION, ReplicatedItem
from drd.ports.snapshots import SNAPSHOTS
from drd.ports.vault_lists import VAULT_LISTS, Listed
from drd.ports.vaults import VAULTS, VaultPosture
from tests.fakes.memory_findings import MemoryFindings
from tests.fakes.small_estate import (
    HOME_VAULT,
    RECOVERY_VAULT,
    TENANT,
    FixedServices,
    MemoryInventory,
    item,
    machine_id,
    points,
    service,
    tenant,
)
from tests.fakes.stepping_clock import START, SteppingClock

pytestmark = pytest.mark.anyio

BACKUP, ASR = Mechanism.BACKUP, Mechanism.SITE_RECOVERY
OTHER_VAULT = ArmId(str(HOME_VAULT).replace("rsv-weu", "rsv-other"))
SILENT = TransientError("the region does not answer")
HOME_POINT, PAIRED_POINT = START - timedelta(hours=1), START - timedelta(hours=9)


class Cloud:
    """Answers all that collection asks: two machines in every vault, unless a vault or a subscription is silent."""

    def __init__(self, *, paired: bool = False) -> None:
        """Begin well."""
        self.silent: dict[str, DrdError] = {}
        self.asked: list[str] = []
        self.pointed: list[str] = []
        self.paired = paired
        self.newest = HOME_POINT
        self.newest_of: dict[str, datetime] = {}
        self.names: tuple[str, ...] = ("vm-app", "vm-sql")
        self.key: str | None = None

    def _ask(self, what: object) -> None:
        self.asked.append(str(what))
        if str(what) in self.silent:
            raise self.silent[str(what)]

    async def items(self, vault: ArmId, region: str = "") -> tuple[BackedUpItem, ...]:
        """List what a vault backs up."""
        self._ask(vault)
        return tuple(
            BackedUpItem(
                vault=vault, path="p", name=name, source=machine_id(name), state="Protected", health="Passed",
                last_point_at=self.newest_of.get(name, self.newest),
            )
            for name in self.names
        )  # fmt: skip

    async def points(self, of: BackedUpItem, region: str = "") -> tuple[RecoveryPoint, ...]:
        """List points: those of the paired region are older."""
        self.pointed.append(of.name)
        if f"points of {of.name}" in self.silent:
            raise self.silent[f"points of {of.name}"]
        return points(PAIRED_POINT if self.paired else self.newest)

    async def list(self, subscription: str) -> tuple[VaultPosture, ...]:
        """List vaults."""
        self._ask(subscription)
        vault = ArmId(f"{HOME_VAULT}-{subscription}")
        return (VaultPosture(id=vault, location="westeurope", encryption_key=self.key),)


class Looking:
    """Answers for keys."""

    def __init__(self) -> None:
        """Begin well."""
        self.error: DrdError | None = None
        self.asked: list[str] = []

    async def look(self, key: str, *, subscription: str) -> VaultKey | None:
        """Tell when it ends."""
        self.asked.append(f"{key} of {subscription}")
        if self.error is not None:
            raise self.error
        return VaultKey(ends_at=START)


class Replicating(Cloud):
    """The same, for Site Recovery."""

    async def items(self, vault: ArmId, region: str = "") -> Sequence[ReplicatedItem]:  # type: ignore[override]  # one fake, two kinds of item
        """List what a vault replicates."""
        self._ask(vault)
        return tuple(
            ReplicatedItem(
                id=ArmId(f"{vault}/items/{name}"), name=name, source=machine_id(name), state="Protected",
                health="Normal", failover_health="Normal", allowed=(), active_location="Primary", test_state="",
                recovery_group=None, recovery_machine_name=name, rpo=timedelta(minutes=2), rpo_at=START,
            )
            for name in ("vm-app", "vm-sql")
        )  # fmt: skip


class Copying:
    """Answers for snapshots: one item's copy is whole, another's is not, of a third there is none."""

    def __init__(self) -> None:
        """Begin unasked."""
        self.asked = 0

    async def all_points(self, group: ArmId, *, disk: str, region: str) -> Mapping[str, tuple[RecoveryPoint, ...]]:
        """List points."""
        self.asked += 1
        assert (group, disk, region) == (HOME_VAULT, "os", "northeurope")
        return {
            item: (RecoveryPoint(id="s-1", time=HOME_POINT, region=region, usable=item == "vm-app"),)
            for item in ("vm-app", "vm-sql")
        }


class Telling:
    """Answers for the whole lists of vaults."""

    def __init__(self) -> None:
        """Begin well."""
        self.silent: dict[str, DrdError] = {}
        self.asked: list[str] = []

    async def policies(self, vault: ArmId, mechanism: Mechanism) -> tuple[Listed, ...]:
        """List one."""
        return self._told(vault, f"policies of {mechanism.value}")

    async def jobs(self, vault: ArmId, mechanism: Mechanism, *, since: datetime) -> tuple[Listed, ...]:
        """List one."""
        assert since >= START - timedelta(days=1)
        return self._told(vault, f"jobs of {mechanism.value}")

    def _told(self, vault: ArmId, what: str) -> tuple[Listed, ...]:
        self.asked.append(f"{vault.name}: {what}")
        if str(vault) in self.silent:
            raise self.silent[str(vault)]
        return (Listed(name=what),)


class House:
    """The use case, the cloud and the inventory."""

    def __init__(self, *tenants: Tenant) -> None:
        """Own one municipality unless told others."""
        self.home, self.paired, self.replication = Cloud(), Cloud(paired=True), Replicating()
        self.copying, self.telling, self.findings = Copying(), Telling(), MemoryFindings()
        self.inventory, self.clock = MemoryInventory(), SteppingClock()
        self.tenants = tenants
        self.offers = {
            BACKUPS: self.home,
            CROSS_REGION_BACKUPS: self.paired,
            REPLICATION: self.replication,
            VAULTS: self.home,
            SNAPSHOTS: self.copying,
            VAULT_LISTS: self.telling,
        }

    async def collect(self, *, most: int = 100) -> None:
        """Collect, with points of at most so many items of a subscription."""

        async def room() -> int:
            return most

        offers = tuple(Offer(capability.name, answer) for capability, answer in self.offers.items())
        await CollectRecoveryPoints(
            Collecting(
                services=FixedServices(*self.tenants),
                inventory=self.inventory,
                findings=self.findings,
                provider=Provider("fake", offers),
                clock=self.clock,
                room=room,
            )
        )()

    async def failing(self) -> str:
        """Collect, and give what the failure says."""
        with pytest.raises(TransientError) as failed:
            await self.collect()
        return str(failed.value)

    def of(self, name: str, mechanism: Mechanism) -> ItemFacts:
        """Give the facts of an item."""
        return self.inventory.facts[TENANT, name, mechanism.value]

    def went(self) -> dict[str, bool]:
        """Say how each collector of the municipality went."""
        return {name: each.succeeded for (_, name), each in self.inventory.collections_seen.items()}


async def test_everything_is_collected_by_list_calls() -> None:
    """One list a vault, however many items it holds."""
    house = House()
    await house.collect()

    assert {key[1:] for key in house.inventory.facts} == {
        (name, mechanism.value) for name in ("vm-app", "vm-sql") for mechanism in (BACKUP, ASR)
    }
    assert house.home.asked == [str(HOME_VAULT), "sub-1"]
    assert house.replication.asked == [str(RECOVERY_VAULT)]
    assert house.telling.asked == [
        "rsv-neu: policies of site-recovery",
        "rsv-neu: jobs of site-recovery",
        "rsv-weu: policies of backup",
        "rsv-weu: jobs of backup",
    ]
    assert house.went() == {"replication": True, "backup": True, "snapshots": True, "vaults": True}
    assert house.of("vm-app", ASR).replication_rpo == timedelta(minutes=2)


async def test_snapshots_are_known_by_what_has_arrived_in_the_recovery_region() -> None:
    """A copy that is not whole is a warning, none at all is no protection."""
    wanted = [item(name, Mechanism.SNAPSHOT, vault=HOME_VAULT) for name in ("vm-app", "vm-sql", "vm-none")]
    house = House(tenant(service("a", *wanted)))
    await house.collect()

    facts = {name: house.of(name, Mechanism.SNAPSHOT) for name in ("vm-app", "vm-sql", "vm-none")}
    assert {name: each.state for name, each in facts.items()} == {
        "vm-app": "ok",
        "vm-sql": "warning",
        "vm-none": "unprotected",
    }
    assert facts["vm-app"].points[0].time == HOME_POINT
    assert house.copying.asked == 1


async def test_a_lost_region_is_answered_for_by_the_paired_one() -> None:
    """Its points lag, and say so by their time."""
    house = House()
    house.home.silent[str(HOME_VAULT)] = SILENT
    await house.failing()

    assert house.paired.asked == [str(HOME_VAULT)]
    assert house.of("vm-sql", BACKUP).points[0].time == PAIRED_POINT
    assert house.went() == {"replication": True, "backup": False, "snapshots": True, "vaults": True}


async def test_the_paired_region_is_not_asked_when_home_only_refuses() -> None:
    """A missing right is no lost region; an older answer would hide it."""
    house = House()
    house.home.silent[str(HOME_VAULT)] = PermanentError("the identity may not read")

    assert "may not read" in await house.failing()
    assert house.paired.asked == []


@pytest.mark.parametrize("mechanism", [BACKUP, ASR])
@pytest.mark.parametrize("error", [SILENT, PermanentError("not allowed"), JournalUnavailableError("away")])
async def test_one_silent_vault_does_not_hide_another(mechanism: Mechanism, error: DrdError) -> None:
    """The first is silent in every region; the second one's items are known all the same."""
    house = House(tenant(service("a", item("vm-app", mechanism, vault=OTHER_VAULT), item("vm-sql", mechanism))))
    for cloud in (house.home, house.paired, house.replication):
        cloud.silent[str(OTHER_VAULT)] = error

    assert error.message in await house.failing()
    assert {name for _, name, _ in house.inventory.facts} == {"vm-sql"}
    assert house.went()["backup" if mechanism is BACKUP else "replication"] is False


async def test_one_silent_subscription_does_not_hide_another() -> None:
    """Vaults of the others are known."""
    house = House(replace(tenant(), subscriptions=("sub-1", "sub-2")))
    house.home.silent["sub-1"] = SILENT
    await house.failing()

    assert [posture.name for posture in house.inventory.postures] == ["rsv-weu-sub-2"]


async def test_one_municipality_does_not_hide_another() -> None:
    """Trouble of the first is noted; the second is collected whole."""
    first = replace(tenant(service("a", item("vm-app", BACKUP, vault=OTHER_VAULT)), name="aa"), subscriptions=())
    house = House(first, tenant(name="zz"))
    house.home.silent[str(OTHER_VAULT)] = house.paired.silent[str(OTHER_VAULT)] = SILENT

    assert "aa/backup" in await house.failing()
    assert {key[0] for key in house.inventory.facts} == {"zz"}


async def test_facts_of_what_could_not_be_asked_stay_and_grow_old() -> None:
    """They keep the instant at which they were seen."""
    house = House()
    await house.collect()
    house.clock.advance(timedelta(hours=1))
    house.replication.silent[str(RECOVERY_VAULT)] = SILENT
    await house.failing()

    assert house.of("vm-app", ASR).seen_at < house.of("vm-app", BACKUP).seen_at


async def test_an_item_that_the_vault_does_not_know_is_unprotected() -> None:
    """Not unknown: the vault was asked, and has no such item."""
    house = House(tenant(service("a", item("vm-new"))))
    await house.collect()

    assert {each.state for each in house.inventory.facts.values()} == {"unprotected"}
    assert all(each.points == () for each in house.inventory.facts.values())


async def test_the_owners_key_of_a_vault_is_looked_at_and_hides_nothing_where_it_may_not_be() -> None:
    """A missing right on the key vault is told, and the vault's settings are known all the same."""
    house, looking = House(), Looking()
    house.home.key, house.offers[KEYS] = "https://kv.vault.azure.net/keys/k", looking
    await house.collect()
    (seen,) = house.inventory.postures.values()
    looking.error = ForbiddenError("not allowed")
    house.clock.advance(timedelta(minutes=15))

    await house.collect()

    (unseen,) = house.inventory.postures.values()
    (found,) = await house.findings.list(TENANT)
    assert (seen.posture.key, unseen.posture.key) == (VaultKey(ends_at=START), None)
    assert unseen.seen_at > seen.seen_at
    assert (found.code, found.message) == (
        "vault-not-allowed",
        "the key of rsv-weu-sub-1 could not be read: not allowed; what is known of it grows old",
    )
    assert looking.asked == ["https://kv.vault.azure.net/keys/k of sub-1"] * 2
