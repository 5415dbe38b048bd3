"""Recovery Services vaults."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from drd.sandbox.estate.field import Name, Region, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, named_rows, used_by
from drd.sandbox.recovery_services.protection import add_vault, pair_regions
from drd.sandbox.recovery_services.vaults import PLAIN_PROPERTIES, posture


class VaultModel(Strict):
    """One vault."""

    name: Name
    group: Name
    posture: Literal["well-kept", "plain"] = "well-kept"
    """`plain` was made long ago and never touched: it shows none of the posture fields."""
    redundancy: Literal["LocallyRedundant", "ZoneRedundant", "GeoRedundant"] = "GeoRedundant"
    cross_region_restore: bool = False
    fabrics: list[Region] = Field(default_factory=list)
    """The regions that it replicates machines between."""


def plant(plot: Plot, rows: Sequence[VaultModel]) -> None:
    """Plant the vaults."""
    for one in rows:
        kept = posture(redundancy=one.redundancy, cross_region_restore=one.cross_region_restore)
        vault = add_vault(
            plot.world,
            plot.id(one.group, "Microsoft.RecoveryServices/vaults", one.name),
            plot.places[one.group],
            kept if one.posture == "well-kept" else PLAIN_PROPERTIES,
        )
        plot.know("vaults", one.name, vault)
        pair_regions(plot.world, vault, *one.fabrics)


def _uses(rows: Sequence[VaultModel]) -> Iterable[Named]:
    return used_by(rows, "group", "groups")


SECTION = Section(
    key="vaults",
    shape=list[VaultModel],
    plant=plant,
    about="Recovery Services vaults.",
    gives=named_rows,
    uses=_uses,
)
