"""A vault's settings as Azure Backup keeps them: soft delete, redundancy and encryption, each in its own resource."""

from drd.sandbox.call import Call
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer


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
    vault = vault_in_path(call)
    key = vault.properties.get("encryption", {}).get("keyVaultProperties", {}).get("keyUri")
    properties = {
        "useSystemAssignedIdentity": True,
        "encryptionAtRestType": "CustomerManaged" if key else "MicrosoftManaged",
        "lastUpdateStatus": "Succeeded" if key else "NotEnabled",
        "infrastructureEncryptionState": "Disabled",
        **({"keyUri": key} if key else {}),
    }
    return answer(200, _part(vault, "backupEncryptionConfigs", "backupResourceEncryptionConfig", properties))


def _part(vault: Resource, collection: str, name: str, properties: JsonObject) -> JsonObject:
    kind = f"{addresses.VAULT_TYPE}/{collection}"
    return {"id": f"{vault.id}/{collection}/{name}", "name": name, "type": kind, "properties": properties}


ROUTES = tuple(
    Route(
        method="GET",
        template=f"{addresses.VAULT}/{collection}/{name}",
        handler=handler,
        operation=f"Microsoft.RecoveryServices/vaults/{collection}/read",
        regions=vault_region,
    )
    for collection, name, handler in (
        ("backupconfig", "vaultconfig", vault_config),
        ("backupstorageconfig", "vaultstorageconfig", storage_config),
        ("backupEncryptionConfigs", "backupResourceEncryptionConfig", encryption_config),
    )
)
"""Where the settings are read."""
