"""Which machines Site Recovery replicates, and where to."""

from collections.abc import Iterable, Sequence

from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, used_by
from drd.sandbox.estate.sections.networks import SUBNET
from drd.sandbox.recovery_services.machines import Place
from drd.sandbox.recovery_services.protection import replicate


class ReplicationModel(Strict):
    """One replicated machine and the place where it is brought up."""

    machine: Name
    vault: Name
    group: Name
    network: Name
    address: str = ""
    """The address that it should have; empty for any free one."""


def plant(plot: Plot, rows: Sequence[ReplicationModel]) -> None:
    """Let the machines be replicated, for some weeks already."""
    for one in rows:
        place = Place(
            group_id=plot.group_id(one.group),
            region=plot.places[one.group],
            network_id=plot.found("networks", one.network).id,
            subnet=SUBNET,
            address=one.address,
        )
        replicate(plot.world, plot.found("vaults", one.vault), plot.found("machines", one.machine), place)


def _uses(rows: Sequence[ReplicationModel]) -> Iterable[Named]:
    of = {"machine": "machines", "vault": "vaults", "group": "groups", "network": "networks"}
    return [each for key, section in of.items() for each in used_by(rows, key, section)]


SECTION = Section(
    key="replication",
    shape=list[ReplicationModel],
    plant=plant,
    about="Machines that Site Recovery replicates.",
    uses=_uses,
)
