"""Which machines Azure Backup protects, by which policy."""

from collections.abc import Iterable, Sequence

from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, used_by
from drd.sandbox.recovery_services.protection import back_up


class BackupModel(Strict):
    """One protected machine."""

    machine: Name
    vault: Name
    policy: Name


def plant(plot: Plot, rows: Sequence[BackupModel]) -> None:
    """Put the machines and their copies under protection."""
    for one in rows:
        vault = plot.found("vaults", one.vault)
        for machine in (plot.found("machines", one.machine), *plot.twins.get(one.machine, ())):
            back_up(plot.world, vault, machine, one.policy)


def _uses(rows: Sequence[BackupModel]) -> Iterable[Named]:
    return [
        *used_by(rows, "machine", "machines"),
        *used_by(rows, "vault", "vaults"),
        *used_by(rows, "policy", "backup-policies"),
    ]


SECTION = Section(
    key="backups", shape=list[BackupModel], plant=plant, about="Machines that Azure Backup protects.", uses=_uses
)
