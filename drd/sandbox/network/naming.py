"""Names to addresses, as a client's resolver finds them: private zones, Traffic Manager, public zones."""

from collections.abc import Mapping, Sequence
from typing import Any

from drd.sandbox.arm import fold
from drd.sandbox.network.private_link import COMPLETED
from drd.sandbox.network.private_zone import PRIVATE_ZONE_TYPE, links_of
from drd.sandbox.network.public_address import addresses_of_host
from drd.sandbox.network.record_sets import find_record
from drd.sandbox.network.record_types import PRIVATE, PUBLIC, Dialect
from drd.sandbox.network.traffic_profile import SUFFIX, profile_named
from drd.sandbox.network.traffic_routing import answer_of
from drd.sandbox.state import Resource
from drd.sandbox.world import World

_MOST_ALIASES = 8
_MOST_PROFILES = 3
_CLOUD = ".cloudapp.azure.com"


def resolve(world: World, host: str, *, networks: Sequence[str] = (), depth: int = 0) -> tuple[str, ...]:
    """Return the addresses of a host name, through aliases; empty when there is none.

    `networks` are the ids of the networks in which the client stands: it knows the private zones linked to them, and
    a private zone hides the public one of the same name, also for names that it does not hold. `depth` counts profiles
    of Traffic Manager on the way, so that one which leads to itself has no address.
    """
    name = host.rstrip(".").lower()
    for _ in range(_MOST_ALIASES):
        if name.endswith(SUFFIX):
            step = _managed(world, name, depth)
        elif name.endswith(_CLOUD):
            step = addresses_of_host(world, name) or ()
        else:
            step = _recorded(world, name, networks)
        if isinstance(step, tuple):
            return step
        name = step.rstrip(".").lower()
    return ()


def _managed(world: World, name: str, depth: int) -> tuple[str, ...] | str:
    profile = profile_named(world, name)
    if profile is None or depth > _MOST_PROFILES:
        return ()
    target = answer_of(world, profile, world.now(), lambda host: resolve(world, host, depth=depth + 1))
    return (target,) if _is_number(target) else target or ()


def _recorded(world: World, name: str, networks: Sequence[str]) -> tuple[str, ...] | str:
    for dialect in (PRIVATE, PUBLIC):
        zone = _zone_of(world, dialect, name, networks)
        if zone is not None:
            return _told(world, dialect, zone, name)
    return ()


def _told(world: World, dialect: Dialect, zone: Resource, name: str) -> tuple[str, ...] | str:
    relative = name.removesuffix(zone.name.lower()).rstrip(".") or "@"
    found = find_record(world, dialect, zone, "A", relative)
    if found is not None:
        records: Sequence[Mapping[str, Any]] = found.properties[dialect.members["A"]]
        return tuple(str(one["ipv4Address"]) for one in records)
    alias = find_record(world, dialect, zone, "CNAME", relative)
    return str(alias.properties[dialect.members["CNAME"]]["cname"]) if alias else ()


def _zone_of(world: World, dialect: Dialect, name: str, networks: Sequence[str]) -> Resource | None:
    """Return the zone that knows most of the name, of those that the client can see."""
    fitting = [
        zone
        for zone in world.store.each(dialect.type)
        if name == zone.name.lower() or name.endswith("." + zone.name.lower())
    ]
    if dialect.type == PRIVATE_ZONE_TYPE:
        fitting = [zone for zone in fitting if _is_linked(world, zone, networks)]
    return max(fitting, key=lambda zone: len(zone.name), default=None)


def _is_linked(world: World, zone: Resource, networks: Sequence[str]) -> bool:
    seen = {fold(one) for one in networks}
    return any(
        fold(str(link.properties["virtualNetwork"]["id"])) in seen
        and link.properties["virtualNetworkLinkState"] == COMPLETED
        for link in links_of(world, zone)
    )


def _is_number(text: str) -> bool:
    return text.replace(".", "").isdigit()
