"""Backup policies of vaults."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from pydantic import Field

from drd.sandbox.estate.field import Name, Span, Strict, TimeOfDay
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Section, named_rows, used_by
from drd.sandbox.recovery_services.backup_schedule import Consistency, DailyBackup
from drd.sandbox.recovery_services.protection import add_backup_policy

_CONSISTENCY = {
    "application": Consistency.APPLICATION,
    "file-system": Consistency.FILE_SYSTEM,
    "crash": Consistency.CRASH,
}


class BackupPolicyModel(Strict):
    """One backup a day."""

    name: Name
    vault: Name
    at: TimeOfDay
    secondary_lag: Span = timedelta(hours=8)
    """How long until a copy can be restored in the paired region."""
    retention: Span = timedelta(days=30)
    consistency: Literal["application", "file-system", "crash"] = "application"
    protects: Literal["machine", "database", "share"] = "machine"
    weeks: int = Field(default=0, ge=0, le=5163)
    """For how many weeks Sunday's are kept; none for as long as the others."""
    zone: Literal["UTC", "Europe/Brussels"] = "UTC"
    """The zone of `at`."""
    archive_after: Span | None = None
    """At which age a copy moves to the archive tier; it then has to be fetched from there before it is restored."""
    transfer: Span = timedelta(hours=3)
    """How long until the vault holds a point, and not only a snapshot beside the machine."""


def plant(plot: Plot, rows: Sequence[BackupPolicyModel]) -> None:
    """Plant the policies."""
    for one in rows:
        policy = DailyBackup(
            at=one.at,
            retention=one.retention,
            secondary_lag=one.secondary_lag,
            consistency=_CONSISTENCY[one.consistency],
            archive_after=one.archive_after,
            transfer=one.transfer,
            weeks=one.weeks,
            zone=one.zone,
        )
        add_backup_policy(plot.world, plot.found("vaults", one.vault), one.name, policy, one.protects)


SECTION = Section(
    key="backup-policies",
    shape=list[BackupPolicyModel],
    plant=plant,
    about="Backup policies of vaults.",
    gives=named_rows,
    uses=lambda rows: used_by(rows, "vault", "vaults"),
)
