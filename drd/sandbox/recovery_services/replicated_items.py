"""Replicated items on the wire, with their recovery points and the vault's health."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page, page_of
from drd.sandbox.recovery_services import addresses, chance
from drd.sandbox.recovery_services.machines import DiskImage
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replicated import (
    Replicated,
    health,
    history,
    item_in_path,
    points,
    replicated,
)
from drd.sandbox.recovery_services.replication_lifecycle import STATES, Stage
from drd.sandbox.recovery_services.replication_schedule import ReplicationPoint
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

NO_INSTANT = "1753-01-01T01:01:01Z"
"""What Site Recovery writes for an instant that there is none of."""

_CALCULATES = {Stage.PROTECTED, Stage.TESTING, Stage.TESTED, Stage.CLEANING, Stage.FAILING_OVER, Stage.CHANGING_POINT}
"""Stages in which the service shows an RPO; it is null before Protected and after a failover."""
_RESYNC = timedelta(minutes=51)
_AGENT_LIFE = timedelta(days=300)
_HEARTBEAT = timedelta(seconds=40)


def list_items(call: Call) -> Response:
    """List the vault's replicated items."""
    vault = vault_in_path(call)
    items = call.world.store.each(addresses.REPLICATED_ITEM_TYPE, under=vault.id)
    return page_of(call, items, lambda item: item_body(call, item))


def list_container(call: Call) -> Response:
    """List the replicated items of one container."""
    vault_in_path(call)
    container = addresses.REPLICATED_ITEM.rsplit("/replicationProtectedItems/", 1)[0].format(**call.params)
    items = call.world.store.each(addresses.REPLICATED_ITEM_TYPE, under=container)
    return page_of(call, items, lambda item: item_body(call, item))


def get_item(call: Call) -> Response:
    """Answer one replicated item."""
    return answer(200, item_body(call, item_in_path(call)))


def list_points(call: Call) -> Response:
    """List the recovery points of an item."""
    item = item_in_path(call)
    return page(call, [_point(item, one) for one in points(call.world, item, call.now)])


def get_point(call: Call) -> Response:
    """Answer one recovery point of an item."""
    item = item_in_path(call)
    found = next((one for one in points(call.world, item, call.now) if one.name == call.params["point"]), None)
    if found is None:
        message = f"The recovery point '{call.params['point']}' was not found or has been pruned."
        raise ArmError(404, "RecoveryPointNotFound", message)
    return answer(200, _point(item, found))


def vault_health(call: Call) -> Response:
    """Answer the vault's health, counted over its items."""
    vault = vault_in_path(call)
    items = list(call.world.store.each(addresses.REPLICATED_ITEM_TYPE, under=vault.id))
    healths = {item.name: health(call.world, item, call.now) for item in items}
    counts = dict(Counter(healths.values()))
    issues = _issues([name for name, one in healths.items() if one != "Normal"])
    protected = {"resourceCount": len(items), "issues": issues, "categorizedResourceCounts": counts}
    two = {"resourceCount": 2, "issues": [], "categorizedResourceCounts": {"Normal": 2}}
    properties = {
        "vaultErrors": [],
        "protectedItemsHealth": protected,
        "fabricsHealth": two,
        "containersHealth": two,
    }
    kind = f"{addresses.VAULT_TYPE}/replicationVaultHealth"
    own = f"{addresses.shouted(vault.id)}/replicationVaultHealth/Default"
    return answer(200, {"id": own, "name": "Default", "type": kind, "properties": properties})


def item_body(call: Call, item: Resource) -> JsonObject:
    """Return the wire form of a replicated item."""
    known, state = replicated(item), STATES[replicated(item).stage]
    own, vault = addresses.shouted(item.id), addresses.shouted(addresses.vault_of(item.id))
    fabric, recovery_fabric = own.split("/")[10], f"asr-a2a-{known.recovery.region}"
    condition = health(call.world, item, call.now)
    errors = [] if condition == "Normal" else [_no_data(known, condition)]
    properties: JsonObject = {
        "friendlyName": known.original.name,
        "protectedItemType": "AzureVmV2Entity",
        "protectableItemId": None,
        "recoveryServicesProviderId": None,
        "primaryFabricFriendlyName": known.original.location,
        "primaryFabricProvider": "AzureFabric",
        "recoveryFabricFriendlyName": known.recovery.region,
        "recoveryFabricId": f"{vault}/replicationFabrics/{recovery_fabric}",
        "primaryProtectionContainerFriendlyName": f"{fabric}-container",
        "recoveryProtectionContainerFriendlyName": f"{recovery_fabric}-container",
        "protectionState": state.protection_state,
        "protectionStateDescription": state.protection_description,
        "activeLocation": state.active_location,
        "testFailoverState": state.test_failover_state,
        "testFailoverStateDescription": state.test_failover_description,
        "switchProviderState": "None",
        "switchProviderStateDescription": "None",
        "allowedOperations": list(state.allowed),
        "replicationHealth": condition,
        # Replication may be ill while a failover to the last point stays possible.
        "failoverHealth": "Normal",
        "healthErrors": errors,
        "policyId": f"{vault}/replicationPolicies/{known.policy_name}",
        "policyFriendlyName": known.policy_name,
        "lastSuccessfulFailoverTime": instant_text(known.last_failover_at) if known.last_failover_at else None,
        "lastSuccessfulTestFailoverTime": instant_text(known.last_test_at) if known.last_test_at else None,
        "currentScenario": _scenario(vault, known),
        "failoverRecoveryPointId": f"{own}/recoveryPoints/{known.point.name}" if known.point else None,
        "providerSpecificDetails": _details(call, item, known),
        "recoveryContainerId": (
            f"{vault}/replicationFabrics/{recovery_fabric}/replicationProtectionContainers/{recovery_fabric}-container"
        ),
        "eventCorrelationId": chance.name(str(call.world.seed), item.key, "events"),
    }
    return {"id": own, "name": item.name, "type": item.type, "properties": properties}


def _issues(ill: list[str]) -> list[JsonObject]:
    if not ill:
        return []
    issue: JsonObject = {
        "summaryCode": "153006",
        "category": "Replication",
        "severity": "Error",
        "summaryMessage": "No crash-consistent recovery point for some time",
        "affectedResourceType": "ReplicationProtectedItem",
        "affectedResourceSubtype": "A2A",
        "affectedResourceCorrelationIds": ill,
    }
    return [issue]


def _scenario(vault: str, known: Replicated) -> JsonObject:
    if not known.job:
        return {"scenarioName": "None", "jobId": f"{vault}/replicationJobs/None", "startTime": NO_INSTANT}
    start = instant_text(known.moved_at) if known.moved_at else NO_INSTANT
    return {"scenarioName": known.scenario, "jobId": f"{vault}/replicationJobs/{known.job}", "startTime": start}


def _details(call: Call, item: Resource, known: Replicated) -> JsonObject:
    original, recovery = known.original, known.recovery
    reading = history(call.world, item).rpo(call.now) if known.stage in _CALCULATES else None
    began_in = known.began_in or original.location
    frozen = call.world.regions.lost_at(original.location) or call.now
    return {
        "instanceType": "A2A",
        "fabricObjectId": addresses.lowered(original.id),
        "initialPrimaryFabricLocation": began_in,
        "initialRecoveryFabricLocation": recovery.region if began_in == original.location else original.location,
        "primaryFabricLocation": original.location,
        "recoveryFabricLocation": recovery.region,
        "multiVmGroupId": chance.name(str(call.world.seed), item.key, "group"),
        "multiVmGroupName": chance.name(str(call.world.seed), item.key, "group"),
        "multiVmGroupCreateOption": "AutoCreated",
        "managementId": chance.name(str(call.world.seed), item.key, "management"),
        "lifecycleId": chance.name(str(call.world.seed), item.key, "lifecycle"),
        "osType": original.os_type,
        "recoveryAzureVMSize": original.size,
        "recoveryAzureVMName": original.name,
        "recoveryAzureResourceGroupId": recovery.group_id,
        "recoveryCloudService": "",
        "recoveryAvailabilitySet": "",
        "recoveryCapacityReservationGroupId": "",
        "recoveryFabricObjectId": known.machine_id or None,
        "selectedRecoveryAzureNetworkId": recovery.network_id,
        "selectedTfoAzureNetworkId": known.test_network_id or None,
        "tfoAzureVMName": f"{original.name}-test",
        "testFailoverRecoveryFabricObjectId": known.test_machine_id or None,
        "vmNics": [_nic(call, item, known)],
        "protectedManagedDisks": [_disk(known, image, call.now) for image in original.disks],
        "protectedDisks": [],
        "unprotectedDisks": [],
        "vmProtectionState": STATES[known.stage].protection_state,
        "vmProtectionStateDescription": STATES[known.stage].protection_description,
        "agentVersion": "9.63.7187.1",
        "agentExpiryDate": instant_text(known.since + _AGENT_LIFE),
        "isReplicationAgentUpdateRequired": False,
        "isReplicationAgentCertificateUpdateRequired": False,
        "lastHeartbeat": instant_text(min(call.now, frozen) - _HEARTBEAT),
        "rpoInSeconds": reading.seconds if reading else None,
        "lastRpoCalculatedTime": instant_text(reading.calculated_at) if reading else None,
        "vmEncryptionType": "NotEncrypted",
        "autoProtectionOfDataDisk": "Disabled",
        "churnOptionSelected": "Normal",
    }


def _nic(call: Call, item: Resource, known: Replicated) -> JsonObject:
    original, recovery = known.original, known.recovery
    group = original.id.rsplit("/providers/", 1)[0]
    config: JsonObject = {
        "name": "ipconfig1",
        "isPrimary": True,
        "ipAddressType": "Static",
        "recoverySubnetName": recovery.subnet,
        "recoveryStaticIPAddress": recovery.address,
        "recoveryIPAddressType": "Static",
        "isSeletedForFailover": True,
        "tfoSubnetName": recovery.subnet,
    }
    return {
        "nicId": chance.name(str(call.world.seed), item.key, "nic"),
        "sourceNicArmId": addresses.lowered(
            f"{group}/providers/Microsoft.Network/networkInterfaces/{original.name}-nic"
        ),
        "recoveryVMNetworkId": recovery.network_id,
        "recoveryNicName": f"{original.name}-nic",
        "recoveryNicResourceGroupName": recovery.group_id.rsplit("/", 1)[-1],
        "reuseExistingNic": False,
        "selectionType": "SelectedByUser",
        "enableAcceleratedNetworkingOnRecovery": False,
        "tfoVMNetworkId": known.test_network_id or None,
        "tfoRecoveryNicName": f"{original.name}-test-nic",
        "ipConfigs": [config],
    }


def _disk(known: Replicated, image: DiskImage, now: datetime) -> dict[str, Any]:
    group = known.recovery.group_id
    synchronizes = known.stage is Stage.REPLICATING
    done = min(99, int((now - known.since) * 100 / _RESYNC)) if synchronizes else None
    return {
        "diskId": addresses.lowered(image.id),
        "diskName": image.name,
        "diskCapacityInBytes": image.size_bytes,
        "diskType": "OS" if image.os_type else "Data",
        "diskState": "InitialReplicationPending" if synchronizes else "Protected",
        "recoveryResourceGroupId": group,
        "recoveryTargetDiskId": f"{group}/providers/Microsoft.Compute/disks/{image.name}",
        "recoveryReplicaDiskId": f"{group}/providers/Microsoft.Compute/disks/{image.name}-ASRReplica",
        "recoveryReplicaDiskAccountType": "StandardSSD_LRS",
        "recoveryTargetDiskAccountType": "StandardSSD_LRS",
        "resyncRequired": False,
        "monitoringPercentageCompletion": done,
        "monitoringJobType": "InitialReplication" if synchronizes else None,
        "dataPendingInStagingStorageAccountInMB": 0.0,
        "dataPendingAtSourceAgentInMB": 0.0,
        "allowedDiskLevelOperation": [],
        "isDiskEncrypted": False,
        "failoverDiskName": image.name,
        "tfoDiskName": f"{image.name}-test",
    }


def _no_data(known: Replicated, level: str) -> JsonObject:
    return {
        "errorSource": "Azure",
        "errorType": "ReplicationError",
        "errorLevel": level,
        "errorCategory": "Replication",
        "errorCode": "153006",
        "summaryMessage": "No crash-consistent recovery point for some time",
        "errorMessage": f"Replication of '{known.original.name}' receives no data from '{known.original.location}'.",
        "possibleCauses": "The machine or its region cannot be reached.",
        "recommendedAction": "Restore the machine's connection, or fail over.",
        "innerHealthErrors": [],
    }


def _point(item: Resource, point: ReplicationPoint) -> JsonObject:
    details = {"instanceType": "A2A", "recoveryPointSyncType": "PerVmRecoveryPoint", "disks": []}
    properties = {
        "recoveryPointTime": instant_text(point.taken_at),
        "recoveryPointType": "AppConsistent" if point.application_consistent else "CrashConsistent",
        "providerSpecificDetails": details,
    }
    return {
        "id": f"{addresses.shouted(item.id)}/recoveryPoints/{point.name}",
        "name": point.name,
        "type": addresses.REPLICATION_POINT_TYPE,
        "properties": properties,
    }


_ITEM_READ = f"{addresses.REPLICATED_ITEM_TYPE}/read"

ROUTES = tuple(
    Route(method="GET", template=template, handler=handler, operation=operation, regions=vault_region)
    for template, handler, operation in (
        (
            addresses.VAULT + "/replicationProtectedItems",
            list_items,
            "Microsoft.RecoveryServices/vaults/replicationProtectedItems/read",
        ),
        (addresses.REPLICATED_ITEM.removesuffix("/{item}"), list_container, _ITEM_READ),
        (addresses.REPLICATED_ITEM, get_item, _ITEM_READ),
        (addresses.REPLICATED_ITEM + "/recoveryPoints", list_points, addresses.REPLICATION_POINT_TYPE + "/read"),
        (addresses.REPLICATED_ITEM + "/recoveryPoints/{point}", get_point, addresses.REPLICATION_POINT_TYPE + "/read"),
        (
            addresses.VAULT + "/replicationVaultHealth",
            vault_health,
            "Microsoft.RecoveryServices/vaults/replicationVaultHealth/read",
        ),
    )
)
"""What a vault tells of replicated items."""
