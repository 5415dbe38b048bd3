"""Isolation is proven by explicit rules, or it is not there."""

from typing import Any

import pytest

from drd.providers.azure.isolation import lets_through

NONE: dict[str, Any] = {"destinationAddressPrefix": None}
SPACES = ("10.99.0.0/16",)


def _rule(direction: str, access: str, priority: int, **members: Any) -> dict[str, Any]:
    known = {
        "direction": direction,
        "access": access,
        "priority": priority,
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    }
    return {"name": f"{access}-{priority}", "properties": {**known, **members}}


def _group(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"properties": {"securityRules": list(rules)}}


IN, OUT = _rule("Inbound", "Deny", 4096), _rule("Outbound", "Deny", 4096)


def _in(access: str, priority: int, **members: Any) -> dict[str, Any]:
    return _rule("Inbound", access, priority, **members)


def _out(access: str, priority: int, **members: Any) -> dict[str, Any]:
    return _rule("Outbound", access, priority, **members)


@pytest.mark.parametrize(
    ("rules", "ways"),
    [
        ([IN, OUT], ()),
        ([], ("inbound", "outbound")),
        ([IN], ("outbound",)),
        ([OUT], ("inbound",)),
        ([IN, OUT, _in("Allow", 100, sourceAddressPrefix="10.99.1.0/24")], ()),
        ([IN, OUT, _in("Allow", 100, sourceAddressPrefix="10.98.0.0/15")], ("inbound",)),
        ([IN, OUT, _in("Allow", 100, sourceAddressPrefix="10.1.0.0/16")], ("inbound",)),
        ([IN, OUT, _in("Allow", 100, sourceAddressPrefix="VirtualNetwork")], ()),
        ([IN, OUT, _in("Allow", 100, sourceAddressPrefix="Internet")], ("inbound",)),
        ([IN, OUT, _in("Allow", 100, sourceAddressPrefix="AzureLoadBalancer")], ("inbound",)),
        ([IN, OUT, _out("Allow", 100, destinationAddressPrefix="Storage.NorthEurope")], ("outbound",)),
        ([IN, OUT, _out("Allow", 100, destinationAddressPrefixes=["10.99.1.4", "8.8.8.8"], **NONE)], ("outbound",)),
        ([IN, OUT, _out("Allow", 100, destinationAddressPrefixes=["10.99.1.4"], **NONE)], ()),
        ([IN, OUT, _out("Allow", 100, destinationApplicationSecurityGroups=[{"id": "/x"}], **NONE)], ()),
        ([IN, OUT, _out("Allow", 100, **NONE)], ("outbound",)),
        ([_in("Deny", 100), OUT, _in("Allow", 200, sourceAddressPrefix="Internet")], ()),
        ([_in("Deny", 100, protocol="Tcp"), OUT], ("inbound",)),
        ([_in("Deny", 100, destinationPortRange="0-1023"), OUT], ("inbound",)),
        ([_in("Deny", 100, destinationPortRange=None, destinationPortRanges=["80", "443"]), OUT], ("inbound",)),
        ([_in("Deny", 100, sourceAddressPrefix="Internet"), OUT], ("inbound",)),
        ([_in("Deny", 100, destinationAddressPrefix="10.99.1.4"), OUT], ("inbound",)),
        ([_in("Deny", 100, destinationAddressPrefix="VirtualNetwork"), OUT], ()),
        ([_in("Deny", 100, sourceAddressPrefix="0.0.0.0/0"), OUT], ()),
        ([_in("Deny", 100, sourcePortRange="1024-65535"), OUT], ("inbound",)),
    ],
)  # fmt: skip
def test_traffic_stays_inside_only_by_a_rule_that_says_so(rules: list[dict[str, Any]], ways: tuple[str, ...]) -> None:
    """In the order of priority, a rule that denies everything comes before any that allows outside."""
    assert lets_through(_group(*rules), SPACES) == ways


def test_a_rule_for_ipv4_does_not_close_a_network_with_ipv6() -> None:
    """0.0.0.0/0 leaves half of the network open."""
    rules = [_in("Deny", 100, sourceAddressPrefix="0.0.0.0/0"), _out("Deny", 100)]

    assert lets_through(_group(*rules), (*SPACES, "fd00::/48")) == ("inbound",)


def test_default_rules_prove_nothing() -> None:
    """Azure's own let traffic out."""
    group = _group(IN)
    group["properties"]["defaultSecurityRules"] = [_rule("Outbound", "Deny", 65500)]

    assert lets_through(group, SPACES) == ("outbound",)
