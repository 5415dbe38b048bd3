"""Recovery Services vaults and their posture."""

from dataclasses import dataclass
from typing import Protocol

from drd.domain.ids import ArmId
from drd.domain.vault_key import VaultKey
from drd.ports.capabilities import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultPosture:
    """What protects a vault's points. None means that Azure did not say: shown as unknown, never as off.

    Words as Azure writes them: redundancy `GeoRedundant`, immutability `Locked`, soft delete `AlwaysON`, ...

    Attributes:
        encryption_key: the address of the owner's key, where one is used; `key` is what is known of it.
    """

    id: ArmId
    location: str
    redundancy: str | None = None
    cross_region_restore: bool | None = None
    soft_delete: str | None = None
    soft_delete_days: int | None = None
    immutability: str | None = None
    multi_user_authorization: bool | None = None
    encryption_key: str | None = None
    public_access: str | None = None
    security_level: str | None = None
    secure_score: str | None = None
    key: VaultKey | None = None


class Vaults(Protocol):
    """Finds vaults and reads their posture."""

    async def list(self, subscription: str) -> tuple[VaultPosture, ...]:
        """Give every vault of a subscription with its posture."""
        ...

    async def get(self, vault: ArmId) -> VaultPosture:
        """Give one vault. Raises NotFoundError."""
        ...


VAULTS: Capability[Vaults] = Capability("vaults")
