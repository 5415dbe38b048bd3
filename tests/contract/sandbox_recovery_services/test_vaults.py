"""Vaults as azure-mgmt-recoveryservices sees them."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

pytestmark = pytest.mark.anyio


async def test_the_vaults_of_a_subscription_are_listed(azure: Any) -> None:
    """Both vaults of the estate are there, and the forgotten one."""
    vaults = {vault.name: vault async for vault in azure.vaults.vaults.list_by_subscription_id()}
    assert {name: vault.location for name, vault in vaults.items()} == {
        "rsv-weu": "westeurope",
        "rsv-neu": "northeurope",
        "rsv-oud": "northeurope",
    }


async def test_a_vault_shows_its_whole_posture(azure: Any) -> None:
    """Immutability, soft delete, multi-user authorisation, redundancy and Azure's own verdict are on the wire."""
    properties = (await azure.vaults.vaults.get("rg-recovery-weu", "rsv-weu")).properties
    security = properties.security_settings
    assert security.immutability_settings.state == "Unlocked"
    assert security.soft_delete_settings.soft_delete_state == "AlwaysON"
    assert security.soft_delete_settings.soft_delete_retention_period_in_days == 14
    assert security.multi_user_authorization == "Disabled"
    assert properties.redundancy_settings.standard_tier_storage_redundancy == "GeoRedundant"
    assert properties.redundancy_settings.cross_region_restore == "Enabled"
    assert (properties.bcdr_security_level, properties.secure_score) == ("Excellent", "Adequate")


async def test_an_old_vault_shows_none_of_the_posture_fields(azure: Any) -> None:
    """Whoever reads posture must take every field as optional."""
    properties = (await azure.vaults.vaults.get("rg-recovery-neu", "rsv-oud")).properties
    assert properties.security_settings is None
    assert properties.redundancy_settings is None
    assert properties.bcdr_security_level is None
    assert properties.provisioning_state == "Succeeded"


async def test_an_unknown_vault_is_refused_in_arms_words(azure: Any) -> None:
    """404 ResourceNotFound."""
    with pytest.raises(ResourceNotFoundError) as refusal:
        await azure.vaults.vaults.get("rg-recovery-weu", "rsv-none")
    assert refusal.value.error.code == "ResourceNotFound"


async def test_a_vault_in_a_lost_region_answers_503_and_the_other_goes_on(azure: Any) -> None:
    """Only the lost region's vault is unavailable, and a list leaves it out."""
    azure.lose("westeurope")
    with pytest.raises(HttpResponseError) as refusal:
        await azure.vaults.vaults.get("rg-recovery-weu", "rsv-weu")
    assert refusal.value.status_code == 503
    assert (await azure.vaults.vaults.get("rg-recovery-neu", "rsv-neu")).location == "northeurope"
    assert "rsv-weu" not in {vault.name async for vault in azure.vaults.vaults.list_by_subscription_id()}


async def test_azure_backup_tells_the_same_posture_in_its_own_shape(azure: Any) -> None:
    """Vault configuration, storage configuration, encryption and resource guards answer."""
    vault = ("rsv-weu", "rg-recovery-weu")
    config = await azure.backup.backup_resource_vault_configs.get(*vault)
    assert config.properties.soft_delete_feature_state == "AlwaysON"
    storage = await azure.backup.backup_resource_storage_configs_non_crr.get(*vault)
    assert (storage.properties.storage_type, storage.properties.cross_region_restore_flag) == ("GeoRedundant", True)
    encryption = await azure.backup.backup_resource_encryption_configs.get(*vault)
    assert encryption.properties.encryption_at_rest_type == "MicrosoftManaged"
    assert [guard async for guard in azure.backup.resource_guard_proxies.get(*vault)] == []


async def test_policies_say_when_they_run_and_whom_they_protect(azure: Any) -> None:
    """Both policies are listed, and one can be asked for."""
    vault = ("rsv-weu", "rg-recovery-weu")
    policies = {policy.name: policy async for policy in azure.backup.backup_policies.list(*vault)}
    assert policies["pol-vm-nacht"].properties.protected_items_count == azure.backed_up("pol-vm-nacht")
    assert policies["pol-vm-avond"].properties.protected_items_count == azure.backed_up("pol-vm-avond")
    one = await azure.backup.protection_policies.get(*vault, "pol-vm-nacht")
    assert one.properties.retention_policy.daily_schedule.retention_duration.count == 30


async def test_the_vaults_of_a_group_are_listed(azure: Any) -> None:
    """Only that group's."""
    vaults = [vault.name async for vault in azure.vaults.vaults.list_by_resource_group("rg-recovery-neu")]
    assert vaults == ["rsv-neu", "rsv-oud"]
