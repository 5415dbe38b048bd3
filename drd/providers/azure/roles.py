"""The roles that an installation's identities hold: eight purposes, each with no more than its capabilities need.

The files in `deploy/azure/roles` and the sandbox's own are written from here; a test holds them equal. A method of a
capability that is new in `permissions` belongs to at least one purpose here.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from drd.providers.azure.permissions import PERMISSIONS

_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"

NEVER = (
    "Microsoft.RecoveryServices/vaults/delete",
    "Microsoft.RecoveryServices/vaults/write",
    "Microsoft.RecoveryServices/vaults/backupPolicies/write",
    "Microsoft.RecoveryServices/vaults/backupPolicies/delete",
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/write",
    "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/delete",
    "Microsoft.RecoveryServices/vaults/backupResourceGuardProxies/*",
    "Microsoft.RecoveryServices/vaults/backupSecurityPIN/*",
    "Microsoft.RecoveryServices/vaults/backupstorageconfig/write",
    "Microsoft.Authorization/*/write",
    "Microsoft.Authorization/locks/delete",
)
"""What no role ever holds: it would let an intruder destroy the backups that drd is there to restore."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """What a role is for: the capabilities' methods that it lets succeed, and what a body may join beside them."""

    about: str
    methods: tuple[str, ...]
    also: tuple[str, ...] = ()

    @property
    def actions(self) -> tuple[str, ...]:
        """Return the ARM operations, each once, in order of the alphabet."""
        needed = {operation for method in self.methods for operation in PERMISSIONS[method]}
        return tuple(sorted({*needed, *self.also}, key=str.casefold))


PURPOSES: Mapping[str, Purpose] = {
    "observer": Purpose(
        about="Sees vaults, recovery points, replication and what would be recovered. Changes nothing.",
        methods=(
            "capacity.quotas",
            "capacity.sizes",
            "capacity.reservations",
            "capacity.reservation",
            "snapshots.get",
            "snapshots.points",
            "snapshots.all_points",
            "vaults.list",
            "vaults.get",
            "vault-lists.policies",
            "vault-lists.jobs",
            "keys.look",
            "seen-machines.list",
            "backups.items",
            "backups.points",
            "backups.jobs",
            "cross-region-backups.items",
            "cross-region-backups.points",
            "replication.items",
            "replication.item",
            "replication.points",
            "replication.find",
            "recovery-plans.get",
            "recovery-plans.find",
            "machines.get",
            "machines.disks",
            "networks.facts",
            "networks.interface",
            "records.get",
            "traffic.profile",
            "groups.get",
            "groups.list",
            "groups.resources",
            "groups.tagged",
            "desktops.pools",
            "desktops.pool",
            "desktops.hosts",
            "desktops.host",
            "desktops.sessions",
            "desktops.workspace",
            "desktops.creation",
            "rights.held",
            "rights.registered",
        ),
    ),
    "restore-drill": Purpose(
        about="Restores backups into groups of its own, makes machines of them and removes those groups.",
        methods=(
            "snapshots.get",
            "snapshots.points",
            "snapshots.disk",
            "snapshots.take",
            "snapshots.copy",
            "snapshots.make_disk",
            "snapshots.follow",
            "backups.restore_disks",
            "backups.restore_machine",
            "backups.find_restore",
            "backups.follow",
            "cross-region-backups.restore_disks",
            "cross-region-backups.find_restore",
            "cross-region-backups.follow",
            "machines.get",
            "machines.disks",
            "machines.create",
            "machines.create_scanner",
            "machines.start",
            "machines.deallocate",
            "machines.delete",
            "machines.follow",
            "machines.script",
            "networks.facts",
            "networks.interface",
            "networks.create_interface",
            "networks.follow",
            "probes.create",
            "probes.creation",
            "probes.follow",
            "probes.applied",
            "groups.get",
            "groups.create",
            "groups.tag",
            "groups.resources",
            "groups.delete",
            "groups.follow",
            "desktops.pool",
            "desktops.create_pool",
            "desktops.open_registration",
            "desktops.hosts",
            "desktops.host",
            "desktops.create_host",
            "desktops.creation",
            "desktops.follow",
        ),
    ),
    "asr-drill": Purpose(
        about="Tests failovers in an isolated network and cleans them up. Cannot fail over.",
        methods=(
            "replication.items",
            "replication.item",
            "replication.points",
            "replication.test_fail_over",
            "replication.clean_up_test",
            "replication.find",
            "replication.follow",
            "recovery-plans.get",
            "recovery-plans.test_fail_over",
            "recovery-plans.clean_up_test",
            "recovery-plans.resume",
            "recovery-plans.find",
            "recovery-plans.follow",
        ),
    ),
    "failover": Purpose(
        about="Fails over, commits and cancels; starts, stops and fences machines. Only inside an approved run.",
        methods=(
            "capacity.quotas",
            "capacity.sizes",
            "capacity.reservations",
            "capacity.reservation",
            "capacity.reserve",
            "capacity.follow",
            "snapshots.get",
            "snapshots.points",
            "snapshots.disk",
            "snapshots.take",
            "snapshots.copy",
            "snapshots.make_disk",
            "snapshots.follow",
            "backups.replace_disks",
            "backups.find_restore",
            "backups.follow",
            "replication.items",
            "replication.item",
            "replication.points",
            "replication.fail_over",
            "replication.commit",
            "replication.cancel_failover",
            "replication.switch_protection",
            "replication.find",
            "replication.follow",
            "recovery-plans.get",
            "recovery-plans.fail_over",
            "recovery-plans.commit",
            "recovery-plans.cancel_failover",
            "recovery-plans.reprotect",
            "recovery-plans.resume",
            "recovery-plans.find",
            "recovery-plans.follow",
            "machines.get",
            "machines.start",
            "machines.deallocate",
            "machines.follow",
            "fences.barriers",
            "fences.put",
            "fences.remove",
            "fences.follow",
        ),
    ),
    "traffic": Purpose(
        about="Points names at the place where a service runs.",
        methods=("records.get", "records.put", "traffic.profile", "traffic.switch"),
    ),
    "avd": Purpose(
        about="Drains, makes and publishes virtual PCs, and tells who is on them.",
        methods=(
            "machines.get",
            "desktops.pools",
            "desktops.pool",
            "desktops.open_registration",
            "desktops.hosts",
            "desktops.host",
            "desktops.drain",
            "desktops.sessions",
            "desktops.send_message",
            "desktops.log_off",
            "desktops.workspace",
            "desktops.publish",
            "desktops.create_host",
            "desktops.creation",
            "desktops.follow",
            "networks.facts",
        ),
    ),
    "guest-exec": Purpose(
        about="Runs commands inside machines. Give it for named machines only.",
        methods=("machines.get", "machines.run_script", "machines.script"),
    ),
    "reaper": Purpose(
        about="Removes what drills left behind.",
        methods=(
            "groups.get",
            "groups.list",
            "groups.resources",
            "groups.tagged",
            "groups.delete",
            "groups.follow",
            "replication.items",
            "replication.item",
            "replication.clean_up_test",
            "replication.find",
            "replication.follow",
            "recovery-plans.get",
            "recovery-plans.find",
        ),
    ),
}
"""The purposes by the name of their file."""


def role(name: str, about: str, actions: Iterable[str]) -> dict[str, Any]:
    """Return a role in the form that `az role definition create --role-definition` takes."""
    return {
        "Name": name,
        "IsCustom": True,
        "Description": about,
        "Actions": list(actions),
        "NotActions": [],
        "DataActions": [],
        "NotDataActions": [],
        "AssignableScopes": [_SUBSCRIPTION],
    }


def role_file(purpose: str) -> str:
    """Return the text of a purpose's file."""
    one = PURPOSES[purpose]
    return json.dumps(role(f"drd {purpose}", one.about, one.actions), indent=2) + "\n"


def digest() -> str:
    """Return the SHA-256 over all files, in the order of their names: it says by which rights drd was meant to act."""
    whole = "".join(f"{purpose}.json\n{role_file(purpose)}" for purpose in sorted(PURPOSES))
    return hashlib.sha256(whole.encode("utf-8")).hexdigest()


def write(folder: str) -> None:
    """Write every purpose's file into a folder."""
    for purpose in PURPOSES:
        Path(folder, f"{purpose}.json").write_text(role_file(purpose), encoding="utf-8")
