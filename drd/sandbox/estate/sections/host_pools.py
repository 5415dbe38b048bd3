"""Host pools of Azure Virtual Desktop: their hosts, what they offer to whom, and who works on them this morning."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Literal

from pydantic import Field

from drd.sandbox.compute.disk import build_disk
from drd.sandbox.compute.machine import build_machine, place_machine
from drd.sandbox.desktops.application_group import build_application_group
from drd.sandbox.desktops.host_pool import build_host_pool
from drd.sandbox.desktops.scaling_plan import build_scaling_plan
from drd.sandbox.desktops.session_host import build_session_host
from drd.sandbox.desktops.user_session import build_session
from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Problem, Section, named_rows, used_by
from drd.sandbox.estate.sections.networks import SUBNET
from drd.sandbox.network.interface import build_interface
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import AZURE

_FIRST_FREE = 4  # Azure keeps the first addresses of a subnet for itself
_AT_WORK_FOR = timedelta(hours=1)
_MOST = 250


class HostsModel(Strict):
    """The session hosts of a pool: machines with the same name and a number."""

    prefix: Name
    """What their names start with; `vm-kantoor-` makes vm-kantoor-001 and so on."""
    count: int = Field(ge=1, le=_MOST)
    """How many there are."""
    network: Name
    """The network that they are in."""
    domain: str = ""
    """The domain that they are joined to; empty when they are joined to no directory of machines."""


class UsersModel(Strict):
    """Who may use a pool: people with the same name and a number."""

    prefix: Name
    """What their names start with."""
    count: int = Field(ge=1, le=_MOST)
    """How many there are."""
    domain: str
    """What follows the `@`."""
    at_work: bool = True
    """Whether each has a session on the host with the same number."""


class HostPoolModel(Strict):
    """One pool."""

    name: Name
    group: Name
    kind: Literal["pooled", "personal"]
    application_group: Name
    """The application group that offers its desktop."""
    max_sessions: int = Field(default=8, ge=1)
    """How many sessions a host of a pooled pool takes."""
    profiles: list[Name] = Field(default_factory=list)
    """The storage accounts with the users' profiles; one that answers is enough."""
    hosts: HostsModel | None = None
    """Its hosts; none in a pool that waits for a failover."""
    users: UsersModel | None = None
    """Who may use it."""
    scaling: bool = False
    """Whether a scaling plan starts and stops its hosts."""


def plant(plot: Plot, rows: Sequence[HostPoolModel]) -> None:
    """Plant the pools, each with its application group, its hosts and their sessions."""
    for one in rows:
        pool = plot.put(_pool(plot, one))
        plot.know("host-pools", one.name, pool)
        plot.know("application-groups", one.application_group, plot.put(_offer(plot, one, pool)))
        if one.scaling:
            plan_id = plot.id(one.group, "Microsoft.DesktopVirtualization/scalingPlans", f"{one.name}-plan")
            plot.put(
                build_scaling_plan(
                    id=plan_id,
                    location=pool.location,
                    object_id=plot.world.new_id(),
                    pool_id=pool.id,
                    time_zone="Romance Standard Time",
                )
            )
        if one.hosts is not None:
            _plant_hosts(plot, one, one.hosts, pool)


def _pool(plot: Plot, one: HostPoolModel) -> Resource:
    personal = one.kind == "personal"
    properties: JsonObject = {
        "hostPoolType": "Personal" if personal else "Pooled",
        "loadBalancerType": "Persistent" if personal else "BreadthFirst",
        "personalDesktopAssignmentType": "Automatic" if personal else None,
        "maxSessionLimit": 1 if personal else one.max_sessions,
        "friendlyName": one.name,
    }
    return build_host_pool(
        id=plot.id(one.group, "Microsoft.DesktopVirtualization/hostPools", one.name),
        location=plot.places[one.group],
        object_id=plot.world.new_id(),
        properties=properties,
        profiles=[plot.found("accounts", name).id for name in one.profiles],
    )


def _offer(plot: Plot, one: HostPoolModel, pool: Resource) -> Resource:
    return build_application_group(
        id=plot.id(one.group, "Microsoft.DesktopVirtualization/applicationGroups", one.application_group),
        location=pool.location,
        object_id=plot.world.new_id(),
        pool_id=pool.id,
        friendly_name=one.application_group,
        users=list(_users(one)),
    )


def _users(one: HostPoolModel) -> Iterator[str]:
    if one.users is not None:
        for number in range(1, one.users.count + 1):
            yield f"{one.users.prefix}{number:03d}@{one.users.domain}"


def _plant_hosts(plot: Plot, one: HostPoolModel, hosts: HostsModel, pool: Resource) -> None:
    network = plot.found("networks", hosts.network)
    prefix = ip_network(network.properties["subnets"][0]["properties"]["addressPrefix"])
    addresses = list(prefix.hosts())[_FIRST_FREE : _FIRST_FREE + hosts.count]
    users = list(_users(one))
    for place, address in enumerate(addresses):
        name = f"{hosts.prefix}{place + 1:03d}"
        machine = _plant_machine(plot, one, name, network.id, str(address))
        user = users[place] if place < len(users) else None
        host = plot.put(
            build_session_host(
                pool=pool,
                name=f"{name}.{hosts.domain}" if hosts.domain else name,
                machine=machine,
                object_id=plot.world.new_id(),
                domain=hosts.domain,
                registered_at=plot.since,
                assigned_user=user if one.kind == "personal" else None,
            )
        )
        if user is not None and one.users is not None and one.users.at_work:
            since = plot.world.now() - _AT_WORK_FOR
            session = build_session(host=host, user=user, object_id=plot.world.new_id(), number=2, since=since)
            plot.world.store.put(session, at=since, by=AZURE)


def _plant_machine(plot: Plot, one: HostPoolModel, name: str, network_id: str, address: str) -> Resource:
    location = plot.places[one.group]
    machine_id = plot.id(one.group, "Microsoft.Compute/virtualMachines", name)
    interface = plot.put(
        build_interface(
            id=plot.id(one.group, "Microsoft.Network/networkInterfaces", f"{name}-nic"),
            location=location,
            subnet_id=f"{network_id}/subnets/{SUBNET}",
            address=address,
        )
    )
    disk = plot.put(
        build_disk(
            id=plot.id(one.group, "Microsoft.Compute/disks", f"{name}-os"),
            location=location,
            lineage=machine_id,
            as_of=plot.since,
            os_type="Windows",
            size_gb=127,
        )
    )
    machine = build_machine(
        id=machine_id,
        location=location,
        vm_id=plot.world.new_id(),
        os_disk=disk,
        interfaces=[interface.id],
        running_since=plot.since,
        tags={"service": "werkplek"},
    )
    return place_machine(plot.world, machine, at=plot.since, by=AZURE)


def _uses(rows: Sequence[HostPoolModel]) -> Iterable[Named]:
    networks = [
        Named(path=(place, "hosts", "network"), name=row.hosts.network, of="networks")
        for place, row in enumerate(rows)
        if row.hosts is not None
    ]
    profiles = [
        Named(path=(place, "profiles", each), name=name, of="accounts")
        for place, row in enumerate(rows)
        for each, name in enumerate(row.profiles)
    ]
    return [*used_by(rows, "group", "groups"), *networks, *profiles]


def _check(rows: Sequence[HostPoolModel]) -> Iterable[Problem]:
    seen: set[str] = set()
    for place, row in enumerate(rows):
        if row.application_group.casefold() in seen:
            yield Problem(
                path=(place, "application-group"),
                message=f'"{row.application_group}" offers another pool already',
                hint="give each pool an application group of its own",
            )
        seen.add(row.application_group.casefold())


SECTION = Section(
    key="host-pools",
    shape=list[HostPoolModel],
    plant=plant,
    about="Host pools of virtual PCs, each with its hosts, its application group and its users.",
    gives=named_rows,
    uses=_uses,
    check=_check,
    is_copied=False,
)
