"""Keys of key vaults as Resource Manager shows them: whether they are enabled, and until when. No key is ever used.

A key is named by its address, so its vault is found among those of the subscription by its name, which no other has.
"""

import re
from datetime import UTC, datetime

from drd.domain.ids import ArmId
from drd.domain.vault_key import VaultKey
from drd.providers.azure.body import Body, arm_id, branch, text, value, whole
from drd.providers.azure.by_id import ById

_ADDRESS = re.compile(r"https://([a-z0-9-]{3,24})\.vault\.[a-z.]+(?::443)?/keys/([A-Za-z0-9-]+)(?:/([0-9a-f]{32}))?/?")
_VAULTS = "providers/Microsoft.KeyVault/vaults"
_DELETED = "providers/Microsoft.KeyVault/deletedVaults"
_LAST_SECOND = 253_402_300_799


class AzureKeys:
    """Answers `drd.ports.keys.Keys`.

    Permissions: `Microsoft.KeyVault/vaults/read`, `.../vaults/keys/read`, `.../vaults/keys/versions/read` and
    `Microsoft.KeyVault/deletedVaults/read`.
    """

    def __init__(self, *, resources: ById) -> None:
        """Take what reads resources by their id."""
        self._resources = resources

    async def look(self, key: str, *, subscription: str) -> VaultKey | None:
        """Give what is known of a key; None for one of another subscription, or of a managed HSM."""
        named = _ADDRESS.fullmatch(key)
        if named is None:
            return None
        vault, name, version = named.groups()
        scope = f"/subscriptions/{subscription}"
        vaults = await self._resources.read_all(scope, _VAULTS, what="list the key vaults")
        found = next((each for each in vaults if _is(each, vault)), None)
        if found is None:
            deleted = await self._resources.read_all(scope, _DELETED, what="list the deleted key vaults")
            return VaultKey(deleted=True) if any(_is(each, vault) for each in deleted) else None
        return await self._key(found, name, version)

    async def _key(self, vault: Body, name: str, version: str | None) -> VaultKey | None:
        place = arm_id(vault, "id")
        if place is None:
            return None
        path = f"{place}/keys/{name}" + (f"/versions/{version}" if version else "")
        found = await self._resources.find(ArmId(path), what="read the vault's key")
        # Azure leaves the member out where the vault is not protected.
        protected = value(vault, "properties", "enablePurgeProtection") is True
        if found is None:
            return VaultKey(deleted=True, purge_protected=protected)
        attributes = branch(found, "properties", "attributes")
        enabled = value(attributes, "enabled")
        return VaultKey(
            enabled=enabled if isinstance(enabled, bool) else None,
            begins_at=_instant(attributes, "nbf"),
            ends_at=_instant(attributes, "exp"),
            purge_protected=protected,
        )


def _is(body: Body, name: str) -> bool:
    return text(body, "name").casefold() == name.casefold()


def _instant(attributes: Body, name: str) -> datetime | None:
    """Read whole seconds since 1970."""
    seconds = whole(attributes, name)
    if seconds is None or not 0 < seconds <= _LAST_SECOND:
        return None
    return datetime.fromtimestamp(seconds, UTC)
