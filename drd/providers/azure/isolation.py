"""Whether security groups and routes keep traffic inside a network: by what is written, read as Azure applies it."""

import ipaddress
from collections.abc import Sequence

from drd.providers.azure.body import Body, bodies, branch, text, texts, whole

INBOUND, OUTBOUND = "inbound", "outbound"
_ANY = frozenset({"*", "any", "all"})
_ANY_IPV4 = "0.0.0.0/0"
_OWN_NETWORK = "virtualnetwork"
_LAST = 65_536
_FAR = {INBOUND: "source", OUTBOUND: "destination"}
_NEAR = {INBOUND: "destination", OUTBOUND: "source"}
_STAYS = frozenset({"vnetlocal", "none"})
"""Next hops of routes that lead inside, or nowhere."""


def lets_through(group: Body, spaces: Sequence[str]) -> tuple[str, ...]:
    """Say in which directions a group does not provably keep traffic inside the network: empty when it does.

    In the order of priority, a rule that denies everything must come before any rule that allows a side outside the
    network. The group's default rules let traffic out, so they never count as such a rule.
    """
    rules = [branch(rule, "properties") for rule in bodies(group, "properties", "securityRules")]
    return tuple(direction for direction in (INBOUND, OUTBOUND) if not _is_closed(rules, direction, spaces))


def leads_out(table: Body) -> tuple[str, ...]:
    """Name the routes of a table that lead outside, each with where it leads: a firewall, a gateway, the internet."""
    found = []
    for route in bodies(table, "properties", "routes"):
        hop = text(route, "properties", "nextHopType")
        if hop.casefold() not in _STAYS:
            found.append(
                f"{text(route, 'name')} to {text(route, 'properties', 'nextHopIpAddress') or hop or 'unknown'}"
            )
    return tuple(found)


def doors(subnet: Body) -> tuple[str, ...]:
    """Name what leads from a subnet to services of Azure: endpoints of services, and private endpoints.

    Rules for the network's own addresses let a private endpoint through, for it has one of them.
    """
    services = tuple(text(one, "service") for one in bodies(subnet, "properties", "serviceEndpoints"))
    private = (text(one, "id") for one in bodies(subnet, "properties", "privateEndpoints"))
    return services + tuple(one.rpartition("/")[2] or "a private endpoint" for one in private)


def effective_ways(groups: Sequence[Body], spaces: Sequence[str]) -> tuple[str, ...]:
    """Say in which directions the effective rules of an interface do not provably keep traffic inside.

    Each group applies by itself, and one that is closed is enough: what it denies, no other one lets through.
    """
    rules = [bodies(group, "effectiveSecurityRules") for group in groups]
    return tuple(
        direction for direction in (INBOUND, OUTBOUND) if not any(_is_closed(one, direction, spaces) for one in rules)
    )


def leading_out(route: Body) -> bool:
    """Say whether an effective route leads out. Azure's own to the internet is in every network: rules must bar it."""
    hop = text(route, "nextHopType").casefold()
    return hop not in _STAYS and (hop != "internet" or text(route, "source").casefold() != "default")


def named_route(route: Body) -> str:
    """Say what an effective route is for, and where it leads."""
    prefixes = texts(route, "addressPrefix") or (text(route, "name") or "unknown",)
    hops = texts(route, "nextHopIpAddress") or (text(route, "nextHopType") or "unknown",)
    return f"{', '.join(prefixes)} to {', '.join(hops)}"


def _is_closed(rules: Sequence[Body], direction: str, spaces: Sequence[str]) -> bool:
    ordered = sorted(
        (rule for rule in rules if text(rule, "direction").casefold() == direction),
        key=lambda rule: whole(rule, "priority") or _LAST,
    )
    for rule in ordered:
        if text(rule, "access").casefold() != "deny":
            if not _stays_inside(rule, direction, spaces):
                return False
        elif _denies_everything(rule, direction, spaces):
            return True
    return False


def _denies_everything(rule: Body, direction: str, spaces: Sequence[str]) -> bool:
    everywhere = _ANY if any(":" in space for space in spaces) else _ANY | {_ANY_IPV4}
    far, near = _prefixes(rule, _FAR[direction]), _prefixes(rule, _NEAR[direction])
    ports = {*_several(rule, "destinationPort", "Range"), *_several(rule, "sourcePort", "Range")}
    return (
        text(rule, "protocol").casefold() in _ANY
        and ports <= {"*", "0-65535"}
        and bool(far & everywhere)
        and bool(near & (everywhere | {_OWN_NETWORK}))
    )


def _stays_inside(rule: Body, direction: str, spaces: Sequence[str]) -> bool:
    """Say whether the far side of an allowing rule lies in the network; application groups always do."""
    far = _prefixes(rule, _FAR[direction])
    groups = bodies(rule, f"{_FAR[direction]}ApplicationSecurityGroups")
    return bool(far or groups) and all(_is_inside(prefix, spaces) for prefix in far)


def _is_inside(prefix: str, spaces: Sequence[str]) -> bool:
    if prefix == _OWN_NETWORK:
        return True
    try:
        network = ipaddress.ip_network(prefix, strict=False)
        return any(_covers(ipaddress.ip_network(space, strict=False), network) for space in spaces)
    except ValueError:
        # A service tag such as Internet or Storage, or a form that this cannot read: outside.
        return False


def _covers(
    space: ipaddress.IPv4Network | ipaddress.IPv6Network, network: ipaddress.IPv4Network | ipaddress.IPv6Network
) -> bool:
    if isinstance(space, ipaddress.IPv4Network):
        return isinstance(network, ipaddress.IPv4Network) and network.subnet_of(space)
    return isinstance(network, ipaddress.IPv6Network) and network.subnet_of(space)


def _prefixes(rule: Body, side: str) -> set[str]:
    return {prefix.casefold() for prefix in _several(rule, f"{side}Address", "Prefix", "Prefixes")}


def _several(rule: Body, name: str, one: str, many: str = "") -> tuple[str, ...]:
    """Give a member that Azure writes as one text or as a list beside it."""
    single = text(rule, name + one)
    return ((single,) if single else ()) + texts(rule, name + (many or one + "s"))
