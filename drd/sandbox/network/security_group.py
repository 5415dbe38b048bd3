"""Network security groups, and the question that they answer: may this packet pass?"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import bad_request
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

SECURITY_GROUP_TYPE = "Microsoft.Network/networkSecurityGroups"
_GROUPS = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network/networkSecurityGroups"
_RULE = _GROUPS + "/{name}/securityRules/{rule}"
_DIRECTIONS, _ACCESSES = {"Inbound", "Outbound"}, {"Allow", "Deny"}
_PORTS = re.compile(r"^(\*|\d{1,5}(-\d{1,5})?)$")
_READ = "Microsoft.Network/networkSecurityGroups/read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One security rule, in the few words that the sandbox's rules need."""

    name: str
    priority: int
    direction: str
    access: str
    source: str = "*"
    destination: str = "*"
    ports: str = "*"

    def properties(self) -> JsonObject:
        """Return the rule as its body shows it."""
        return {
            "priority": self.priority,
            "direction": self.direction,
            "access": self.access,
            "protocol": "*",
            "sourceAddressPrefix": self.source,
            "sourcePortRange": "*",
            "destinationAddressPrefix": self.destination,
            "destinationPortRange": self.ports,
            "provisioningState": "Succeeded",
        }


DEFAULT_RULES: tuple[Rule, ...] = (
    Rule(
        name="AllowVnetInBound",
        priority=65000,
        direction="Inbound",
        access="Allow",
        source="VirtualNetwork",
        destination="VirtualNetwork",
    ),
    Rule(
        name="AllowAzureLoadBalancerInBound",
        priority=65001,
        direction="Inbound",
        access="Allow",
        source="AzureLoadBalancer",
    ),
    Rule(name="DenyAllInBound", priority=65500, direction="Inbound", access="Deny"),
    Rule(
        name="AllowVnetOutBound",
        priority=65000,
        direction="Outbound",
        access="Allow",
        source="VirtualNetwork",
        destination="VirtualNetwork",
    ),
    Rule(name="AllowInternetOutBound", priority=65001, direction="Outbound", access="Allow", destination="Internet"),
    Rule(name="DenyAllOutBound", priority=65500, direction="Outbound", access="Deny"),
)
"""What Azure adds to every group."""


def build_security_group(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    rules: Sequence[Rule],
) -> Resource:
    """Return a security group."""
    return Resource(
        id=id,
        type=SECURITY_GROUP_TYPE,
        location=location,
        properties={
            "provisioningState": "Succeeded",
            "securityRules": [_wire(id, "securityRules", rule) for rule in rules],
            "defaultSecurityRules": [_wire(id, "defaultSecurityRules", rule) for rule in DEFAULT_RULES],
        },
    )


def effective_rules(group: Resource) -> list[JsonObject]:
    """Return a group's rules in the form of the effective rules, first to apply first."""
    both = [*group.properties["securityRules"], *group.properties["defaultSecurityRules"]]
    rules = [{"name": one["name"], **one["properties"]} for one in both]
    for rule in rules:
        rule.pop("provisioningState", None)
    return sorted(rules, key=lambda rule: int(rule["priority"]))


def lets_in(group: Resource, *, source: str, port: int, network_prefixes: Iterable[str]) -> bool:
    """Tell whether an inbound connection from an address to a port passes the group."""
    prefixes = tuple(network_prefixes)
    for rule in effective_rules(group):
        if (
            rule["direction"] == "Inbound"
            and _covers(str(rule["sourceAddressPrefix"]), source, prefixes)
            and _has_port(str(rule["destinationPortRange"]), port)
        ):
            return bool(rule["access"] == "Allow")
    return False


def get(call: Call) -> Response:
    """Answer a security group."""
    return answer(200, call.world.store.require(call.arm_id()).wire())


def list_group(call: Call) -> Response:
    """List a group's security groups."""
    found = call.world.store.each(SECURITY_GROUP_TYPE, subscription=call.subscription, group=call.group)
    return page(call, [one.wire() for one in found])


def put_rule(call: Call) -> Response:
    """Add a rule to a group, or replace it; done at once, as the body of the answer says."""
    group = call.world.store.require(call.arm_id(drop=2))
    rule = _asked_rule(call)
    others = [one for one in group.properties["securityRules"] if one["name"].casefold() != rule.name.casefold()]
    if any(
        (one["properties"]["direction"], one["properties"]["priority"]) == (rule.direction, rule.priority)
        for one in others
    ):
        raise bad_request("SecurityRuleConflict", f"Another rule has priority {rule.priority} and {rule.direction}.")
    wire = _wire(group.id, "securityRules", rule)
    is_new = len(others) == len(group.properties["securityRules"])
    call.keep(group.with_properties(securityRules=[*others, wire]))
    call.effect("security-rule.write", id=wire["id"], access=rule.access)
    return answer(201 if is_new else 200, wire)


def delete_rule(call: Call) -> Response:
    """Take a rule out of a group; 204 when it is not there."""
    group = call.world.store.require(call.arm_id(drop=2))
    rules = group.properties["securityRules"]
    left = [one for one in rules if one["name"].casefold() != call.params["rule"].casefold()]
    if len(left) == len(rules):
        return answer(204)
    call.keep(group.with_properties(securityRules=left))
    call.effect("security-rule.delete", id=call.arm_id())
    return answer(200)


def _asked_rule(call: Call) -> Rule:
    asked = object_at(call.body, "properties")
    direction, access, priority = text_at(asked, "direction"), text_at(asked, "access"), asked.get("priority")
    if direction not in _DIRECTIONS or access not in _ACCESSES or not isinstance(priority, int):
        raise bad_request("InvalidRequestFormat", "A security rule needs priority, direction and access.")
    rule = Rule(
        name=call.params["rule"],
        priority=priority,
        direction=direction,
        access=access,
        source=text_at(asked, "sourceAddressPrefix") or "*",
        destination=text_at(asked, "destinationAddressPrefix") or "*",
        ports=text_at(asked, "destinationPortRange") or "*",
    )
    if not _PORTS.match(rule.ports) or not _is_prefix(rule.source) or not _is_prefix(rule.destination):
        raise bad_request("SecurityRuleInvalid", "A security rule names one prefix and one range of ports a side.")
    return rule


def _is_prefix(text: str) -> bool:
    """Tell whether a rule may name it: anything, a service tag, or addresses."""
    if text == "*" or text.isalpha():
        return True
    try:
        ipaddress.ip_network(text)
    except ValueError:
        return False
    return True


def _covers(prefix: str, address: str, network_prefixes: Iterable[str]) -> bool:
    if prefix == "*":
        return True
    if prefix == "VirtualNetwork":
        return any(_covers(one, address, ()) for one in network_prefixes)
    if not prefix[0].isdigit():
        return False
    return ipaddress.ip_address(address) in ipaddress.ip_network(prefix)


def _has_port(ports: str, port: int) -> bool:
    if ports == "*":
        return True
    first, _, last = ports.partition("-")
    return int(first) <= port <= int(last or first)


def _wire(group_id: str, kind: str, rule: Rule) -> JsonObject:
    return {
        "id": f"{group_id}/{kind}/{rule.name}",
        "name": rule.name,
        "type": f"{SECURITY_GROUP_TYPE}/{kind}",
        "properties": rule.properties(),
    }


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_GROUPS, handler=list_group, operation=_READ),
    Route(method="GET", template=_GROUPS + "/{name}", handler=get, operation=_READ),
    Route(
        method="PUT",
        template=_RULE,
        handler=put_rule,
        operation="Microsoft.Network/networkSecurityGroups/securityRules/write",
    ),
    Route(
        method="DELETE",
        template=_RULE,
        handler=delete_rule,
        operation="Microsoft.Network/networkSecurityGroups/securityRules/delete",
    ),
)
