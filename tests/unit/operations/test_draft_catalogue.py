"""Drafting a catalogue: tags are hints, what cannot be seen is said, and what cannot be told is not invented."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from drd.daemon.offline import check_config
from drd.domain.drafting import Draft, DraftTerms
from drd.domain.errors import DrdError, ForbiddenError, InvalidError, NotFoundError
from drd.domain.ids import ArmId
from drd.operations.draft_catalogue import DraftCatalogue
from drd.ports.backups import BACKUPS, BackedUpItem
from drd.ports.capabilities import Offer, Provider
from drd.ports.replication import REPLICATION, ReplicatedItem
from drd.ports.seen_machines import SEEN_MACHINES, SeenMachine
from drd.ports.vaults import VAULTS, VaultPosture
from drd.settings.drafted import catalogue_text
from tests.fakes.small_estate import HOME_VAULT

pytestmark = pytest.mark.anyio

GROUP = "/subscriptions/sub-1/resourceGroups"
TERMS = DraftTerms(tenant="gent", subscriptions=("sub-1",))
REFUSED = ForbiddenError("the identity may not read")


def machine(name: str, *, group: str = "rg-Burgerzaken", region: str = "westeurope", **tags: str) -> SeenMachine:
    """Make a machine."""
    place = ArmId(f"{GROUP}/{group}/providers/Microsoft.Compute/virtualMachines/{name}")
    return SeenMachine(id=place, location=region, tags=tags)


class Cloud:
    """Answers what a draft asks: one vault that backs all machines up, and replicates those that are named."""

    def __init__(self, *machines: SeenMachine, replicated: Sequence[SeenMachine] = ()) -> None:
        """Hold these machines."""
        self.machines, self.replicated = machines, replicated
        self.backed_up: Sequence[SeenMachine] = machines
        self.silent: dict[str, DrdError] = {}

    def _told(self, what: str, answer: Any) -> Any:
        if what in self.silent:
            raise self.silent[what]
        return answer

    def provider(self) -> Provider:
        """Offer all of it."""
        cloud = self

        class Machines:
            async def list(self, subscription: str) -> Any:
                return cloud._told("machines", cloud.machines)

        class Vaults:
            async def list(self, subscription: str) -> Any:
                return cloud._told("vaults", (VaultPosture(id=HOME_VAULT, location="westeurope"),))

        class Backups:
            async def items(self, vault: ArmId) -> Any:
                items = (BackedUpItem(vault=vault, path="p", name=each.id.name, source=each.id, state="Protected")
                         for each in cloud.backed_up)  # fmt: skip
                return cloud._told("backups", tuple(items))

        class Replication:
            async def items(self, vault: ArmId) -> Any:
                return cloud._told("replication", tuple(
                    ReplicatedItem(
                        id=ArmId(f"{vault}/i/{each.id.name}"), name=each.id.name, source=each.id, state="Protected",
                        health="", failover_health="", allowed=(), active_location="Primary", test_state="",
                        recovery_group=None, recovery_machine_name="", primary_region="West Europe",
                        recovery_region="North Europe",
                    )
                    for each in cloud.replicated
                ))  # fmt: skip

        offers = ((SEEN_MACHINES, Machines()), (VAULTS, Vaults()), (BACKUPS, Backups()), (REPLICATION, Replication()))
        return Provider("fake", tuple(Offer(capability.name, answer) for capability, answer in offers))

    async def draft(self, terms: DraftTerms = TERMS) -> Draft:
        """Draft."""
        return await DraftCatalogue(self.provider())(terms)


def services(found: Draft) -> dict[str, Any]:
    """Give the drafted services by their id."""
    drafted: Any = found.catalogue["services"]
    return {each["id"]: each for each in drafted}


async def test_tags_are_hints_and_groups_stand_in_for_them() -> None:
    """In any case of letters; the most urgent tier of a service counts, and a role becomes a label."""
    sql = machine("VM-sql", Dienst="Sociaal Huis", TIER="tier-1", role="sql")
    app = machine("vm-app", dienst="sociaal huis", tier="3")
    found = await Cloud(sql, app, machine("vm-web"), replicated=[sql, app]).draft()

    drafted = services(found)
    assert drafted.keys() == {"burgerzaken", "sociaal-huis"}
    assert (drafted["sociaal-huis"]["tier"], drafted["burgerzaken"]["tier"]) == (1, 2)
    assert drafted["sociaal-huis"]["objectives"] == {"rpo": "1h", "rto": "4h"}
    assert drafted["burgerzaken"]["objectives"] == {"rpo": "48h", "rto": "24h"}
    (web,) = drafted["burgerzaken"]["items"]
    assert web["protection"] == [{"mechanism": "backup", "vault": str(HOME_VAULT)}]
    items = {each["id"]: each for each in drafted["sociaal-huis"]["items"]}
    assert items["vm-sql"]["labels"] == {"role": "sql"}
    assert [each["mechanism"] for each in items["vm-sql"]["protection"]] == ["site-recovery", "backup"]
    assert found.catalogue["regions"] == {"home": "westeurope", "recovery": "northeurope"}
    assert (found.notes, found.services, found.items) == ((), 2, 3)


async def test_whatever_stands_in_azure_the_draft_can_be_used(tmp_path: Path) -> None:
    """Names of people, quotes, line breaks, two machines of one name: the file passes the daemon's own check."""
    odd = 'Bevolking: "één" #1\nen meer'
    found = await Cloud(
        machine("vm", service=odd), machine("VM", group="rg_b", service=odd), machine("vm", group="rg-c", app="&x *y"),
        machine("é", group="__", Service="!!", role="{a: b}"), machine("w" * 64, group="g" * 90),
        machine("vm-neu", region="northeurope"),
    ).draft(DraftTerms(tenant="gent", subscriptions=("sub-1",), recovery="northeurope"))  # fmt: skip
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "gent.yaml").write_text(catalogue_text(found), encoding="utf-8")
    (tmp_path / "drd.yaml").write_text("drd: settings/v1\n", encoding="utf-8")

    assert check_config(tmp_path / "drd.yaml").faults == ()
    assert found.items == 5
    assert found.notes == ("left out: 1 machines in northeurope, which is not westeurope",)


@pytest.mark.parametrize(
    ("what", "note"),
    [
        ("machines", "not seen: machines of sub-1: the identity may not read"),
        ("backups", "not seen: backups of rsv-weu: the identity may not read"),
        ("replication", "not seen: replicated items of rsv-weu: the identity may not read"),
        ("vaults", "not seen: vaults of sub-1: the identity may not read"),
    ],
)
async def test_what_cannot_be_seen_is_said(what: str, note: str) -> None:
    """At the head of the file, too: a draft with a hole in it looks like one."""
    cloud = Cloud(machine("vm-app"))
    cloud.silent[what] = REFUSED

    found = await cloud.draft(DraftTerms(tenant="gent", subscriptions=("sub-1",), home="westeurope", recovery="neu"))

    assert note in found.notes
    assert f"# - {note}\n" in catalogue_text(found)


async def test_a_machine_that_only_a_vault_knows_is_drafted_and_told() -> None:
    """It was deleted, or may not be read: its points are there all the same."""
    gone = machine("vm-gone")
    cloud = Cloud(machine("vm-app"), replicated=[gone])

    found = await cloud.draft()

    assert found.items == 2
    assert found.notes == ("vm-gone is protected by rsv-weu, but was not seen: deleted, or not readable",)


async def test_without_rights_nothing_is_drafted() -> None:
    """Not an empty catalogue: the refusal itself."""
    cloud = Cloud()
    cloud.silent |= {"machines": REFUSED, "vaults": REFUSED}

    with pytest.raises(ForbiddenError):
        await cloud.draft()


async def test_an_empty_subscription_gives_nothing_to_draft_from() -> None:
    """And says so."""
    with pytest.raises(NotFoundError, match="no machine was seen"):
        await Cloud().draft()


@pytest.mark.parametrize(
    "terms",
    [TERMS, DraftTerms(tenant="gent", subscriptions=("sub-1",), recovery="westeurope")],
    ids=["nothing is replicated", "recovery is home"],
)
async def test_a_region_that_nothing_tells_is_not_invented(terms: DraftTerms) -> None:
    """People name it."""
    with pytest.raises(InvalidError, match="recovery region"):
        await Cloud(machine("vm-app")).draft(terms)
