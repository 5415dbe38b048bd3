"""Recovery Services vaults and their posture: what protects the copies themselves."""

from drd.sandbox.call import Call
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_items import backed_up
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

PLAIN_PROPERTIES: JsonObject = {
    "provisioningState": "Succeeded",
    "privateEndpointStateForBackup": "None",
    "privateEndpointStateForSiteRecovery": "None",
}
"""All that a vault shows that was made before the posture fields existed and has not been touched since."""


def posture(*, redundancy: str = "GeoRedundant", cross_region_restore: bool = False) -> JsonObject:
    """Return the properties of a well kept vault: unlocked immutability, soft delete that cannot be switched off."""
    return {
        **PLAIN_PROPERTIES,
        "publicNetworkAccess": "Enabled",
        "backupStorageVersion": "V2",
        "monitoringSettings": {
            "azureMonitorAlertSettings": {
                "alertsForAllJobFailures": "Enabled",
                "alertsForAllReplicationIssues": "Enabled",
                "alertsForAllFailoverIssues": "Enabled",
            },
            "classicAlertSettings": {
                "alertsForCriticalOperations": "Disabled",
                "emailNotificationsForSiteRecovery": "Disabled",
            },
        },
        "securitySettings": {
            "immutabilitySettings": {"state": "Unlocked"},
            "softDeleteSettings": {
                "softDeleteRetentionPeriodInDays": 14,
                "softDeleteState": "AlwaysON",
                "enhancedSecurityState": "AlwaysON",
            },
            "multiUserAuthorization": "Disabled",
            "sourceScanConfiguration": {"state": "Disabled"},
        },
        "redundancySettings": {
            "standardTierStorageRedundancy": redundancy,
            "crossRegionRestore": "Enabled" if cross_region_restore else "Disabled",
        },
        "restoreSettings": {"crossSubscriptionRestoreSettings": {"crossSubscriptionRestoreState": "Enabled"}},
        "secureScore": "Adequate",
        "bcdrSecurityLevel": "Excellent" if cross_region_restore else "Good",
    }


def build_vault(arm_id: str, location: str, properties: JsonObject) -> Resource:
    """Return a vault."""
    return Resource(
        id=arm_id,
        type=addresses.VAULT_TYPE,
        location=location,
        properties=properties,
        top={"sku": {"name": "RS0", "tier": "Standard"}},
        etag="W/\"datetime'2025-11-03T09%3A25%3A27.6643095Z'\"",
    )


def list_vaults(call: Call) -> Response:
    """List the subscription's vaults that are not in a lost region."""
    vaults = call.world.store.each(addresses.VAULT_TYPE, subscription=call.subscription)
    return page(call, [_body(one) for one in vaults if not call.world.regions.is_lost(one.location, call.now)])


def list_group(call: Call) -> Response:
    """List a group's vaults that are not in a lost region."""
    vaults = call.world.store.each(addresses.VAULT_TYPE, subscription=call.subscription, group=call.group)
    return page(call, [_body(one) for one in vaults if not call.world.regions.is_lost(one.location, call.now)])


def get_vault(call: Call) -> Response:
    """Answer one vault."""
    return answer(200, _body(vault_in_path(call)))


def vault_config(call: Call) -> Response:
    """Answer the vault's soft delete settings as Azure Backup keeps them."""
    vault = vault_in_path(call)
    settings = vault.properties.get("securitySettings", {}).get("softDeleteSettings", {})
    properties = {
        "softDeleteFeatureState": settings.get("softDeleteState", "Enabled"),
        "enhancedSecurityState": settings.get("enhancedSecurityState", "Enabled"),
        "softDeleteRetentionPeriodInDays": settings.get("softDeleteRetentionPeriodInDays", 14),
        "isSoftDeleteFeatureStateEditable": settings.get("softDeleteState") != "AlwaysON",
        "resourceGuardOperationRequests": [],
    }
    return answer(200, _part(vault, "backupconfig", "vaultconfig", properties))


def storage_config(call: Call) -> Response:
    """Answer the vault's redundancy as Azure Backup keeps it."""
    vault = vault_in_path(call)
    redundancy = vault.properties.get("redundancySettings", {})
    kind = redundancy.get("standardTierStorageRedundancy", "GeoRedundant")
    properties = {
        "storageModelType": kind,
        "storageType": kind,
        "storageTypeState": "Locked",
        "crossRegionRestoreFlag": redundancy.get("crossRegionRestore") == "Enabled",
    }
    return answer(200, _part(vault, "backupstorageconfig", "vaultstorageconfig", properties))


def encryption_config(call: Call) -> Response:
    """Answer how the vault is encrypted."""
    properties = {
        "useSystemAssignedIdentity": True,
        "encryptionAtRestType": "MicrosoftManaged",
        "lastUpdateStatus": "NotEnabled",
        "infrastructureEncryptionState": "Disabled",
    }
    vault = vault_in_path(call)
    return answer(200, _part(vault, "backupEncryptionConfigs", "backupResourceEncryptionConfig", properties))


def guard_proxies(call: Call) -> Response:
    """List the resource guards that are attached to the vault: none, so multi-user authorisation is off."""
    vault_in_path(call)
    return page(call, [])


def list_policies(call: Call) -> Response:
    """List the vault's backup policies."""
    vault = vault_in_path(call)
    policies = call.world.store.each(addresses.BACKUP_POLICY_TYPE, under=vault.id)
    return page(call, [_policy(call, one) for one in policies])


def get_policy(call: Call) -> Response:
    """Answer one backup policy."""
    vault = vault_in_path(call)
    return answer(200, _policy(call, call.world.store.require(f"{vault.id}/backupPolicies/{call.params['policy']}")))


def _policy(call: Call, policy: Resource) -> JsonObject:
    vault_id = addresses.vault_of(policy.id)
    items = call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault_id)
    count = sum(backed_up(one).policy_name.lower() == policy.name.lower() for one in items)
    properties = {**policy.properties, "protectedItemsCount": count}
    return {"id": policy.id, "name": policy.name, "type": policy.type, "properties": properties}


def _body(vault: Resource) -> JsonObject:
    return {**vault.wire(), "etag": vault.etag}


def _part(vault: Resource, collection: str, name: str, properties: JsonObject) -> JsonObject:
    kind = f"{addresses.VAULT_TYPE}/{collection}"
    return {"id": f"{vault.id}/{collection}/{name}", "name": name, "type": kind, "properties": properties}


_GROUP_VAULTS = addresses.VAULT.removesuffix("/{vault}")

ROUTES = (
    Route(
        method="GET",
        template=addresses.SUBSCRIPTION + "/providers/Microsoft.RecoveryServices/vaults",
        handler=list_vaults,
        operation="Microsoft.RecoveryServices/vaults/read",
        regions=no_region,
    ),
    Route(
        method="GET",
        template=_GROUP_VAULTS,
        handler=list_group,
        operation="Microsoft.RecoveryServices/vaults/read",
        regions=no_region,
    ),
    *(
        Route(
            method="GET",
            template=addresses.VAULT + path,
            handler=handler,
            operation=f"Microsoft.RecoveryServices/vaults/{action}",
            regions=vault_region,
        )
        for path, handler, action in (
            ("", get_vault, "read"),
            ("/backupconfig/vaultconfig", vault_config, "backupconfig/read"),
            ("/backupstorageconfig/vaultstorageconfig", storage_config, "backupstorageconfig/read"),
            (
                "/backupEncryptionConfigs/backupResourceEncryptionConfig",
                encryption_config,
                "backupEncryptionConfigs/read",
            ),
            ("/backupResourceGuardProxies", guard_proxies, "backupResourceGuardProxies/read"),
            ("/backupPolicies", list_policies, "backupPolicies/read"),
            ("/backupPolicies/{policy}", get_policy, "backupPolicies/read"),
        )
    ),
)
"""What a vault shows of itself."""
