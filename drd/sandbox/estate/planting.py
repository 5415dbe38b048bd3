"""Plants the sample estate in an empty world, as it stands on an ordinary morning."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from drd.sandbox.compute.disk import build_disk
from drd.sandbox.compute.machine import build_machine, place_machine
from drd.sandbox.guests import Guest
from drd.sandbox.network.dns_record import build_record
from drd.sandbox.network.dns_zone import build_zone
from drd.sandbox.network.interface import build_interface
from drd.sandbox.network.security_group import Rule, build_security_group
from drd.sandbox.network.virtual_network import build_network, build_peering
from drd.sandbox.state import GROUP_TYPE, Resource
from drd.sandbox.storage.account import build_account
from drd.sandbox.world import AZURE, World

_DATA = Path(__file__).with_name("voorbeeld.toml")
_STANDING_FOR = timedelta(days=400)
SUBNET = "snet-servers"


class _Plot:
    """The estate's data with the world it is planted in."""

    def __init__(self, world: World, data: Mapping[str, Any]) -> None:
        self.world = world
        self.data = data
        self.since: datetime = world.now() - _STANDING_FOR
        self.subscription = str(data["subscription"])
        self.places: dict[str, str] = dict(data["groups"])

    def id(self, group: str, kind: str, name: str) -> str:
        return f"/subscriptions/{self.subscription}/resourceGroups/{group}/providers/{kind}/{name}"

    def put(self, resource: Resource) -> Resource:
        return self.world.store.put(resource, at=self.since, by=AZURE)


def plant_estate(world: World) -> None:
    """Plant `voorbeeld`: groups, networks, machines, zone and staging accounts. Do it once, in an empty world."""
    plot = _Plot(world, tomllib.loads(_DATA.read_text(encoding="utf-8")))
    world.subscriptions[plot.subscription] = str(plot.data["name"])
    for name, location in plot.places.items():
        plot.put(
            Resource(
                id=f"/subscriptions/{plot.subscription}/resourceGroups/{name}",
                type=GROUP_TYPE,
                location=location,
                properties={"provisioningState": "Succeeded"},
            )
        )
    _plant_networks(plot)
    for machine in plot.data["machines"]:
        _plant_machine(plot, machine)
    _plant_zones(plot)
    for name, group in plot.data["accounts"].items():
        plot.put(
            build_account(id=plot.id(group, "Microsoft.Storage/storageAccounts", name), location=plot.places[group])
        )


def _plant_networks(plot: _Plot) -> None:
    groups: dict[str, str] = {}
    for one in plot.data["security-groups"]:
        group_id = plot.id(one["group"], "Microsoft.Network/networkSecurityGroups", one["name"])
        rules = [Rule(**rule) for rule in one["rules"]]
        plot.put(build_security_group(id=group_id, location=plot.places[one["group"]], rules=rules))
        groups[one["name"]] = group_id
    networks: dict[str, str] = {}
    for one in plot.data["networks"]:
        network_id = plot.id(one["group"], "Microsoft.Network/virtualNetworks", one["name"])
        network = build_network(
            id=network_id,
            location=plot.places[one["group"]],
            prefix=one["prefix"],
            subnets={SUBNET: (one["subnet"], groups[one["security-group"]])},
        )
        plot.put(network.with_hidden(front=one["front"]))
        networks[one["name"]] = network_id
    for one in plot.data["peerings"]:
        plot.put(build_peering(network_id=networks[one["from"]], name=one["name"], remote_id=networks[one["to"]]))


def _plant_machine(plot: _Plot, data: Mapping[str, Any]) -> None:
    name, group = str(data["name"]), str(data["group"])
    location = plot.places[group]
    machine_id = plot.id(group, "Microsoft.Compute/virtualMachines", name)
    network = "vnet-weu" if location == "westeurope" else "vnet-neu"
    network_group = next(one["group"] for one in plot.data["networks"] if one["name"] == network)
    interface = plot.put(
        build_interface(
            id=plot.id(group, "Microsoft.Network/networkInterfaces", f"{name}-nic"),
            location=location,
            subnet_id=plot.id(network_group, "Microsoft.Network/virtualNetworks", network) + f"/subnets/{SUBNET}",
            address=str(data["address"]),
        )
    )
    os_disk, data_disks = _plant_disks(plot, data, machine_id)
    machine = build_machine(
        id=machine_id,
        location=location,
        vm_id=plot.world.new_id(),
        os_disk=os_disk,
        data_disks=data_disks,
        interfaces=[interface.id],
        running_since=plot.since,
        tags={"service": str(data["service"])},
    )
    place_machine(plot.world, machine, at=plot.since, by=AZURE)
    addresses = [str(data[key]) for key in ("address", "recovery-address") if key in data]
    ports = {int(port): str(speaks) for port, speaks in data["ports"].items()}
    plot.world.guests.add(
        Guest(
            lineage=machine_id,
            name=name,
            service=str(data["service"]),
            ports=ports,
            addresses=tuple(addresses),
            needs=tuple(data.get("needs", [])),
        )
    )


def _plant_disks(plot: _Plot, data: Mapping[str, Any], machine_id: str) -> tuple[Resource, list[Resource]]:
    def disk(suffix: str, os_type: str, size_gb: int) -> Resource:
        group = str(data["group"])
        return plot.put(
            build_disk(
                id=plot.id(group, "Microsoft.Compute/disks", f"{data['name']}-{suffix}"),
                location=plot.places[group],
                lineage=machine_id,
                as_of=plot.since,
                os_type=os_type,
                size_gb=size_gb,
            )
        )

    os_disk = disk("os", str(data.get("os", "Windows")), int(data.get("os-gb", 127)))
    return os_disk, [disk("data", "", int(data["data-gb"]))] if "data-gb" in data else []


def _plant_zones(plot: _Plot) -> None:
    for one in plot.data["zones"]:
        zone = plot.put(build_zone(id=plot.id(one["group"], "Microsoft.Network/dnszones", one["name"])))
        for name, to in one["addresses"].items():
            records = [{"ipv4Address": address} for address in to["to"]]
            _plant_record(plot, zone, kind="A", name=name, ttl=to["ttl"], records=records)
        for name, to in one["aliases"].items():
            _plant_record(plot, zone, kind="CNAME", name=name, ttl=to["ttl"], records={"cname": to["to"]})


def _plant_record(plot: _Plot, zone: Resource, *, kind: str, name: str, ttl: int, records: object) -> None:
    etag = plot.world.new_id()
    plot.put(build_record(zone=zone, kind=kind, name=name, ttl=ttl, records=records, etag=etag))
