"""The paths of Microsoft.RecoveryServices, as route templates and as ids."""

import hashlib

from drd.sandbox.arm import fold

SUBSCRIPTION = "/subscriptions/{subscription}"
VAULT = SUBSCRIPTION + "/resourceGroups/{group}/providers/Microsoft.RecoveryServices/vaults/{vault}"
LOCATION = SUBSCRIPTION + "/providers/Microsoft.RecoveryServices/locations/{location}"
BACKUP_ITEM = VAULT + "/backupFabrics/{fabric}/protectionContainers/{container}/protectedItems/{item}"
REPLICATED_ITEM = (
    VAULT + "/replicationFabrics/{fabric}/replicationProtectionContainers/{container}/replicationProtectedItems/{item}"
)
RECOVERY_PLAN = VAULT + "/replicationRecoveryPlans/{plan}"
REPLICATION_JOB = VAULT + "/replicationJobs/{job}"

VAULT_TYPE = "Microsoft.RecoveryServices/vaults"
BACKUP_ITEM_TYPE = VAULT_TYPE + "/backupFabrics/protectionContainers/protectedItems"
BACKUP_POINT_TYPE = BACKUP_ITEM_TYPE + "/recoveryPoints"
BACKUP_POLICY_TYPE = VAULT_TYPE + "/backupPolicies"
BACKUP_JOB_TYPE = VAULT_TYPE + "/backupJobs"
FABRIC_TYPE = VAULT_TYPE + "/replicationFabrics"
CONTAINER_TYPE = FABRIC_TYPE + "/replicationProtectionContainers"
REPLICATED_ITEM_TYPE = CONTAINER_TYPE + "/replicationProtectedItems"
REPLICATION_POINT_TYPE = REPLICATED_ITEM_TYPE + "/recoveryPoints"
RECOVERY_PLAN_TYPE = VAULT_TYPE + "/replicationRecoveryPlans"
REPLICATION_JOB_TYPE = VAULT_TYPE + "/replicationJobs"

_VAULT_PARTS = 9


def vault_of(arm_id: str) -> str:
    """Return the id of the vault that an id lies under, in the casing of that id."""
    return "/".join(arm_id.split("/")[:_VAULT_PARTS])


def shouted(arm_id: str) -> str:
    """Return an id as Site Recovery spells its own: `/Subscriptions/` with a capital."""
    head, _, rest = arm_id.partition("/subscriptions/")
    return f"/Subscriptions/{rest}" if not head and rest else arm_id


def lowered(arm_id: str) -> str:
    """Return an id as Site Recovery spells those of machines and disks: all in lower case."""
    return fold(arm_id)


def data_id(arm_id: str) -> str:
    """Return the number that Azure Backup gives the data of an item, in text."""
    return str(int.from_bytes(hashlib.sha256(fold(arm_id).encode()).digest()[:7], "big"))


def backup_names(group: str, machine: str) -> tuple[str, str]:
    """Return the names that Azure Backup gives a machine's container and protected item."""
    tail = f"iaasvmcontainerv2;{group.lower()};{machine.lower()}"
    return f"IaasVMContainer;{tail}", f"VM;{tail}"
