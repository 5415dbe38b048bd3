"""Databases and shares that Azure Backup protects: they can be read, not restored."""

from collections.abc import Iterable, Sequence
from typing import Literal

from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Problem, Section, used_by
from drd.sandbox.recovery_services.backup_schedule import DailyBackup
from drd.sandbox.recovery_services.protection import back_up_workload
from drd.sandbox.recovery_services.workloads import Workload


class BackedUpWorkloadModel(Strict):
    """One database in a machine, or one file share of a storage account; either `machine` or `account` says where."""

    name: Name
    kind: Literal["database", "share"]
    vault: Name
    policy: Name
    machine: Name | None = None
    account: Name | None = None


def plant(plot: Plot, rows: Sequence[BackedUpWorkloadModel]) -> None:
    """Put databases and shares under protection."""
    for one in rows:
        vault = plot.found("vaults", one.vault)
        policy: DailyBackup = plot.world.store.require(f"{vault.id}/backupPolicies/{one.policy}").hidden["policy"]
        holder = plot.found("machines", one.machine) if one.machine else plot.found("accounts", one.account or "")
        known = Workload(
            kind=one.kind,
            name=one.name,
            holder=holder.id,
            policy_name=one.policy,
            policy=policy,
            server=holder.name if one.kind == "database" else "",
        )
        back_up_workload(plot.world, vault, known)


def _uses(rows: Sequence[BackedUpWorkloadModel]) -> Iterable[Named]:
    return [
        *used_by(rows, "vault", "vaults"),
        *used_by(rows, "policy", "backup-policies"),
        *used_by(rows, "machine", "machines"),
        *used_by(rows, "account", "accounts"),
    ]


def _check(rows: Sequence[BackedUpWorkloadModel]) -> Iterable[Problem]:
    for place, row in enumerate(rows):
        wanted, other = ("machine", row.account) if row.kind == "database" else ("account", row.machine)
        if other or not (row.machine or row.account):
            message = f"a {row.kind} says where it is by `{wanted}` alone"
            yield Problem(path=(place, "kind"), message=message, hint=f"give `{wanted}`, and nothing else")


SECTION = Section(
    key="backed-up-workloads",
    shape=list[BackedUpWorkloadModel],
    plant=plant,
    about="Databases and file shares that Azure Backup protects; to be read, not restored.",
    uses=_uses,
    check=_check,
)
