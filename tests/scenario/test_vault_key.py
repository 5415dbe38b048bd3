"""A vault with a key of its owner's: the standing identity, with the rights it ships with, sees whether it answers."""

from dataclasses import replace

from drd.domain.ladder import Outcome, Rung
from drd.sandbox.faults import make
from drd.sandbox.key_vault.key import build_key
from drd.sandbox.key_vault.vault import build_key_vault
from drd.sandbox.recovery_services.vaults import encrypted_by
from drd.sandbox.world import AZURE
from proofs.stage import EPOCH, Stage, virtually

SCOPE = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-recovery-weu/providers"


def test_a_key_that_is_disabled_fails_the_rung_of_every_item_of_its_vault() -> None:
    """What is backed up elsewhere, or not at all, is as before."""

    async def play(stage: Stage) -> tuple[set[Outcome], set[Outcome], list[str]]:
        world = stage.world.sandbox.world
        vault = world.store.require(f"{SCOPE}/Microsoft.RecoveryServices/vaults/rsv-weu")
        kept = build_key_vault(id=f"{SCOPE}/Microsoft.KeyVault/vaults/kv-herstel", location="westeurope")
        key = build_key(kept, "sleutel", made_at=EPOCH)
        owned = replace(vault, properties={**vault.properties, **encrypted_by(key.properties["keyUri"])})
        for each in (kept, key, owned):
            world.store.put(each, at=EPOCH, by=AZURE)
        before = await outcomes(stage)
        world.faults.add(make("key-disabled", resource="sleutel"))
        after = await outcomes(stage)
        found = await stage.world.store.findings.list()
        return before, after, [each.message for each in found if each.code == "vault-key-unreachable"]

    before, after, found = virtually(play)

    assert (before, after) == ({Outcome.PASSED}, {Outcome.FAILED})
    assert found == ["the key of rsv-weu does not answer: it is disabled; points may be lost until it does"]


async def outcomes(stage: Stage) -> set[Outcome]:
    """Collect, and give what L1 says of the items whose backups are in the vault."""
    await stage.world.installation.collect()
    said = await stage.world.installation.proofs.look()
    return {each.outcome for each in said if each.rung is Rung.L1 and "policy" in each.measured}
