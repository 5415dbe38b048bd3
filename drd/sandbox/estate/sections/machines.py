"""Virtual machines with their disks, interface and guest."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import ip_network
from typing import Literal

from pydantic import Field

from drd.sandbox.compute.disk import build_disk
from drd.sandbox.compute.machine import build_machine, place_machine
from drd.sandbox.estate.field import Address, Name, Port, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, named_rows, used_by
from drd.sandbox.estate.sections.networks import SUBNET
from drd.sandbox.guests import Guest
from drd.sandbox.network.interface import build_interface
from drd.sandbox.state import Resource
from drd.sandbox.world import AZURE

_FIRST_FREE = 4  # Azure keeps the first addresses of a subnet for itself


class MachineModel(Strict):
    """One machine."""

    name: Name
    group: Name
    network: Name
    service: Name
    """What it serves: its tag `service`, and what its guest says."""
    address: Address
    recovery_address: str = ""
    """The address that its copy will have after a failover."""
    os: Literal["Windows", "Linux"] = "Windows"
    os_gb: int = Field(default=127, ge=1)
    """Size of its OS disk."""
    data_gb: int = Field(default=0, ge=0)
    """Size of its data disk; 0 for none."""
    ports: dict[Port, Literal["http", "https", "tcp"]] = Field(default_factory=dict)
    """What its guest answers on, and what the port speaks."""
    needs: list[str] = Field(default_factory=list)
    """What its guest must reach to be healthy, as HOST:PORT."""


def plant(plot: Plot, rows: Sequence[MachineModel]) -> None:
    """Plant the machines of the file, and as many copies of them as the plot wants more."""
    for one in rows:
        plot.know("machines", one.name, _plant(plot, one))
    for like, one in _more(plot, rows):
        plot.twins.setdefault(like.name, []).append(_plant(plot, one))


def _more(plot: Plot, rows: Sequence[MachineModel]) -> Iterator[tuple[MachineModel, MachineModel]]:
    """Yield machines of the file with their copies: another name, and a free address of the same network."""
    free = {row.network: _free(plot, rows, row.network) for row in rows}
    for number in range(plot.extra_machines):
        like = rows[number % len(rows)]
        changes = {
            "name": f"{like.name}-{number // len(rows) + 2:03d}",
            "address": next(free[like.network]),
            "recovery_address": "",
        }
        yield like, like.model_copy(update=changes)


def _free(plot: Plot, rows: Sequence[MachineModel], network: str) -> Iterator[str]:
    taken = {row.address for row in rows if row.network == network}
    shown = plot.found("networks", network).properties
    subnet = ip_network(shown["subnets"][0]["properties"]["addressPrefix"])
    # Beyond the subnet, the whole network: a municipality of thousands needs the room.
    for prefix in (subnet, ip_network(shown["addressSpace"]["addressPrefixes"][0])):
        for place, address in enumerate(prefix.hosts()):
            if place >= _FIRST_FREE and str(address) not in taken and (prefix is subnet or address not in subnet):
                yield str(address)


def _plant(plot: Plot, one: MachineModel) -> Resource:
    location = plot.places[one.group]
    machine_id = plot.id(one.group, "Microsoft.Compute/virtualMachines", one.name)
    interface = plot.put(
        build_interface(
            id=plot.id(one.group, "Microsoft.Network/networkInterfaces", f"{one.name}-nic"),
            location=location,
            subnet_id=f"{plot.found('networks', one.network).id}/subnets/{SUBNET}",
            address=one.address,
        )
    )
    machine = build_machine(
        id=machine_id,
        location=location,
        vm_id=plot.world.new_id(),
        os_disk=_disk(plot, one, "os", one.os, one.os_gb),
        data_disks=[_disk(plot, one, "data", "", one.data_gb)] if one.data_gb else [],
        interfaces=[interface.id],
        running_since=plot.since,
        tags={"service": one.service},
    )
    _plant_guest(plot, one, machine_id)
    return place_machine(plot.world, machine, at=plot.since, by=AZURE)


def _disk(plot: Plot, one: MachineModel, suffix: str, os_type: str, size_gb: int) -> Resource:
    return plot.put(
        build_disk(
            id=plot.id(one.group, "Microsoft.Compute/disks", f"{one.name}-{suffix}"),
            location=plot.places[one.group],
            lineage=plot.id(one.group, "Microsoft.Compute/virtualMachines", one.name),
            as_of=plot.since,
            os_type=os_type,
            size_gb=size_gb,
        )
    )


def _plant_guest(plot: Plot, one: MachineModel, machine_id: str) -> None:
    # The addresses of generated municipalities are those of the file's: only the latter's can be told apart.
    addresses = () if plot.number else tuple(each for each in (one.address, one.recovery_address) if each)
    plot.world.guests.add(
        Guest(
            lineage=machine_id,
            name=one.name,
            service=one.service,
            ports={int(port): speaks for port, speaks in one.ports.items()},
            addresses=addresses,
            needs=tuple(one.needs),
        )
    )


def _uses(rows: Sequence[MachineModel]) -> Iterable[Named]:
    return [*used_by(rows, "group", "groups"), *used_by(rows, "network", "networks")]


SECTION = Section(
    key="machines",
    shape=list[MachineModel],
    plant=plant,
    about="Virtual machines with their disks, interface and guest.",
    gives=named_rows,
    uses=_uses,
)
