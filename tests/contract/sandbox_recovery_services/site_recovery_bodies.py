"""Where things stand in the sample estate, and the bodies that Site Recovery is sent."""

from typing import Any

VAULT = ("rg-recovery-neu", "rsv-neu")
ITEM = (*VAULT, "asr-a2a-westeurope", "asr-a2a-westeurope-container")
ROOT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups"
DRILL = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-drill-neu"
VM, NIC, DISK = (
    "Microsoft.Compute/virtualMachines",
    "Microsoft.Network/networkInterfaces",
    "Microsoft.Compute/disks",
)
FAILOVER = {
    "failoverDirection": "PrimaryToRecovery",
    "sourceSiteOperations": "NotRequired",
    "providerSpecificDetails": {"instanceType": "A2A"},
}
TEST = {
    "failoverDirection": "PrimaryToRecovery",
    "networkType": "VmNetworkAsInput",
    "networkId": DRILL,
    "providerSpecificDetails": {"instanceType": "A2A", "recoveryPointId": None},
}


async def jobs_of(azure: Any, wanted: str | None = None) -> list[Any]:
    """Give the vault's jobs."""
    return [job async for job in azure.site_recovery.replication_jobs.list(*VAULT, filter=wanted)]
