"""Recovery Services vaults and their posture: what protects the copies themselves."""

from drd.sandbox.call import Call
from drd.sandbox.identities import TENANT
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses, chance, workloads
from drd.sandbox.recovery_services.backup_items import backed_up, is_machine
from drd.sandbox.recovery_services.odata import read_filter
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.verdict import verdict
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_POLICY_FILTERS = frozenset({"backupmanagementtype", "workloadtype"})

PLAIN_PROPERTIES: JsonObject = {
    "provisioningState": "Succeeded",
    "privateEndpointStateForBackup": "None",
    "privateEndpointStateForSiteRecovery": "None",
}
"""All that a vault shows that was made before the posture fields existed and has not been touched since."""


def posture(
    *,
    redundancy: str = "GeoRedundant",
    cross_region_restore: bool = False,
    immutability: str = "Unlocked",
    soft_delete: str = "AlwaysON",
    source_scan: bool = True,
) -> JsonObject:
    """Return the properties of a vault, of a well kept one where nothing is said.

    That is: immutability on though not locked, soft delete that cannot be switched off, points scanned for threats.
    """
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
            "immutabilitySettings": {"state": immutability},
            "softDeleteSettings": {
                "softDeleteRetentionPeriodInDays": 14,
                "softDeleteState": soft_delete,
                "enhancedSecurityState": soft_delete,
            },
            "multiUserAuthorization": "Disabled",
            "sourceScanConfiguration": {
                "state": "Enabled" if source_scan else "Disabled",
                "sourceScanIdentity": {"operationIdentityType": "SystemAssigned"},
            },
        },
        "redundancySettings": {
            "standardTierStorageRedundancy": redundancy,
            "crossRegionRestore": "Enabled" if cross_region_restore else "Disabled",
        },
        "restoreSettings": {"crossSubscriptionRestoreSettings": {"crossSubscriptionRestoreState": "Enabled"}},
    }


def encrypted_by(key_uri: str) -> JsonObject:
    """Return the properties by which a vault says that its points are encrypted with a key of its owner."""
    return {
        "encryption": {
            "keyVaultProperties": {"keyUri": key_uri},
            "kekIdentity": {"useSystemAssignedIdentity": True},
            "infrastructureEncryption": "Disabled",
        }
    }


def build_vault(arm_id: str, location: str, properties: JsonObject) -> Resource:
    """Return a vault."""
    return Resource(
        id=arm_id,
        type=addresses.VAULT_TYPE,
        location=location,
        properties=properties,
        top={
            "sku": {"name": "RS0", "tier": "Standard"},
            "identity": {"type": "SystemAssigned", "principalId": chance.name("vault", arm_id), "tenantId": TENANT},
        },
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


def list_policies(call: Call) -> Response:
    """List the vault's backup policies that pass the filter.

    Raises:
        ArmError: 400, the filter is not understood.
    """
    vault = vault_in_path(call)
    wanted = read_filter(call.query.get("$filter"), known=_POLICY_FILTERS)
    policies = call.world.store.each(addresses.BACKUP_POLICY_TYPE, under=vault.id)
    return page(call, [_policy(call, one) for one in policies if wanted.accepts(_facts(one))])


def get_policy(call: Call) -> Response:
    """Answer one backup policy."""
    vault = vault_in_path(call)
    return answer(200, _policy(call, call.world.store.require(f"{vault.id}/backupPolicies/{call.params['policy']}")))


def _policy(call: Call, policy: Resource) -> JsonObject:
    vault_id = addresses.vault_of(policy.id)
    items = call.world.store.each(addresses.BACKUP_ITEM_TYPE, under=vault_id)
    count = sum(_policy_of(one).lower() == policy.name.lower() for one in items)
    properties = {**policy.properties, "protectedItemsCount": count}
    return {"id": policy.id, "name": policy.name, "type": policy.type, "properties": properties}


def _facts(policy: Resource) -> dict[str, str]:
    kind = str(policy.properties["backupManagementType"])
    return {"backupManagementType": kind, "workloadType": str(policy.properties.get("workLoadType", "VM"))}


def _policy_of(item: Resource) -> str:
    return backed_up(item).policy_name if is_machine(item) else workloads.workload(item).policy_name


def _body(vault: Resource) -> JsonObject:
    wire = vault.wire()
    return {**wire, "etag": vault.etag, "properties": {**wire["properties"], **verdict(vault.properties)}}


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
            ("/backupPolicies", list_policies, "backupPolicies/read"),
            ("/backupPolicies/{policy}", get_policy, "backupPolicies/read"),
        )
    ),
)
"""What a vault shows of itself."""
