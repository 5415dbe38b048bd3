"""Peerings of networks; each holds for one direction."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, used_by
from drd.sandbox.network.peering import build_peering


class PeeringModel(Strict):
    """One peering."""

    name: Name
    from_: Name = Field(alias="from")
    """The network that has it."""
    to: Name
    """The network that it leads to."""


def plant(plot: Plot, rows: Sequence[PeeringModel]) -> None:
    """Plant the peerings."""
    for one in rows:
        near, far = plot.found("networks", one.from_), plot.found("networks", one.to)
        plot.put(build_peering(network_id=near.id, name=one.name, remote_id=far.id))


def _uses(rows: Sequence[PeeringModel]) -> Iterable[Named]:
    near = [Named(path=(place, "from"), name=one.from_, of="networks") for place, one in enumerate(rows)]
    return [*near, *used_by(rows, "to", "networks")]


SECTION = Section(
    key="peerings", shape=list[PeeringModel], plant=plant, about="Peerings of virtual networks.", uses=_uses
)
