"""Microsoft.RecoveryServices of the sandbox: vaults, Azure Backup and Azure Site Recovery.

Answers on the wire as the real service does, its misleading sides included. The points that exist, the states an item
walks through and the tasks of a job are pure functions and tables in files of their own; the rest turns them into ARM.

May import: the standard library, the sandbox's kernel, and of the other providers only what a disk, a machine and an
interface are. Knows nothing else of drd.
"""

from drd.sandbox.recovery_services import (
    backup_items,
    backup_jobs,
    backup_now,
    backup_operations,
    backup_points,
    containers,
    cross_region,
    fabrics,
    failover,
    guard,
    item_level,
    plan_failover,
    recovery_plans,
    replicated_items,
    replication_events,
    replication_job_verbs,
    replication_jobs,
    replication_operations,
    replication_policies,
    restore,
    switch_protection,
    validate,
    vault_config,
    vault_usage,
    vaults,
)
from drd.sandbox.router import Route

ROUTES: tuple[Route, ...] = (
    *vaults.ROUTES,
    *vault_config.ROUTES,
    *vault_usage.ROUTES,
    *guard.ROUTES,
    *containers.ROUTES,
    *backup_items.ROUTES,
    *backup_points.ROUTES,
    *backup_now.ROUTES,
    *validate.ROUTES,
    *item_level.ROUTES,
    *backup_jobs.ROUTES,
    *backup_operations.ROUTES,
    *restore.ROUTES,
    *cross_region.ROUTES,
    *fabrics.ROUTES,
    *replicated_items.ROUTES,
    *replication_jobs.ROUTES,
    *replication_operations.ROUTES,
    *failover.ROUTES,
    *switch_protection.ROUTES,
    *recovery_plans.ROUTES,
    *plan_failover.ROUTES,
    *replication_job_verbs.ROUTES,
    *replication_policies.ROUTES,
    *replication_events.ROUTES,
)
"""Every address of Microsoft.RecoveryServices."""
