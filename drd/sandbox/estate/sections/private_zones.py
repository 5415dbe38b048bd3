"""Private DNS zones, their records, and the networks that know them."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, named_rows, used_by
from drd.sandbox.estate.sections.zones import AddressRecord
from drd.sandbox.network.private_link import build_link
from drd.sandbox.network.private_record import build_private_record
from drd.sandbox.network.private_zone import build_private_zone


class PrivateZoneModel(Strict):
    """One zone."""

    name: Name
    group: Name
    networks: list[Name] = Field(default_factory=list)
    """Where its names are known."""
    addresses: dict[str, AddressRecord] = Field(default_factory=dict)


def plant(plot: Plot, rows: Sequence[PrivateZoneModel]) -> None:
    """Plant the zones with their records and links."""
    for one in rows:
        zone = plot.put(build_private_zone(id=plot.id(one.group, "Microsoft.Network/privateDnsZones", one.name)))
        plot.know("private-zones", one.name, zone)
        for network in one.networks:
            plot.put(build_link(zone_id=zone.id, name=network, network_id=plot.found("networks", network).id))
        for name, to in one.addresses.items():
            records = [{"ipv4Address": each} for each in to.to]
            etag = plot.world.new_id()
            plot.put(build_private_record(zone=zone, kind="A", name=name, ttl=to.ttl, records=records, etag=etag))


def _uses(rows: Sequence[PrivateZoneModel]) -> Iterable[Named]:
    linked = [
        Named(path=(place, "networks", number), name=network, of="networks")
        for place, row in enumerate(rows)
        for number, network in enumerate(row.networks)
    ]
    return [*used_by(rows, "group", "groups"), *linked]


SECTION = Section(
    key="private-zones",
    shape=list[PrivateZoneModel],
    plant=plant,
    about="Private DNS zones, known in the networks that are linked to them.",
    gives=named_rows,
    uses=_uses,
    is_copied=False,
)
