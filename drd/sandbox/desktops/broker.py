"""Who would get which virtual PC now: the feed of a user, and the host that the broker would choose.

Azure tells this to the user's own client, which signs in as the user; nothing in Resource Manager does. The sandbox
tells it under `/_sandbox`, so that a rehearsal can prove that people are served.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.arm import fold
from drd.sandbox.desktops.application_group import APPLICATION_GROUP_TYPE, workspace_of
from drd.sandbox.desktops.health import AVAILABLE, Surroundings, condition, machine_of
from drd.sandbox.desktops.session_host import hosts_of, sessions_of
from drd.sandbox.desktops.user_session import build_session, next_number
from drd.sandbox.state import Resource
from drd.sandbox.world import AZURE, World

USABLE = (AVAILABLE, "NeedsAssistance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One desktop in a user's feed: the host that would serve it, or why none does."""

    workspace: str
    group: Resource
    pool: Resource
    host: Resource | None
    region: str
    reason: str


def feed(world: World, user: str, now: datetime) -> list[Offer]:
    """Return what a user would find, in the order of the application groups' creation."""
    around = Surroundings(world=world, now=now)
    return [_offer(around, user, group, workspace) for group, workspace in _shown_to(world, user, now)]


def sign_in(world: World, user: str, now: datetime) -> Offer | None:
    """Let a user start the first desktop that is served, and return it; None when none is.

    The session stands as if the user's client had asked; a personal host without a user becomes theirs.
    """
    for offer in feed(world, user, now):
        if offer.host is None:
            continue
        host = offer.host
        if offer.pool.properties["hostPoolType"] == "Personal" and not host.properties["assignedUser"]:
            host = world.store.put(host.with_properties(assignedUser=user), at=now, by=AZURE)
        if not _on(world, host, user):
            number = next_number(world, host)
            session = build_session(host=host, user=user, object_id=world.new_id(), number=number, since=now)
            world.store.put(session, at=now, by=AZURE)
        return offer
    return None


def _shown_to(world: World, user: str, now: datetime) -> Iterator[tuple[Resource, Resource]]:
    for group in world.store.each(APPLICATION_GROUP_TYPE):
        workspace = workspace_of(world, group)
        if (
            workspace is not None
            and group.properties["showInFeed"]
            and fold(user) in {fold(one) for one in group.hidden["users"]}
            and not world.regions.is_lost(workspace.location, now)
        ):
            yield group, workspace


def _offer(around: Surroundings, user: str, group: Resource, workspace: Resource) -> Offer:
    pool = around.world.store.require(str(group.properties["hostPoolArmPath"]))
    host, reason = None, ""
    if around.world.regions.is_lost(pool.location, around.now):
        reason = f"the broker of {pool.name} is in {pool.location}, which is lost"
    else:
        host = _host_for(around, user, pool)
        reason = "" if host else f"no host of {pool.name} is available to {user}"
    machine = machine_of(around.world, host) if host else None
    region = machine.location if machine else ""
    return Offer(workspace=workspace.name, group=group, pool=pool, host=host, region=region, reason=reason)


def _host_for(around: Surroundings, user: str, pool: Resource) -> Resource | None:
    hosts = [one for one in hosts_of(around.world, pool) if condition(around, one, pool).status in USABLE]
    again = next((one for one in hosts if _on(around.world, one, user)), None)
    if again is not None:
        return again
    if pool.properties["hostPoolType"] == "Personal":
        return _personal(hosts, user)
    limit = int(pool.properties["maxSessionLimit"])
    loads = [(sum(1 for _ in sessions_of(around.world, one)), place) for place, one in enumerate(hosts)]
    free = [(load, place) for load, place in loads if load < limit and hosts[place].properties["allowNewSession"]]
    if not free:
        return None
    deepest = pool.properties["loadBalancerType"] == "DepthFirst"
    return hosts[(max(free, key=lambda one: (one[0], -one[1])) if deepest else min(free))[1]]


def _personal(hosts: list[Resource], user: str) -> Resource | None:
    open_hosts = [one for one in hosts if one.properties["allowNewSession"]]
    own = next((one for one in open_hosts if fold(one.properties["assignedUser"] or "") == fold(user)), None)
    return own or next((one for one in open_hosts if not one.properties["assignedUser"]), None)


def _on(world: World, host: Resource, user: str) -> bool:
    return any(fold(str(one.properties["userPrincipalName"])) == fold(user) for one in sessions_of(world, host))
