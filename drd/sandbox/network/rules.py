"""Security rules: what one says, what it must say, and whether a packet passes them."""

import ipaddress
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, text_at, texts_at
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.wire import JsonObject

INBOUND, OUTBOUND = "Inbound", "Outbound"
_DIRECTIONS, _ACCESSES = (INBOUND, OUTBOUND), ("Allow", "Deny")
_PROTOCOLS = ("*", "Tcp", "Udp", "Icmp", "Esp", "Ah")
_FIRST_PRIORITY, _LAST_PRIORITY, _LAST_PORT = 100, 4096, 65535
_PORTS = re.compile(r"^(\*|\d{1,5}(-\d{1,5})?)$")
_TAG = re.compile(r"^[A-Za-z][A-Za-z.]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One security rule, in the few words that an estate needs."""

    name: str
    priority: int
    direction: str
    access: str
    source: str = "*"
    destination: str = "*"
    ports: str = "*"
    description: str = ""

    def properties(self) -> JsonObject:
        """Return the rule as its body shows it."""
        described = {"description": self.description} if self.description else {}
        return {
            "provisioningState": "Succeeded",
            **described,
            "protocol": "*",
            "sourcePortRange": "*",
            "destinationPortRange": self.ports,
            "sourceAddressPrefix": self.source,
            "destinationAddressPrefix": self.destination,
            "access": self.access,
            "priority": self.priority,
            "direction": self.direction,
            **{name: [] for name in _PLURALS.values()},
        }


_PLURALS: Mapping[str, str] = {
    "sourcePortRange": "sourcePortRanges",
    "destinationPortRange": "destinationPortRanges",
    "sourceAddressPrefix": "sourceAddressPrefixes",
    "destinationAddressPrefix": "destinationAddressPrefixes",
}
"""Members that stand alone, or as a list under another name."""

DEFAULT_RULES: tuple[Rule, ...] = (
    Rule(
        name="AllowVnetInBound",
        description="Allow inbound traffic from all VMs in VNET",
        priority=65000,
        direction=INBOUND,
        access="Allow",
        source="VirtualNetwork",
        destination="VirtualNetwork",
    ),
    Rule(
        name="AllowAzureLoadBalancerInBound",
        description="Allow inbound traffic from azure load balancer",
        priority=65001,
        direction=INBOUND,
        access="Allow",
        source="AzureLoadBalancer",
    ),
    Rule(
        name="DenyAllInBound",
        description="Deny all inbound traffic",
        priority=65500,
        direction=INBOUND,
        access="Deny",
    ),
    Rule(
        name="AllowVnetOutBound",
        description="Allow outbound traffic from all VMs to all VMs in VNET",
        priority=65000,
        direction=OUTBOUND,
        access="Allow",
        source="VirtualNetwork",
        destination="VirtualNetwork",
    ),
    Rule(
        name="AllowInternetOutBound",
        description="Allow outbound traffic from all VMs to Internet",
        priority=65001,
        direction=OUTBOUND,
        access="Allow",
        destination="Internet",
    ),
    Rule(
        name="DenyAllOutBound",
        description="Deny all outbound traffic",
        priority=65500,
        direction=OUTBOUND,
        access="Deny",
    ),
)
"""What Azure adds to every group."""


def rule_asked(body: JsonObject, name: str) -> JsonObject:
    """Return the properties of the rule that a body asks for.

    Raises:
        ArmError: 400, it lacks something or says something that no rule may say.
    """
    asked = object_at(body, "properties")
    found: JsonObject = {
        "provisioningState": "Succeeded",
        "protocol": _one_of(asked, "protocol", _PROTOCOLS, name),
        "access": _one_of(asked, "access", _ACCESSES, name),
        "priority": _priority(asked, name),
        "direction": _one_of(asked, "direction", _DIRECTIONS, name),
    }
    if text_at(asked, "description"):
        found["description"] = text_at(asked, "description")
    for single, plural in _PLURALS.items():
        one, many = text_at(asked, single), texts_at(asked, plural)
        if bool(one) == bool(many):
            raise bad_request(
                "SecurityRuleInvalidAddressOrPort",
                f"Security rule {name} must have exactly one of '{single}' and '{plural}'.",
            )
        for value in [one, *many]:
            _check_value(single, value, name)
        found[plural] = many
        if one:
            found[single] = one
    return found


def refuse_conflict(rules: Sequence[JsonObject], name: str, properties: JsonObject) -> None:
    """Let a rule through that shares its priority with no other one of its direction.

    Raises:
        ArmError: 400 `SecurityRuleConflict`.
    """
    for other in rules:
        held = other["properties"]
        if (
            fold(str(other["name"])) != fold(name)
            and held["direction"] == properties["direction"]
            and held["priority"] == properties["priority"]
        ):
            raise ArmError(
                400,
                "SecurityRuleConflict",
                f"Security rule {name} conflicts with rule {other['name']}. Rules cannot have the same Priority and "
                "Direction. To learn more, see aka.ms/nsgrules.",
            )


def passes(
    rules: Iterable[JsonObject],
    *,
    source: str,
    port: int,
    network_prefixes: Iterable[str],
    tag: str = "",
    destination: str = "",
    direction: str = INBOUND,
) -> bool:
    """Tell whether a TCP connection from an address, or from a service's tag, to a port passes the rules.

    Outbound, `source` and `tag` are those of whom the connection is for, and nothing is said of `destination`.

    Args:
        rules: properties of the rules, first to apply first.
        source: the caller's address.
        port: the port that it asks for.
        network_prefixes: what `VirtualNetwork` means here.
        tag: the service tag that the caller's address belongs to, empty for none.
        destination: the address that is asked; empty for one that every rule means.
        direction: the way of the connection, as seen from the network.
    """
    far = "sourceAddressPrefix" if direction == INBOUND else "destinationAddressPrefix"
    prefixes = tuple(network_prefixes)
    for rule in rules:
        if (
            rule["direction"] == direction
            and str(rule["protocol"]).casefold() in {"*", "all", "tcp"}
            and any(_covers(one, source, prefixes, tag) for one in _values(rule, far))
            and (
                not destination
                or any(_covers(one, destination, prefixes, "") for one in _values(rule, "destinationAddressPrefix"))
            )
            and any(_has_port(one, port) for one in _values(rule, "destinationPortRange"))
        ):
            return bool(rule["access"] == "Allow")
    return False


def _values(rule: JsonObject, single: str) -> list[str]:
    return ([str(rule[single])] if rule.get(single) else []) + [str(one) for one in rule.get(_PLURALS[single], [])]


def _covers(prefix: str, address: str, network_prefixes: Iterable[str], tag: str) -> bool:
    if prefix in {"*", "Any"}:
        return True
    if tag:
        return prefix.casefold() in {tag.casefold(), "internet"}
    if prefix == "VirtualNetwork":
        return any(_covers(one, address, (), "") for one in network_prefixes)
    if not prefix[0].isdigit():
        return False
    return ipaddress.ip_address(address) in ipaddress.ip_network(prefix)


def _has_port(ports: str, port: int) -> bool:
    if ports == "*":
        return True
    first, _, last = ports.partition("-")
    return int(first) <= port <= int(last or first)


def _one_of(asked: JsonObject, member: str, known: Sequence[str], name: str) -> str:
    wanted = text_at(asked, member)
    for one in known:
        if one.casefold() == wanted.casefold():
            return one
    raise bad_request(
        "InvalidRequestFormat",
        f"Cannot parse the request: security rule {name} needs '{member}', one of {', '.join(known)}.",
    )


def _priority(asked: JsonObject, name: str) -> int:
    priority = asked.get("priority")
    if not isinstance(priority, int) or isinstance(priority, bool) or not _FIRST_PRIORITY <= priority <= _LAST_PRIORITY:
        raise bad_request(
            "SecurityRuleInvalidPriority",
            f"Security rule has invalid Priority. Value provided: {priority} Allowed range {_FIRST_PRIORITY}-"
            f"{_LAST_PRIORITY}. Rule: {name}",
        )
    return priority


def _check_value(member: str, value: str, name: str) -> None:
    if not value:
        return
    good = _is_ports(value) if member.endswith("Range") else _is_prefix(value)
    if not good:
        kind = "PortRange" if member.endswith("Range") else "AddressPrefix"
        raise bad_request(
            f"SecurityRuleInvalid{kind}", f"Security rule has invalid {kind}. Value provided: {value}. Rule: {name}"
        )


def _is_ports(text: str) -> bool:
    if not _PORTS.match(text):
        return False
    numbers = [int(one) for one in text.split("-")] if text != "*" else []
    return all(one <= _LAST_PORT for one in numbers) and numbers == sorted(numbers)


def _is_prefix(text: str) -> bool:
    if text == "*" or _TAG.match(text):
        return True
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True
