"""Wrong service catalogues are refused at their place; good ones become the domain's facts."""

import pathlib
from datetime import timedelta

import pytest

from drd.document import Refused
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.estate import Mechanism, Scanner
from drd.domain.ids import ArmId, ItemId, ServiceId, TenantId
from drd.settings.catalogue import ReadCatalogue, read_catalogue
from drd.settings.services import CatalogueServices, read_services
from tests.fakes.vocabulary import fake_checks

VM = "/subscriptions/SUB-1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines"
VAULT = "/subscriptions/sub-1/resourceGroups/g/providers/Microsoft.RecoveryServices/vaults/v"
GOOD = f"""\
drd: catalogue/v1
tenant: voorbeeld
name: {{nl: V, en: V, fr: V}}
regions: {{home: westeurope, recovery: northeurope}}
azure:
  subscriptions: [sub-1]
  identities: {{standing: a, failover: b, reaper: c}}
contacts:
  - {{id: ict, name: {{nl: I, en: I, fr: I}}, roles: [approver]}}
services:
  - id: low
    name: {{nl: L, en: L, fr: L}}
    tier: 0
    objectives: {{rpo: 15m, rto: 30m}}
    owner: ict
    items:
      - id: vm-1
        kind: virtual-machine
        labels: {{role: app}}
        resource: {VM}/vm-1
        protection:
          - {{mechanism: backup, vault: {VAULT}}}
    checks:
      - {{id: port, uses: check.tcp, with: {{host: h, port: 1}}}}
  - id: high
    name: {{nl: H, en: H, fr: H}}
    tier: 1
    objectives: {{rto: 1h}}
    depends-on: [low]
    checks:
      - {{id: web, uses: check.http, with: {{url: "https://h.example/"}}}}
dependencies:
  - {{id: register, name: {{nl: R, en: R, fr: R}}, check: {{uses: check.http, with: {{url: "https://r.example/"}}}}}}
"""
NETWORK = "/subscriptions/SUB-1/resourceGroups/g/providers/Microsoft.Network/virtualNetworks"
STAGING = "/subscriptions/SUB-1/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/st"
IMAGE = f"{VM.partition('/virtualMachines')[0]}/galleries/gal/images/scanner"
PROOFS = f"proofs:\n  subnet: {NETWORK}/drill/subnets/s\n  staging: {STAGING}\n"


def write(folder: pathlib.Path, text: str, name: str = "voorbeeld") -> pathlib.Path:
    """Write a catalogue."""
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def catalogue(folder: pathlib.Path, text: str = GOOD) -> ReadCatalogue:
    """Read a catalogue that can be used."""
    return read_catalogue(write(folder, text), fake_checks())


def test_a_good_catalogue_is_the_domain_s_own_facts(tmp_path: pathlib.Path) -> None:
    """Durations, ids in any casing, labels, protections, checks, defaults."""
    found = catalogue(tmp_path)
    low, high = found.tenant.services
    item = low.item(ItemId("vm-1"))
    assert item is not None
    assert item.resource == ArmId(f"{VM}/VM-1".lower())
    assert item.protected_by(Mechanism.BACKUP) is not None
    assert (low.objectives.rpo, low.objectives.proof_half_life) == (timedelta(minutes=15), timedelta(days=30))
    assert (high.objectives.rpo, high.depends_on) == (None, ("low",))
    assert found.tenant.identities == {"standing": "a", "failover": "b", "reaper": "c"}
    assert found.findings == ()
    assert found.tenant.proofs is None


def test_a_place_for_proofs_is_read_with_its_scripts(tmp_path: pathlib.Path) -> None:
    """The network is the subnet's own."""
    text = GOOD.replace("dependencies:", f"{PROOFS}  clean: |\n    set -e\n    clamscan /\ndependencies:")
    proofs = catalogue(tmp_path, text).tenant.proofs

    assert proofs is not None
    assert proofs.network == ArmId(f"{NETWORK}/drill")
    assert (proofs.home, proofs.cores, proofs.readable, proofs.clean) == (False, 2, "", "set -e\nclamscan /")


def test_a_scanner_is_read_with_what_is_tolerated(tmp_path: pathlib.Path) -> None:
    """Sizes that are not named are small."""
    more = f"  scanner: {{image: {IMAGE}}}\n  tolerances: {{differing: 3}}\n"
    proofs = catalogue(tmp_path, GOOD.replace("dependencies:", f"{PROOFS}{more}dependencies:")).tenant.proofs

    assert proofs is not None
    assert proofs.scanner == Scanner(image=ArmId.parse(IMAGE), size="Standard_D2s_v5", cores=2)
    assert proofs.tolerances == {"differing": 3}


WRONG = {
    "a scanner of a disk": (
        "dependencies:",
        f"{PROOFS}  scanner: {{image: {VM}/vm-1}}\ndependencies:",
        "35:20",
        "is not an image of a gallery",
    ),
    "proofs in no subnet": (
        "dependencies:",
        PROOFS.replace("/subnets/s", "") + "dependencies:",
        "33:11",
        "is not a subnet",
    ),
    "proofs in another subscription": (
        "dependencies:",
        PROOFS.replace("SUB-1", "sub-2") + "dependencies:",
        "33:11",
        "is not one of the tenant's",
    ),
    "rpo missing": ("{rpo: 15m, rto: 30m}", "{rto: 30m}", "14:5", "has items but no rpo"),
    "rpo without items": ("{rto: 1h}", "{rpo: 1h, rto: 1h}", "28:23", "has no items, so it has no rpo"),
    "rto missing": ("{rto: 1h}", "{drill-every: 1d}", "28:5", '"rto" is missing'),
    "objective without unit": ("rto: 1h", "rto: 60", "28:23", "needs its unit"),
    "objective blank": ("rto: 1h", "rto: ", "28:18", '"rto" is left blank'),
    "depends on a higher tier": ("tier: 0", "tier: 2", "29:18", "a service depends on"),
    "depends on nobody": ("[low]", "[lowe]", "29:18", 'no service "lowe"'),
    "depends on itself": ("[low]", "[high]", "29:17", "in a circle: high -> high"),
    "depends in a circle": ("tier: 0", "tier: 0\n    depends-on: [high]", "14:18", "depends on"),
    "owner unknown": ("owner: ict", "owner: itc", "15:12", 'no contact "itc"'),
    "item twice": (
        "    checks:\n      - {id: port",
        "      - {id: vm-1, kind: file-share, resource: X}\n    checks:\n      - {id: port",
        "23:48",
        "not an Azure",
    ),
    "resource in another subscription": ("sub-1]", "sub-2]", "20:19", "is not one of the tenant's"),
    "not a resource": (f"{VM}/vm-1", "vm-1", "20:19", "not an Azure resource id"),
    "kind that is none": ("virtual-machine", "vm", "18:15", "not allowed here"),
    "mechanism that is none": ("mechanism: backup", "mechanism: asr", "22:25", "not allowed here"),
    "tier as a text": ("tier: 1", 'tier: "1"', "27:11", "expected a whole number"),
    "tier far away": ("tier: 1", "tier: 9", "27:11", "less than or equal to 4"),
    "check that is none": ("check.tcp", "check.tpc", "24:26", 'no check "check.tpc"'),
    "check with a wrong value": ("port: 1}", "prot: 1}", "24:53", "unknown key"),
    "question of an action": ("check.tcp", "vm.start", "24:26", "no check"),
    "region twice": ("northeurope", "westeurope", "4:39", "are the same"),
    "region in words": ("westeurope", "West Europe", "4:17", "is not a region"),
    "other file name": ("tenant: voorbeeld", "tenant: ander", "2:9", "not what the file is called"),
    "unknown key": ("depends-on", "depend-on", "29:5", 'unknown key "depend-on"'),
    "role that is none": ("[approver]", "[aprover]", "9:52", "not allowed here"),
    "service twice": ("id: high", "id: low", "25:9", "stands here twice"),
    "anchor": ("tier: 0", "tier: &t 0", "13:11", "anchors"),
    "neither items nor checks": (
        '    checks:\n      - {id: web, uses: check.http, with: {url: "https://h.example/"}}\n',
        "",
        "25:9",
        "neither items nor checks",
    ),
    "no services": (GOOD[GOOD.index("services:") :], "services: []\n", "10:11", "at least 1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_catalogue_is_refused_at_its_place(name: str, tmp_path: pathlib.Path) -> None:
    """Line and column, what is wrong, and what to do about it."""
    old, new, place, message = WRONG[name]
    assert old in GOOD
    with pytest.raises(Refused) as refused:
        catalogue(tmp_path, GOOD.replace(old, new, 1))
    fault = next((each for each in refused.value.faults if message in each.message + each.hint), None)
    assert fault is not None, str(refused.value)
    assert f"{fault.place.line}:{fault.place.column}" == place
    assert all(each.hint for each in refused.value.faults)


def test_ids_and_resources_are_unique_without_regard_to_case(tmp_path: pathlib.Path) -> None:
    """Azure answers in mixed casing: two spellings are one machine."""
    shouted = VM.upper().replace("/SUBSCRIPTIONS", "/subscriptions")
    second = f"      - {{id: vm-1, kind: virtual-machine, resource: {shouted}/VM-1}}\n"
    text = GOOD.replace("    checks:\n      - {id: port", second + "    checks:\n      - {id: port")
    with pytest.raises(Refused) as refused:
        catalogue(tmp_path, text)
    messages = [fault.message for fault in refused.value.faults]
    assert any(message.startswith('the item "vm-1" stands here twice') for message in messages)
    assert any(message.startswith("the resource") for message in messages)


def test_a_missing_language_and_an_unprotected_item_are_findings(tmp_path: pathlib.Path) -> None:
    """The catalogue can be used, and somebody should mend it."""
    text = GOOD.replace("name: {nl: V, en: V, fr: V}", "name: {nl: V}")
    text = text.replace(f"        protection:\n          - {{mechanism: backup, vault: {VAULT}}}\n", "")
    found = catalogue(tmp_path, text).findings
    assert [fault.message for fault in found] == ["the text has no en and no fr", 'the item "vm-1" is not protected']


def services(folder: pathlib.Path, *names: str) -> CatalogueServices:
    """Read a folder with one catalogue a tenant."""
    for name in names:
        write(folder, GOOD.replace("tenant: voorbeeld", f"tenant: {name}"), name)
    return read_services(folder, fake_checks())


def test_the_only_tenant_need_not_be_named(tmp_path: pathlib.Path) -> None:
    """With one municipality nobody types its name."""
    found = services(tmp_path, "voorbeeld")
    assert found.tenant(None).id == "voorbeeld"
    assert found.service(None, ServiceId("low"))[1].id == "low"


def test_one_of_several_tenants_must_be_named(tmp_path: pathlib.Path) -> None:
    """Never guess."""
    found = services(tmp_path, "b", "a")
    assert [tenant.id for tenant in found.tenants()] == ["a", "b"]
    with pytest.raises(InvalidError):
        found.tenant(None)
    with pytest.raises(InvalidError):
        found.service(None, ServiceId("low"))
    assert found.service(TenantId("b"), ServiceId("low"))[0].id == "b"


def test_what_is_not_there_is_not_found(tmp_path: pathlib.Path) -> None:
    """The error names what is there."""
    found = services(tmp_path, "a")
    with pytest.raises(NotFoundError, match="known: low, high"):
        found.service(None, ServiceId("none"))
    with pytest.raises(NotFoundError, match="known: a"):
        found.tenant(TenantId("none"))
    with pytest.raises(NotFoundError, match="no tenant"):
        CatalogueServices(()).tenant(None)


def test_faults_of_all_catalogues_are_reported_together(tmp_path: pathlib.Path) -> None:
    """Three hundred municipalities are mended in one go; a folder without any is a fault too."""
    write(tmp_path, GOOD.replace("tier: 1", "tier: 9").replace("tenant: voorbeeld", "tenant: a"), "a")
    write(tmp_path, GOOD.replace("[low]", "[lwo]").replace("tenant: voorbeeld", "tenant: b"), "b")
    with pytest.raises(Refused) as refused:
        read_services(tmp_path, fake_checks())
    assert [fault.place.file.rpartition("/")[2] for fault in refused.value.faults] == ["a.yaml", "b.yaml"]
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "none"):
        with pytest.raises(Refused) as refused:
            read_services(tmp_path / folder, fake_checks())
        assert "config/catalogue" in refused.value.faults[0].hint
