"""Public DNS zones and their records."""

from collections.abc import Sequence

from pydantic import Field

from drd.sandbox.estate.field import Address, Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Section, named_rows, used_by
from drd.sandbox.network.dns_record import build_record
from drd.sandbox.network.dns_zone import build_zone
from drd.sandbox.state import Resource


class AddressRecord(Strict):
    """A name's addresses."""

    ttl: int = Field(ge=1)
    """Seconds."""
    to: list[Address]


class AliasRecord(Strict):
    """A name that stands for another name."""

    ttl: int = Field(ge=1)
    """Seconds."""
    to: str


class ZoneModel(Strict):
    """One zone."""

    name: Name
    group: Name
    addresses: dict[str, AddressRecord] = Field(default_factory=dict)
    aliases: dict[str, AliasRecord] = Field(default_factory=dict)


def plant(plot: Plot, rows: Sequence[ZoneModel]) -> None:
    """Plant the zones."""
    for one in rows:
        zone = plot.put(build_zone(id=plot.id(one.group, "Microsoft.Network/dnszones", one.name)))
        plot.know("zones", one.name, zone)
        for name, to in one.addresses.items():
            _record(plot, zone, kind="A", name=name, ttl=to.ttl, records=[{"ipv4Address": each} for each in to.to])
        for name, alias in one.aliases.items():
            _record(plot, zone, kind="CNAME", name=name, ttl=alias.ttl, records={"cname": alias.to})


def _record(plot: Plot, zone: Resource, *, kind: str, name: str, ttl: int, records: object) -> None:
    etag = plot.world.new_id()
    plot.put(build_record(zone=zone, kind=kind, name=name, ttl=ttl, records=records, etag=etag))


SECTION = Section(
    key="zones",
    shape=list[ZoneModel],
    plant=plant,
    about="Public DNS zones.",
    gives=named_rows,
    uses=lambda rows: used_by(rows, "group", "groups"),
    # A public name belongs to one municipality.
    is_copied=False,
)
