"""Bodies in the shapes that Azure was seen to answer."""

from typing import Any

from tests.unit.providers.azure.scripted import MACHINE, VAULT

FABRIC = f"{VAULT}/replicationFabrics/f1/replicationProtectionContainers/c1/replicationProtectedItems"


def replicated_item(**properties: Any) -> dict[str, Any]:
    """Give a replicated item, with ids in the mixed casing of Site Recovery."""
    details = {
        "instanceType": "A2A",
        "fabricObjectId": MACHINE.lower(),
        "recoveryAzureVMName": "vm-1",
        "recoveryAzureResourceGroupId": "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-2",
        "tfoAzureVMName": "vm-1-test",
        "rpoInSeconds": 114,
        "lastRpoCalculatedTime": "2026-11-20T08:55:33Z",
    }
    known = {
        "friendlyName": "vm-1",
        "protectionState": "Protected",
        "activeLocation": "Primary",
        "testFailoverState": "None",
        "allowedOperations": ["UnplannedFailover", "TestFailover", "DisableProtection"],
        "currentScenario": {"scenarioName": "None", "jobId": f"{VAULT}/replicationJobs/None"},
        "lastSuccessfulTestFailoverTime": "1753-01-01T01:01:01Z",
        "providerSpecificDetails": details,
    }
    path = f"{FABRIC}/vm-1".replace("/subscriptions/", "/Subscriptions/")
    return {"id": path, "name": "vm-1", "properties": {**known, **properties}}


def backup_item(name: str = "vm-1") -> dict[str, Any]:
    """Give a protected machine; the names of its container and item hold semicolons."""
    tail = f"iaasvmcontainerv2;rg-1;{name}"
    path = f"backupFabrics/Azure/protectionContainers/IaasVMContainer;{tail}/protectedItems/VM;{tail}"
    return {
        "id": f"{VAULT}/{path}".replace("/subscriptions/", "/Subscriptions/"),
        "name": f"VM;{tail}",
        "properties": {
            "protectedItemType": "Microsoft.Compute/virtualMachines",
            "friendlyName": name,
            "sourceResourceId": MACHINE,
            "protectionState": "Protected",
            "lastBackupTime": "0001-01-01T00:00:00",
        },
    }


def backup_job(name: str, *, status: str = "InProgress", group: str = "", **properties: Any) -> dict[str, Any]:
    """Give a restore's job; a running one has no end and tells nothing of its target."""
    bag = {"Target resource group": group, "Recovery point time ": "11/20/2026 1:41:36 AM"} if group else {}
    known = {
        "jobType": "AzureIaaSVMJob",
        "operation": "Restore",
        "status": status,
        "entityFriendlyName": "vm-1",
        "startTime": "2026-11-20T09:00:05Z",
        "endTime": "0001-01-01T00:00:00" if status == "InProgress" else "2026-11-20T09:03:09Z",
        "extendedInfo": {"propertyBag": bag},
    }
    return {"id": f"{VAULT}/backupJobs/{name}", "name": name, "properties": {**known, **properties}}


def replication_job(name: str = "job-1", **properties: Any) -> dict[str, Any]:
    """Give a job of Site Recovery."""
    known = {
        "scenarioName": "UnplannedFailover",
        "state": "InProgress",
        "targetObjectId": "vm-1",
        "targetObjectName": "vm-1",
        "startTime": "2026-11-20T09:00:02Z",
        "endTime": None,
        "errors": [],
    }
    return {"id": f"{VAULT}/replicationJobs/{name}", "name": name, "properties": {**known, **properties}}
