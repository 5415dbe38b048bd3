"""Estates' files: what they say is planted, and a file with a mistake plants nothing."""

import json
from pathlib import Path

import pytest

from drd.document import Refused
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.estate.file import SAMPLE, estate_schema, parse_estate, read_estate, sample_estate
from tests.unit.sandbox.conftest import START

SCHEMA = Path("docs/schema/estate-v1.schema.json")
TEXT = SAMPLE.read_text(encoding="utf-8")


def faults_of(text: str) -> list[str]:
    """Return what is wrong with a text, place first."""
    with pytest.raises(Refused) as refused:
        parse_estate(text, "mine.yaml")
    return [str(fault) for fault in refused.value.faults]


def test_the_sample_is_planted_as_its_file_says() -> None:
    """Machines with their disks and interfaces, zones, vaults and what they protect."""
    world = build_sandbox(clock=CalledClock(tell=lambda: START)).world
    rows = sample_estate().sections

    assert {one.name for one in world.store.each("Microsoft.Compute/virtualMachines")} >= {
        row.name for row in rows["machines"]
    }
    items = list(world.store.each("Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers"
                                  "/replicationProtectedItems"))  # fmt: skip
    assert len(items) == len(rows["replication"])
    assert world.subscriptions == {"00000000-0000-0000-0000-000000000001": "voorbeeld"}


def test_the_published_schema_is_that_of_the_code() -> None:
    """Editors complete and check what the sandbox reads."""
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == json.loads(json.dumps(estate_schema()))
    assert TEXT.startswith("# yaml-language-server: $schema=../../../docs/schema/estate-v1.schema.json\n")


def test_a_wrong_word_is_told_with_its_place_and_what_was_meant() -> None:
    """Unknown keys, wrong types and wrong lengths of time."""
    told = faults_of(TEXT.replace("service: databank", "servce: databank", 1).replace("6h", "soon"))

    assert any('unknown key "servce"' in each and 'did you mean "service"?' in each for each in told)
    assert any("not a length of time" in each for each in told)
    assert all(each.startswith("mine.yaml:") for each in told)


def test_a_name_that_nobody_gives_is_told_with_its_place() -> None:
    """A machine in a network that is not there, and a backup of a machine that is not there."""
    told = faults_of(TEXT.replace("network: vnet-weu", "network: vnet-wu", 1).replace("machine: vm-id-2", "machine: x"))

    assert any('there is no "vnet-wu" in networks (hint: did you mean "vnet-weu"?)' in each for each in told)
    assert any('there is no "x" in machines' in each for each in told)


def test_a_name_that_stands_twice_is_told() -> None:
    """Names compare without regard to case, as Azure's do."""
    told = faults_of(TEXT.replace("name: vm-id-2", "name: VM-ID-1", 1))

    assert any('"VM-ID-1" stands in machines twice' in each for each in told)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its name."""
    with pytest.raises(Refused, match=r"nothing\.yaml:1:1: the file cannot be read"):
        read_estate(tmp_path / "nothing.yaml")


def test_a_world_can_be_made_larger_than_its_file() -> None:
    """Generated municipalities have their own subscriptions, groups and vaults; machines are spread evenly."""
    estate = parse_estate(TEXT + "\ncopies: {subscriptions: 3, machines: 40}\n", "mine.yaml")
    world = build_sandbox(clock=CalledClock(tell=lambda: START), estate=estate).world

    machines = list(world.store.each("Microsoft.Compute/virtualMachines"))
    assert sorted(world.subscriptions.values()) == ["voorbeeld", "voorbeeld-001", "voorbeeld-002"]
    assert len({one.key for one in machines}) == len(machines) >= 40
    for subscription in world.subscriptions:
        assert len(list(world.store.each("Microsoft.Compute/virtualMachines", subscription=subscription))) >= 13
        assert len(list(world.store.each("Microsoft.RecoveryServices/vaults", subscription=subscription))) == 3
