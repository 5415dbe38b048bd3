"""Recovery Services vaults."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from drd.sandbox.estate.field import Name, Region, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Problem, Section, named_rows, used_by
from drd.sandbox.recovery_services.protection import add_vault, pair_regions
from drd.sandbox.recovery_services.vaults import PLAIN_PROPERTIES, encrypted_by, posture
from drd.sandbox.wire import JsonObject


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
    key_vault: Name | None = None
    """Where its own key is; Microsoft's is used where nothing is said."""
    key: Name | None = None
    """Which key of that vault."""


def plant(plot: Plot, rows: Sequence[VaultModel]) -> None:
    """Plant the vaults."""
    for one in rows:
        kept = posture(redundancy=one.redundancy, cross_region_restore=one.cross_region_restore)
        properties = kept if one.posture == "well-kept" else PLAIN_PROPERTIES
        vault = add_vault(
            plot.world,
            plot.id(one.group, "Microsoft.RecoveryServices/vaults", one.name),
            plot.places[one.group],
            {**properties, **_encryption(plot, one)},
        )
        plot.know("vaults", one.name, vault)
        pair_regions(plot.world, vault, *one.fabrics)


def _encryption(plot: Plot, row: VaultModel) -> JsonObject:
    if row.key_vault is None:
        return {}
    return encrypted_by(f"{plot.found('key-vaults', row.key_vault).properties['vaultUri']}keys/{row.key}")


def _uses(rows: Sequence[VaultModel]) -> Iterable[Named]:
    return [*used_by(rows, "group", "groups"), *used_by(rows, "key-vault", "key-vaults")]


def _check(rows: Sequence[VaultModel]) -> Iterable[Problem]:
    for place, row in enumerate(rows):
        if (row.key_vault is None) is not (row.key is None):
            hint = "give `key-vault` and `key`, or neither"
            yield Problem(path=(place, "key"), message="a key is named by its vault and its name", hint=hint)


SECTION = Section(
    key="vaults",
    shape=list[VaultModel],
    plant=plant,
    about="Recovery Services vaults.",
    gives=named_rows,
    uses=_uses,
    check=_check,
)
