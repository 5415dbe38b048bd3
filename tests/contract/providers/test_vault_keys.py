"""Keys of key vaults, seen from outside as each provider reads them."""

from datetime import timedelta

import pytest

from drd.domain.vault_key import VaultKey
from drd.ports.keys import KEYS
from drd.sandbox.faults import make
from drd.sandbox.key_vault.key import build_key
from drd.sandbox.key_vault.vault import build_key_vault
from drd.sandbox.world import AZURE
from tests.contract.providers.stage import SUBSCRIPTION, Stage

pytestmark = pytest.mark.anyio
ADDRESS = "https://kv-herstel.vault.azure.net/keys/sleutel"
VERSION = f"{ADDRESS}/5d1f2c0a9b6e4f7e8c3d2b1a09f8e7d6"


async def looked(stage: Stage, address: str = ADDRESS) -> VaultKey | None:
    """Ask for the key."""
    return await stage.provider.capability(KEYS).look(address, subscription=SUBSCRIPTION)


async def test_a_key_is_seen_as_it_is_and_never_used(stage: Stage) -> None:
    """Enabled, with its end; disabled, expired, deleted, and in a vault that is deleted; by name and by version."""
    world, now = stage.sandbox.world, stage.clock.now()
    place = str(stage.id("rg-recovery-weu", "Microsoft.KeyVault/vaults", "kv-herstel"))
    vault = build_key_vault(id=place, location="westeurope")
    end = now.replace(microsecond=0) + timedelta(days=90)
    for each in (vault, build_key(vault, "sleutel", made_at=now, expires_at=end)):
        world.store.put(each, at=now, by=AZURE)
    good = VaultKey(enabled=True, ends_at=end, purge_protected=True)

    assert (await looked(stage), await looked(stage, VERSION)) == (good, good)
    assert await looked(stage, f"{ADDRESS}/{'0' * 32}") == VaultKey(deleted=True, purge_protected=True)
    assert await looked(stage, "https://elders.vault.azure.net/keys/sleutel") is None
    assert await looked(stage, "https://hsm.managedhsm.azure.net/keys/sleutel") is None
    troubles = []
    for kind in ("key-disabled", "key-expired", "key-deleted", "key-vault-deleted"):
        world.faults.clear()
        world.faults.add(make(kind, path_contains="kv-herstel"))
        found = await looked(stage)
        troubles.append(found.trouble(now) if found else "nothing is known")
    assert troubles == ["it is disabled", "it has expired"] + ["it is deleted, or its key vault is"] * 2
