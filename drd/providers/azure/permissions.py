"""Which ARM operations each method of each capability needs: the table from which actions declare theirs.

Actions cannot import this room; they repeat what they need, and a test holds the requests that leave against the table.
`Microsoft.Resources/subscriptions/operationresults/read` and the like belong to following an operation.
"""

from collections.abc import Mapping

_VAULT = "Microsoft.RecoveryServices/vaults"
_LOCATION = "Microsoft.RecoveryServices/locations"
_BACKUP_ITEM = f"{_VAULT}/backupFabrics/protectionContainers/protectedItems"
_REPLICATED = f"{_VAULT}/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
_PLAN = f"{_VAULT}/replicationRecoveryPlans"
_GROUP = "Microsoft.Resources/subscriptions/resourceGroups"
_MACHINE = "Microsoft.Compute/virtualMachines"
_DESKTOP = "Microsoft.DesktopVirtualization"
_SESSION_HOST = f"{_DESKTOP}/hostpools/sessionhosts"

PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "vaults.list": (f"{_VAULT}/read",),
    "vaults.get": (f"{_VAULT}/read",),
    "backups.items": (f"{_VAULT}/backupProtectedItems/read",),
    "backups.points": (f"{_BACKUP_ITEM}/recoveryPoints/read",),
    "backups.jobs": (f"{_VAULT}/backupJobs/read",),
    "backups.restore_disks": (
        f"{_BACKUP_ITEM}/recoveryPoints/restore/action",
        f"{_GROUP}/read",
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.Compute/disks/write",
    ),
    "backups.restore_machine": (
        f"{_BACKUP_ITEM}/recoveryPoints/restore/action",
        f"{_GROUP}/read",
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.Compute/disks/write",
        f"{_MACHINE}/write",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ),
    "backups.replace_disks": (
        f"{_BACKUP_ITEM}/recoveryPoints/restore/action",
        "Microsoft.Storage/storageAccounts/read",
        f"{_MACHINE}/write",
    ),
    "backups.find_restore": (f"{_VAULT}/backupJobs/read",),
    "backups.follow": (f"{_BACKUP_ITEM}/operationsStatus/read", f"{_VAULT}/backupJobs/read"),
    "cross-region-backups.items": (f"{_VAULT}/backupProtectedItems/read",),
    "cross-region-backups.points": (f"{_BACKUP_ITEM}/recoveryPoints/read",),
    "cross-region-backups.restore_disks": (
        f"{_LOCATION}/backupAadProperties/read",
        f"{_BACKUP_ITEM}/recoveryPoints/accessToken/action",
        f"{_LOCATION}/backupCrossRegionRestore/action",
        f"{_GROUP}/read",
        "Microsoft.Storage/storageAccounts/read",
        "Microsoft.Compute/disks/write",
    ),
    "cross-region-backups.find_restore": (f"{_LOCATION}/backupCrrJobs/action", f"{_LOCATION}/backupCrrJob/action"),
    "cross-region-backups.follow": (
        f"{_LOCATION}/backupCrrOperationsStatus/read",
        f"{_LOCATION}/backupCrrJobs/action",
        f"{_LOCATION}/backupCrrJob/action",
    ),
    "replication.items": (f"{_VAULT}/replicationProtectedItems/read", f"{_REPLICATED}/read"),
    "replication.item": (f"{_VAULT}/replicationProtectedItems/read", f"{_REPLICATED}/read"),
    "replication.points": (f"{_REPLICATED}/recoveryPoints/read",),
    "replication.fail_over": (f"{_REPLICATED}/unplannedFailover/action",),
    "replication.commit": (f"{_REPLICATED}/failoverCommit/action",),
    "replication.switch_protection": (
        f"{_VAULT}/replicationFabrics/replicationProtectionContainers/switchprotection/action",
    ),
    "replication.cancel_failover": (f"{_REPLICATED}/failoverCancel/action",),
    "replication.test_fail_over": (
        f"{_REPLICATED}/testFailover/action",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ),
    "replication.clean_up_test": (f"{_REPLICATED}/testFailoverCleanup/action",),
    "replication.find": (f"{_VAULT}/replicationJobs/read",),
    "replication.follow": (f"{_VAULT}/replicationOperationStatus/read", f"{_VAULT}/replicationJobs/read"),
    "recovery-plans.get": (f"{_PLAN}/read",),
    "recovery-plans.test_fail_over": (
        f"{_PLAN}/testFailover/action",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ),
    "recovery-plans.clean_up_test": (f"{_PLAN}/testFailoverCleanup/action",),
    "recovery-plans.fail_over": (f"{_PLAN}/unplannedFailover/action",),
    "recovery-plans.commit": (f"{_PLAN}/failoverCommit/action",),
    "recovery-plans.cancel_failover": (f"{_PLAN}/failoverCancel/action",),
    "recovery-plans.reprotect": (f"{_PLAN}/reProtect/action",),
    "recovery-plans.resume": (f"{_VAULT}/replicationJobs/resume/action",),
    "recovery-plans.find": (f"{_VAULT}/replicationJobs/read",),
    "recovery-plans.follow": (f"{_VAULT}/replicationJobs/read",),
    "machines.get": (f"{_MACHINE}/read", f"{_MACHINE}/instanceView/read"),
    "machines.create": (
        f"{_MACHINE}/write",
        "Microsoft.Compute/disks/write",
        "Microsoft.Network/networkInterfaces/join/action",
    ),
    "machines.start": (f"{_MACHINE}/start/action",),
    "machines.deallocate": (f"{_MACHINE}/deallocate/action",),
    "machines.delete": (f"{_MACHINE}/delete",),
    "machines.disks": ("Microsoft.Compute/disks/read",),
    "machines.run_script": (f"{_MACHINE}/runCommands/write", f"{_MACHINE}/runCommands/read"),
    "machines.script": (f"{_MACHINE}/runCommands/read",),
    "machines.follow": ("Microsoft.Compute/locations/operations/read", f"{_MACHINE}/read"),
    "capacity.quotas": ("Microsoft.Compute/locations/usages/read",),
    "capacity.sizes": ("Microsoft.Compute/skus/read",),
    "capacity.reservations": ("Microsoft.Compute/capacityReservationGroups/capacityReservations/read",),
    "capacity.reservation": ("Microsoft.Compute/capacityReservationGroups/capacityReservations/read",),
    "capacity.reserve": ("Microsoft.Compute/capacityReservationGroups/capacityReservations/write",),
    "capacity.follow": ("Microsoft.Compute/locations/operations/read",),
    "snapshots.get": ("Microsoft.Compute/snapshots/read",),
    "snapshots.points": ("Microsoft.Compute/snapshots/read",),
    "snapshots.disk": ("Microsoft.Compute/disks/read",),
    "snapshots.take": ("Microsoft.Compute/snapshots/write", "Microsoft.Compute/disks/beginGetAccess/action"),
    "snapshots.copy": ("Microsoft.Compute/snapshots/write", "Microsoft.Compute/snapshots/beginGetAccess/action"),
    "snapshots.make_disk": ("Microsoft.Compute/disks/write", "Microsoft.Compute/snapshots/beginGetAccess/action"),
    "snapshots.follow": ("Microsoft.Compute/locations/diskOperations/read",),
    "networks.facts": (
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
        "Microsoft.Network/networkSecurityGroups/read",
    ),
    "networks.interface": ("Microsoft.Network/networkInterfaces/read",),
    "networks.create_interface": (
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ),
    "networks.follow": (
        "Microsoft.Network/locations/operations/read",
        "Microsoft.Network/networkInterfaces/read",
    ),
    "records.get": (
        "Microsoft.Network/dnsZones/A/read",
        "Microsoft.Network/dnsZones/CNAME/read",
        "Microsoft.Network/privateDnsZones/A/read",
        "Microsoft.Network/privateDnsZones/CNAME/read",
    ),
    "records.put": (
        "Microsoft.Network/dnsZones/A/write",
        "Microsoft.Network/dnsZones/CNAME/write",
        "Microsoft.Network/privateDnsZones/A/write",
        "Microsoft.Network/privateDnsZones/CNAME/write",
    ),
    "traffic.profile": ("Microsoft.Network/trafficManagerProfiles/read",),
    "traffic.switch": (
        "Microsoft.Network/trafficManagerProfiles/externalEndpoints/write",
        "Microsoft.Network/trafficManagerProfiles/azureEndpoints/write",
        "Microsoft.Network/trafficManagerProfiles/nestedEndpoints/write",
    ),
    "fences.barriers": ("Microsoft.Network/networkSecurityGroups/read",),
    "fences.put": ("Microsoft.Network/networkSecurityGroups/securityRules/write",),
    "fences.remove": ("Microsoft.Network/networkSecurityGroups/securityRules/delete",),
    "fences.follow": (
        "Microsoft.Network/locations/operations/read",
        "Microsoft.Network/networkSecurityGroups/securityRules/read",
    ),
    "groups.get": (f"{_GROUP}/read",),
    "groups.create": (f"{_GROUP}/write",),
    "groups.tag": (f"{_GROUP}/read", f"{_GROUP}/write"),
    "groups.delete": (f"{_GROUP}/delete",),
    "groups.list": (f"{_GROUP}/read",),
    "groups.resources": ("Microsoft.Resources/subscriptions/resources/read", f"{_GROUP}/resources/read"),
    "groups.tagged": ("Microsoft.Resources/subscriptions/resources/read",),
    "desktops.pools": (f"{_DESKTOP}/hostpools/read",),
    "desktops.pool": (f"{_DESKTOP}/hostpools/read",),
    "desktops.create_pool": (f"{_DESKTOP}/hostpools/write",),
    "desktops.open_registration": (f"{_DESKTOP}/hostpools/write",),
    "desktops.hosts": (f"{_SESSION_HOST}/read",),
    "desktops.host": (f"{_SESSION_HOST}/read",),
    "desktops.drain": (f"{_SESSION_HOST}/write",),
    "desktops.sessions": (f"{_SESSION_HOST}/usersessions/read",),
    "desktops.send_message": (f"{_SESSION_HOST}/usersessions/sendMessage/action",),
    "desktops.log_off": (f"{_SESSION_HOST}/usersessions/delete",),
    "desktops.workspace": (f"{_DESKTOP}/workspaces/read",),
    "desktops.publish": (f"{_DESKTOP}/workspaces/write",),
    "desktops.create_host": (
        f"{_DESKTOP}/hostpools/retrieveRegistrationToken/action",
        "Microsoft.Resources/deployments/write",
        "Microsoft.Compute/galleries/images/read",
        "Microsoft.Compute/galleries/images/versions/read",
        f"{_MACHINE}/write",
        f"{_MACHINE}/extensions/write",
        "Microsoft.Compute/disks/write",
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/networkInterfaces/join/action",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
    ),
    "desktops.creation": ("Microsoft.Resources/deployments/read",),
    "desktops.follow": ("Microsoft.Resources/deployments/read",),
    "rights.held": ("Microsoft.Authorization/permissions/read",),
    "rights.registered": ("Microsoft.Resources/subscriptions/providers/read",),
    "groups.follow": ("Microsoft.Resources/subscriptions/operationresults/read", f"{_GROUP}/read"),
}
"""By capability and method, the ARM operations that the identity's role must hold. They compare without case."""
