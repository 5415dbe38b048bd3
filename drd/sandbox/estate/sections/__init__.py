"""The sections of an estate's file, in the order in which they are planted. A new one: its file, and a line here."""

from drd.sandbox.estate.section import Section
from drd.sandbox.estate.sections import (
    accounts,
    backed_up_workloads,
    backup_policies,
    backups,
    galleries,
    groups,
    host_pools,
    identities,
    machines,
    networks,
    peerings,
    recovery_plans,
    replication,
    security_groups,
    vaults,
    workspaces,
    zones,
)

SECTIONS: tuple[Section, ...] = (
    groups.SECTION,
    identities.SECTION,
    security_groups.SECTION,
    networks.SECTION,
    peerings.SECTION,
    machines.SECTION,
    zones.SECTION,
    accounts.SECTION,
    vaults.SECTION,
    backup_policies.SECTION,
    backups.SECTION,
    backed_up_workloads.SECTION,
    replication.SECTION,
    recovery_plans.SECTION,
    galleries.SECTION,
    host_pools.SECTION,
    workspaces.SECTION,
)
