"""Guests answer only when the right machine runs behind the right record in a network that is reached."""

from typing import Any

import pytest

from drd.sandbox.arm import fold, parse_id, shout_group
from drd.sandbox.front import Answer, Refusal
from drd.sandbox.network.interface import build_interface
from drd.sandbox.network.security_group import Rule, build_security_group, lets_in

NAME = "burgerzaken.voorbeeld.example"
API = "api-version=2026-04-01"
DNS = "api-version=2018-05-01"


def vm(name: str, group: str = "rg-burgerzaken") -> str:
    """Return a machine's path below the groups."""
    return f"{group}/providers/Microsoft.Compute/virtualMachines/{name}"


def test_a_healthy_guest_names_itself_its_region_and_its_data(bench: Any) -> None:
    """The answer says which machine spoke."""
    answer = bench.front.ask(NAME, 443, tls=True, path="/health?deep=1")

    assert isinstance(answer, Answer)
    assert answer.status == 200
    assert b'"data-as-of": "2026-11-20T09:00:00.000000Z"' in answer.body
    assert answer.machine.endswith("/vm-bz-app-1")


@pytest.mark.parametrize(
    ("port", "tls", "asked", "status"),
    [
        (443, True, "GET /", 200),
        (443, True, "GET /nergens", 404),
        (443, True, "POST /health", 405),
        (80, False, "GET /health", 200),
        (443, False, "GET /health", 502),
        (80, True, "GET /health", 502),
        (8443, True, "GET /health", 502),
    ],
)
def test_a_guest_speaks_on_its_ports_only(bench: Any, port: int, tls: bool, asked: str, status: int) -> None:
    """TLS where it is spoken, and the ordinary statuses."""
    method, path = asked.split()
    assert bench.front.ask(NAME, port, tls=tls, method=method, path=path).status == status


def test_the_second_machine_answers_when_the_first_is_down(bench: Any) -> None:
    """A client tries every address of the name."""
    bench.send("POST", f"{vm('vm-bz-app-1')}/deallocate?{API}")
    assert bench.front.ask(NAME, 443, tls=True).machine.endswith("/vm-bz-app-2")

    bench.send("POST", f"{vm('vm-bz-app-2')}/deallocate?{API}")
    assert bench.front.ask(NAME, 443, tls=True) == Refusal(status=504, reason="no machine runs at 10.1.1.42")


def test_an_application_without_its_database_is_unhealthy(bench: Any) -> None:
    """It answers 503 and says what it misses: green means that the whole works."""
    bench.send("POST", f"{vm('vm-bz-sql-1')}/deallocate?{API}")

    answer = bench.front.ask(NAME, 443, tls=True, path="/health")

    assert answer.status == 503
    assert b"sql-burgerzaken.voorbeeld.example:1433" in answer.body


def test_a_record_that_points_nowhere_is_no_answer(bench: Any) -> None:
    """The machine may run as it likes."""
    zone = "rg-netwerk-neu/providers/Microsoft.Network/dnsZones/voorbeeld.example"
    records = {"properties": {"TTL": 60, "ARecords": [{"ipv4Address": "10.2.1.41"}]}}
    bench.send("PUT", f"{zone}/A/burgerzaken?{DNS}", records)

    assert bench.front.ask(NAME, 443, tls=True).status == 504
    assert bench.front.resolve(NAME) == ("10.2.1.41",)
    assert bench.front.resolve("www-burgerzaken.voorbeeld.example.") == ("10.2.1.41",)


@pytest.mark.parametrize("host", ["", "elders.example", "nergens.voorbeeld.example", "voorbeeld.example"])
def test_a_name_without_records_has_no_address(bench: Any, host: str) -> None:
    """502 with the reason."""
    assert bench.front.resolve(host) == ()
    assert bench.front.ask(host, 443, tls=True).status == 502


def test_an_alias_that_runs_in_circles_has_no_address(bench: Any) -> None:
    """The resolver gives up."""
    zone = "rg-netwerk-neu/providers/Microsoft.Network/dnsZones/voorbeeld.example"
    for name, other in (("a", "b"), ("b", "a")):
        alias = {"properties": {"TTL": 60, "CNAMERecord": {"cname": f"{other}.voorbeeld.example"}}}
        bench.send("PUT", f"{zone}/CNAME/{name}?{DNS}", alias)

    assert bench.front.resolve("a.voorbeeld.example") == ()


def test_a_lost_region_is_out_of_reach(bench: Any) -> None:
    """And back when the region is back."""
    bench.send("POST", "/_sandbox/region-down", {"region": "westeurope"})
    assert "westeurope, which is lost" in bench.front.ask(NAME, 443, tls=True).reason

    bench.send("POST", "/_sandbox/region-up", {"region": "westeurope"})
    assert bench.front.ask(NAME, 443, tls=True).status == 200


def test_questions_to_guests_are_journaled_with_the_instant_of_the_answer(bench: Any) -> None:
    """So that a test can recompute when a service was green."""
    bench.front.ask(NAME, 443, tls=True, path="/health")
    bench.front.ask(NAME, 443, tls=True, drill=True)

    entries = [(one.operation, one.method, one.path, one.status) for one in bench.built.world.journal.entries]
    assert entries == [
        ("guest", "CONNECT", f"{NAME}:443", 200),
        ("guest", "GET", f"{NAME}:443/health", 200),
        ("guest.drill", "CONNECT", f"{NAME}:443", 504),
    ]


def test_a_machine_in_the_drill_network_is_no_production(bench: Any) -> None:
    """Moved into the isolated network, the machine is reached by the drill front only, by name and by address."""
    world = bench.built.world
    interface = next(one for one in world.store.each() if one.name == "vm-bz-app-1-nic")
    subnet = interface.properties["ipConfigurations"][0]["properties"]["subnet"]["id"]
    drill = subnet.replace("rg-netwerk/", "rg-netwerk-neu/").replace("vnet-weu", "vnet-drill-neu")
    moved = build_interface(id=interface.id, location="northeurope", subnet_id=drill, address="10.99.1.41")
    held = moved.with_properties(virtualMachine=interface.properties["virtualMachine"])
    world.store.put(held, at=bench.now, by="test")

    assert bench.front.ask("10.99.1.41", 443, tls=True).status == 504
    assert bench.front.ask("10.99.1.41", 443, tls=True, drill=True).status == 200
    assert bench.front.ask(NAME, 443, tls=True, drill=True).address == "10.99.1.41"
    assert bench.front.resolve(NAME, drill=True) == ("10.99.1.41",)
    # Its database has no copy in the drill, and production's must not stand in for it.
    assert bench.front.ask(NAME, 443, tls=True, path="/health", drill=True).status == 503


def group_of(*rules: Rule) -> Any:
    """Return a security group with these rules."""
    return build_security_group(id="/subscriptions/s/resourceGroups/g/x/y/z/n", location="northeurope", rules=rules)


@pytest.mark.parametrize(
    ("rule", "source", "port", "passes"),
    [
        ({"source": "10.0.0.0/8"}, "10.5.0.1", 443, True),
        ({"source": "10.0.0.0/8"}, "192.0.2.1", 443, False),
        ({"ports": "400-450"}, "192.0.2.1", 443, True),
        ({"ports": "80"}, "192.0.2.1", 443, False),
        ({"access": "Deny"}, "10.99.0.7", 443, False),
        ({"access": "Deny", "direction": "Outbound"}, "10.99.0.7", 443, True),
        ({"source": "Internet"}, "192.0.2.1", 443, False),
    ],
)  # fmt: skip
def test_security_rules_apply_in_order_of_priority(rule: dict[str, str], source: str, port: int, passes: bool) -> None:
    """The network's own addresses pass by Azure's default rule, nobody else does."""
    made = Rule(**{"name": "r", "priority": 100, "direction": "Inbound", "access": "Allow", **rule})
    assert lets_in(group_of(made), source=source, port=port, network_prefixes=["10.99.0.0/16"]) is passes


def test_ids_are_taken_apart_and_compared_without_regard_to_case() -> None:
    """Azure mixes the casing of one and the same id."""
    text = "/Subscriptions/S/resourcegroups/Rg/providers/Microsoft.Compute/virtualMachines/vm/runCommands/rc"
    parts = parse_id(text)

    assert (parts.group, parts.type, parts.names) == (
        "Rg",
        "Microsoft.Compute/virtualMachines/runCommands",
        ("vm", "rc"),
    )
    assert fold(text) == fold(text.upper() + "/")
    assert shout_group(text).split("/")[4] == "RG"
    with pytest.raises(ValueError, match="not an ARM id"):
        parse_id("vm-1")


def test_a_guest_made_sick_answers_unwell_until_it_is_well_again(bench: Any) -> None:
    """For the runs that must not end green; the machine itself is well."""
    bench.send("POST", "/_sandbox/guests", {"machine": "vm-bz-app-1", "healthy": False})
    assert bench.front.ask(NAME, 443, tls=True, path="/health").status == 503

    bench.send("POST", "/_sandbox/guests", {"machine": "vm-bz-app-1", "healthy": True})
    assert bench.front.ask(NAME, 443, tls=True, path="/health").status == 200
    refused = bench.send("POST", "/_sandbox/guests", {"machine": "vm-x"})
    assert (refused.status, "vm-bz-app-1" in refused.json()["error"]["message"]) == (400, True)
