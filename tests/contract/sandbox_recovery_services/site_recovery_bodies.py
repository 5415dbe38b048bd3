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


THERE = (*VAULT, "asr-a2a-northeurope", "asr-a2a-northeurope-container")


def away(machine: str) -> tuple[str, ...]:
    """Give the path of an item whose protection was switched."""
    return (*THERE, machine)


async def item_there(azure: Any, machine: str) -> Any:
    """Give the properties of an item whose protection was switched."""
    return (await azure.site_recovery.replication_protected_items.get(*away(machine))).properties


async def fail_over_and_commit(azure: Any, machine: str) -> None:
    """Fail over to the recovery region, for good."""
    await azure.move("unplanned_failover", machine, FAILOVER)
    await azure.move("failover_commit", machine)


async def switch(azure: Any, machine: str, *, back: bool = False) -> None:
    """Turn the direction of an item's replication round, and wait until the switch is done."""
    here = THERE if back else ITEM
    container = f"{ROOT}/{VAULT[0]}/providers/Microsoft.RecoveryServices/vaults/{VAULT[1]}"
    container += f"/replicationFabrics/{here[2]}/replicationProtectionContainers/{here[3]}"
    details = {"instanceType": "A2A", "recoveryContainerId": container}
    body = {"properties": {"replicationProtectedItemName": machine, "providerSpecificDetails": details}}
    poller = await azure.site_recovery.replication_protection_containers.begin_switch_protection(
        *here, body, polling=azure.polling()
    )
    await poller.result()
