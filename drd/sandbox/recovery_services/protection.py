"""Puts machines under protection: what an estate says when it is planted. No addresses of ARM here."""

from datetime import datetime, timedelta

from drd.sandbox.recovery_services import addresses, policies, workloads
from drd.sandbox.recovery_services.backup_items import BackedUp
from drd.sandbox.recovery_services.backup_schedule import DailyBackup
from drd.sandbox.recovery_services.fabrics import build_fabric, fabric_name
from drd.sandbox.recovery_services.machines import Place, place_of, remember
from drd.sandbox.recovery_services.replicated import Replicated
from drd.sandbox.recovery_services.vaults import build_vault
from drd.sandbox.recovery_services.workloads import Workload
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import AZURE, World

REPLICATION_POLICY = "24-hour-retention-policy"
_STANDING_FOR = timedelta(days=60)
"""An estate is planted as it stands after some weeks, not as it was set up."""


def add_vault(world: World, arm_id: str, region: str, properties: JsonObject) -> Resource:
    """Store a vault."""
    return world.store.put(build_vault(arm_id, region, properties), at=_since(world), by=AZURE)


def add_backup_policy(
    world: World, vault: Resource, name: str, policy: DailyBackup, protects: str = policies.MACHINE
) -> None:
    """Store a backup policy of a vault, for machines, databases or shares."""
    resource = Resource(
        id=f"{vault.id}/backupPolicies/{name}",
        type=addresses.BACKUP_POLICY_TYPE,
        location=vault.location,
        properties=policies.policy_body(policy, protects),
        hidden={"policy": policy},
    )
    world.store.put(resource, at=_since(world), by=AZURE)


def back_up(world: World, vault: Resource, machine: Resource, policy_name: str) -> Resource:
    """Let a vault back a machine up by one of its policies, and return the protected item."""
    policy: DailyBackup = world.store.require(f"{vault.id}/backupPolicies/{policy_name}").hidden["policy"]
    container, item = addresses.backup_names(machine.group, machine.name)
    known = BackedUp(original=remember(world, machine), policy_name=policy_name, policy=policy)
    resource = Resource(
        id=f"{vault.id}/backupFabrics/Azure/protectionContainers/{container}/protectedItems/{item}",
        type=addresses.BACKUP_ITEM_TYPE,
        location=vault.location,
        hidden={"backed-up": known},
    )
    return world.store.put(resource, at=_since(world), by=AZURE)


def back_up_workload(world: World, vault: Resource, known: Workload) -> Resource:
    """Let a vault back a database or a share up, and return the protected item; it can be read, not restored."""
    container, item = workloads.names(known)
    resource = Resource(
        id=f"{vault.id}/backupFabrics/Azure/protectionContainers/{container}/protectedItems/{item}",
        type=addresses.BACKUP_ITEM_TYPE,
        location=vault.location,
        hidden={"workload": known},
    )
    return world.store.put(resource, at=_since(world), by=AZURE)


def pair_regions(world: World, vault: Resource, *regions: str) -> None:
    """Give a vault a fabric and a container for each region that it replicates between."""
    for region in regions:
        for resource in build_fabric(vault.id, vault.location, region):
            world.store.put(resource, at=_since(world), by=AZURE)


def replicate(world: World, vault: Resource, machine: Resource, recovery: Place) -> Resource:
    """Let a vault replicate a machine to a place, for some weeks already, and return the replicated item."""
    fabric = fabric_name(machine.location)
    known = Replicated(
        original=remember(world, machine),
        recovery=recovery,
        home=place_of(world, machine),
        policy_name=REPLICATION_POLICY,
        since=_since(world),
    )
    resource = Resource(
        id=(
            f"{vault.id}/replicationFabrics/{fabric}/replicationProtectionContainers/{fabric}-container"
            f"/replicationProtectedItems/{machine.name}"
        ),
        type=addresses.REPLICATED_ITEM_TYPE,
        location=vault.location,
        hidden={"replicated": known},
    )
    return world.store.put(resource, at=_since(world), by=AZURE)


def _since(world: World) -> datetime:
    return world.now() - _STANDING_FOR
