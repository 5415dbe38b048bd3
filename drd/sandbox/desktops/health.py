"""How a session host is: its status and its health checks, from its machine, its region, its domain and its profiles.

Which statuses and checks there are is the specification's; what leads to which, and after how long, is documented only
in words and partly inferred: see the page on virtual desktops.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from drd.sandbox.compute.machine import MACHINE_TYPE, interface_ids, is_ready, is_running, lineage_of
from drd.sandbox.desktops.answers import ticks_text
from drd.sandbox.network.interface import subnet_id_of
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

DIRECTORY_PORT = 389
_BEAT = 30.0

AVAILABLE, UNAVAILABLE, SHUTDOWN, UPGRADING = "Available", "Unavailable", "Shutdown", "Upgrading"
NO_HEARTBEAT, DOMAIN_LOST, PROFILES_LOST = "NoHeartbeat", "DomainTrustRelationshipLost", "FSLogixNotHealthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a session host's status is computed from; `silent_for` is None while its heartbeats come."""

    is_gone: bool
    is_off: bool
    silent_for: timedelta | None
    answers: bool
    age: timedelta
    first_heartbeat: timedelta
    available_after: timedelta
    heartbeat_lost: timedelta
    no_heartbeat: timedelta
    domain_reached: bool
    profiles_reached: bool


Rule = Callable[[Facts], bool]

STATUSES: tuple[tuple[str, Rule], ...] = (
    (UNAVAILABLE, lambda facts: facts.is_gone),
    (NO_HEARTBEAT, lambda facts: facts.silent_for is not None and facts.silent_for >= facts.no_heartbeat),
    (UNAVAILABLE, lambda facts: facts.silent_for is not None and facts.silent_for >= facts.heartbeat_lost),
    (AVAILABLE, lambda facts: facts.silent_for is not None),
    (SHUTDOWN, lambda facts: facts.is_off),
    (UNAVAILABLE, lambda facts: not facts.answers or facts.age < facts.first_heartbeat),
    (UPGRADING, lambda facts: facts.age < facts.available_after),
    (DOMAIN_LOST, lambda facts: not facts.domain_reached),
    (PROFILES_LOST, lambda facts: not facts.profiles_reached),
    (AVAILABLE, lambda _facts: True),
)
"""The statuses of a session host: the first whose rule holds. A silent host keeps its last status for a while."""

CHECKS: Mapping[str, Rule] = {
    "DomainJoinedCheck": lambda _facts: True,
    "DomainTrustCheck": lambda facts: facts.domain_reached,
    "DomainReachable": lambda facts: facts.domain_reached,
    "FSLogixHealthCheck": lambda facts: facts.profiles_reached,
    "SxSStackListenerCheck": lambda facts: facts.age >= facts.available_after,
    "UrlsAccessibleCheck": lambda _facts: True,
    "MonitoringAgentCheck": lambda _facts: True,
    "MetaDataServiceCheck": lambda _facts: True,
    "WebRTCRedirectorCheck": lambda _facts: True,
}
"""The health checks that an agent reports, each with what makes it succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a host is: its status, since when, its last heartbeat, and what its checks said."""

    status: str
    since: datetime
    heartbeat: datetime
    checks: list[JsonObject]


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The world around session hosts at an instant, looked at once, before any number of them is judged."""

    world: World
    now: datetime

    @cached_property
    def directories(self) -> frozenset[str]:
        """Return in which kinds of network a directory answers; only hosts that are joined to one need to know."""
        return frozenset(
            front_of(self.world, machine)
            for machine in self.world.store.each(MACHINE_TYPE)
            if _is_directory(self.world, machine) and is_ready(self.world, machine, self.now)
        )


def condition(around: Surroundings, host: Resource, pool: Resource) -> Condition:
    """Return how a host is."""
    facts = _facts(around, host, pool)
    status = next(name for name, holds in STATUSES if holds(facts))
    since = host.hidden["registered_at"] + facts.available_after
    heartbeat = around.now - (facts.silent_for or timedelta())
    beat = heartbeat - timedelta(seconds=heartbeat.timestamp() % _BEAT)
    return Condition(
        status=status,
        since=min(since, around.now),
        heartbeat=max(beat, host.hidden["registered_at"]),
        checks=_checks(facts, host, pool, beat),
    )


def front_of(world: World, machine: Resource) -> str:
    """Return the kind of network that a machine is in, `production` or `drill`; empty when it is in none."""
    for interface_id in interface_ids(machine):
        interface = world.store.get(interface_id)
        network = world.store.get(subnet_id_of(interface).rsplit("/subnets/", 1)[0]) if interface else None
        if network is not None:
            return str(network.hidden.get("front", ""))
    return ""


def machine_of(world: World, host: Resource) -> Resource | None:
    """Return the machine behind a host, or None: deleted."""
    return world.store.get(str(host.properties["resourceId"]))


def _is_directory(world: World, machine: Resource) -> bool:
    guest = world.guests.of(lineage_of(world, machine))
    return guest is not None and DIRECTORY_PORT in guest.ports and not world.guests.is_sick(guest)


def _facts(around: Surroundings, host: Resource, pool: Resource) -> Facts:
    world, now = around.world, around.now
    machine = machine_of(world, host)
    lost_at = world.regions.lost_at(machine.location) if machine else None

    def took(kind: str) -> timedelta:
        return world.profile.duration(kind, host.id)

    return Facts(
        is_gone=machine is None,
        is_off=machine is not None and lost_at is None and not is_running(world, machine, now),
        silent_for=now - lost_at if lost_at is not None and lost_at <= now else None,
        answers=machine is not None and _answers(world, machine, now),
        age=now - host.hidden["registered_at"],
        first_heartbeat=took("desktop.first-heartbeat"),
        available_after=took("desktop.available"),
        heartbeat_lost=took("desktop.heartbeat-lost"),
        no_heartbeat=took("desktop.no-heartbeat"),
        domain_reached=machine is None or not host.hidden["domain"] or front_of(world, machine) in around.directories,
        profiles_reached=_profiles_reached(world, pool, now),
    )


def _answers(world: World, machine: Resource, now: datetime) -> bool:
    if not is_ready(world, machine, now):
        return False
    return world.faults.condition("agent-silent", target=machine.id, region=machine.location, at=now) is None


def _profiles_reached(world: World, pool: Resource, now: datetime) -> bool:
    accounts = [world.store.get(one) for one in pool.hidden["profiles"]]
    return not accounts or any(one is not None and not world.regions.is_lost(one.location, now) for one in accounts)


def _checks(facts: Facts, host: Resource, pool: Resource, at: datetime) -> list[JsonObject]:
    if facts.is_gone or facts.is_off or facts.age < facts.first_heartbeat:
        return []
    left_out = set() if host.hidden["domain"] else {"DomainJoinedCheck", "DomainTrustCheck", "DomainReachable"}
    if not pool.hidden["profiles"]:
        left_out.add("FSLogixHealthCheck")
    return [
        {
            "healthCheckName": name,
            "healthCheckResult": "HealthCheckSucceeded" if holds(facts) else "HealthCheckFailed",
            "additionalFailureDetails": {
                "message": f"{name}: {'healthy' if holds(facts) else 'not healthy'}",
                "errorCode": 0 if holds(facts) else -1,
                "lastHealthCheckDateTime": ticks_text(at),
            },
        }
        for name, holds in CHECKS.items()
        if name not in left_out
    ]
