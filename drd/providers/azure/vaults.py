"""Recovery Services vaults and their posture."""

from drd.domain.ids import ArmId
from drd.ports.vaults import VaultPosture
from drd.providers.azure.body import Body, arm_id, branch, enabled, plain, text, whole
from drd.providers.azure.clients import Clients
from drd.providers.azure.reading import Reader


class AzureVaults:
    """Answers `drd.ports.vaults.Vaults`. Permissions: `Microsoft.RecoveryServices/Vaults/read`."""

    def __init__(self, *, clients: Clients, reader: Reader) -> None:
        """Take the clients and what asks again."""
        self._clients = clients
        self._reader = reader

    async def list(self, subscription: str) -> tuple[VaultPosture, ...]:
        """Give every vault of a subscription with its posture."""
        vaults = self._clients.vaults(subscription).vaults
        found = await self._reader.read_all(
            vaults.list_by_subscription_id, what="list the vaults", target=f"/subscriptions/{subscription}"
        )
        bodies = [plain(vault) for vault in found]
        return tuple(_posture(body, vault) for body in bodies if (vault := arm_id(body, "id")) is not None)

    async def get(self, vault: ArmId) -> VaultPosture:
        """Give one vault. Raises NotFoundError."""
        vaults = self._clients.vaults(vault.subscription).vaults
        found = await self._reader.read(
            lambda: vaults.get(vault.resource_group, vault.name), what="read the vault", target=str(vault)
        )
        return _posture(plain(found), vault)


def _posture(body: Body, vault: ArmId) -> VaultPosture:
    """Read what the vault says of itself. Older vaults say next to nothing: then it is unknown, never off."""
    properties = branch(body, "properties")
    security, redundancy = branch(properties, "securitySettings"), branch(properties, "redundancySettings")
    return VaultPosture(
        id=vault,
        location=text(body, "location"),
        redundancy=text(redundancy, "standardTierStorageRedundancy") or None,
        cross_region_restore=enabled(redundancy, "crossRegionRestore"),
        soft_delete=text(security, "softDeleteSettings", "softDeleteState") or None,
        soft_delete_days=whole(security, "softDeleteSettings", "softDeleteRetentionPeriodInDays"),
        immutability=text(security, "immutabilitySettings", "state") or None,
        multi_user_authorization=enabled(security, "multiUserAuthorization"),
        encryption_key=text(properties, "encryption", "keyVaultProperties", "keyUri") or None,
        public_access=text(properties, "publicNetworkAccess") or None,
        security_level=text(properties, "bcdrSecurityLevel") or None,
        secure_score=text(properties, "secureScore") or None,
    )
