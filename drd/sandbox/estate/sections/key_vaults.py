"""Key vaults with the keys that Recovery Services vaults are encrypted by."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from drd.sandbox.estate.field import Name, Span, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, named_rows, used_by
from drd.sandbox.key_vault.key import build_key
from drd.sandbox.key_vault.vault import build_key_vault


class KeyVaultModel(Strict):
    """One key vault."""

    name: Name
    group: Name
    keys: list[Name] = Field(default_factory=list)
    lasts: Span | None = None
    """How long its keys are good, from the beginning of the world; for ever where nothing is said."""
    purge_protection: bool = True


def plant(plot: Plot, rows: Sequence[KeyVaultModel]) -> None:
    """Plant the vaults with their keys."""
    for one in rows:
        vault = plot.put(
            build_key_vault(
                id=plot.id(one.group, "Microsoft.KeyVault/vaults", plot.public(one.name)),
                location=plot.places[one.group],
                purge_protection=one.purge_protection,
            )
        )
        plot.know("key-vaults", one.name, vault)
        expires_at = None if one.lasts is None else plot.world.now() + one.lasts
        for name in one.keys:
            plot.put(build_key(vault, name, made_at=plot.since, expires_at=expires_at))


def _uses(rows: Sequence[KeyVaultModel]) -> Iterable[Named]:
    return used_by(rows, "group", "groups")


SECTION = Section(
    key="key-vaults",
    shape=list[KeyVaultModel],
    plant=plant,
    about="Key vaults, with keys that vaults of backups are encrypted by.",
    gives=named_rows,
    uses=_uses,
)
