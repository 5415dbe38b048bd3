"""What every inventory keeps, on every database."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from drd.domain.backup_policy import BackupPolicy, Keeping, Times
from drd.domain.estate import Cleanliness, Mechanism, RecoveryPoint
from drd.domain.ids import ItemId, ServiceId, TenantId
from drd.domain.vault_key import VaultKey
from drd.ports.inventory import Chain, Collection, ItemFacts, VaultFacts, VaultList
from drd.ports.vault_lists import Listed, ListKind
from drd.ports.vaults import VaultPosture
from drd.store.opening import Store
from tests.contract.store.sample import NOON, TENANT, VAULT

pytestmark = pytest.mark.anyio
OTHER = TenantId("ander")
FACTS = ItemFacts(
    tenant=TENANT,
    service=ServiceId("burgerzaken"),
    item=ItemId("vm-1"),
    mechanism=Mechanism.SITE_RECOVERY,
    seen_at=NOON,
    state="ok",
    points=(
        RecoveryPoint(
            id="p2",
            time=NOON,
            consistency="application",
            region="northeurope",
            cleanliness=Cleanliness.CLEAN,
            tiers=("snapshot", "vault"),
        ),
        RecoveryPoint(id="p1", time=NOON - timedelta(microseconds=1), usable=False),
    ),
    points_total=250,
    note="één",
    replication_rpo=timedelta(seconds=42, milliseconds=7),
    replication_rpo_at=NOON,
    last_backup_at=NOON,
    points_seen_at=NOON,
    policy="elke-nacht",
    kept_since=NOON - timedelta(days=40),
)
KEY = VaultKey(enabled=False, ends_at=NOON, purge_protected=True)
POSTURE = VaultPosture(id=VAULT, location="northeurope", soft_delete="AlwaysON", soft_delete_days=14, key=KEY)


async def test_facts_are_replaced_by_item_and_mechanism(store: Store) -> None:
    """One item's news leaves the others as they were."""
    backup = replace(FACTS, mechanism=Mechanism.BACKUP, points=(), replication_rpo=None, replication_rpo_at=None)
    foreign = replace(FACTS, tenant=OTHER, last_backup_at=None)
    await store.inventory.put_items((FACTS, backup, foreign))
    news = replace(backup, state="unknown", points_total=0)

    await store.inventory.put_items((news,))

    assert await store.inventory.items(TENANT) == (news, FACTS)
    assert await store.inventory.items() == (foreign, news, FACTS)


async def test_points_stay_as_they_were_listed_while_the_rest_is_news(store: Store) -> None:
    """A newer point that is only told of comes first, and nobody can restore from it by an id."""
    later = NOON + timedelta(minutes=15)
    await store.inventory.put_items((FACTS,))

    await store.inventory.put_states((replace(FACTS, seen_at=later, state="warning", points=(), points_total=0),))
    (same,) = await store.inventory.items(TENANT)
    await store.inventory.put_states((replace(FACTS, seen_at=later, told_at=later),))
    (told,) = await store.inventory.items(TENANT)

    assert same == replace(FACTS, seen_at=later, state="warning")
    assert (told.points[0], told.points[1:]) == (RecoveryPoint(id="", time=later), FACTS.points)
    assert (told.points_total, told.points_seen_at) == (FACTS.points_total + 1, NOON)
    chain = Chain(seen_at=NOON, newest_at=NOON, policy=FACTS.policy, since=FACTS.kept_since)
    assert await store.inventory.chains(TENANT) == {(FACTS.item, FACTS.mechanism): chain}
    assert await store.inventory.chains(OTHER) == {}


async def test_of_a_policy_that_an_item_has_only_since_its_points_were_listed_nothing_is_known_yet(
    store: Store,
) -> None:
    """The points that are known were made by another one."""
    await store.inventory.put_items((FACTS,))

    await store.inventory.put_states((replace(FACTS, policy="elke-week"),))

    (changed,) = await store.inventory.items(TENANT)
    assert (changed.policy, changed.kept_since) == ("elke-week", None)


async def test_a_list_that_cannot_be_read_keeps_what_was_in_it(store: Store) -> None:
    """With the age of what was seen, and why it is not seen now; one that never was has no age."""
    job = Listed(name="vm-1", state="Failed", about="Backup, één", at=NOON)
    jobs = VaultList(
        tenant=TENANT, vault=VAULT, mechanism=Mechanism.BACKUP, kind=ListKind.JOBS, asked_at=NOON, seen_at=NOON,
        entries=(job, Listed(name="vm-2")), total=250,
    )  # fmt: skip
    later = NOON + timedelta(hours=1)
    silent = replace(jobs, asked_at=later, seen_at=None, trouble="not allowed", entries=(), total=0)
    nightly = BackupPolicy(times=Times(at=(time(3),), zone="UTC"), keeps=(Keeping(days=30),), instant_days=2)
    policy = Listed(name="elke-nacht", about="Daily", policy=nightly)
    policies = replace(jobs, kind=ListKind.POLICIES, entries=(policy, Listed(name="ander")), total=2)
    never = replace(silent, kind=ListKind.POLICIES)
    await store.inventory.put_lists((jobs,))

    await store.inventory.put_lists((silent, never))

    kept = replace(jobs, asked_at=later, trouble="not allowed")
    assert await store.inventory.lists(TENANT) == (kept, never)
    await store.inventory.put_lists((jobs,))
    assert await store.inventory.lists() == (jobs, never)
    await store.inventory.put_lists((policies,))
    assert await store.inventory.lists(TENANT, ListKind.POLICIES) == (policies,)


async def test_vaults_are_replaced_whatever_the_case_of_their_id(store: Store) -> None:
    """What Azure did not say stays unsaid."""
    first = VaultFacts(tenant=TENANT, posture=POSTURE, seen_at=NOON)
    await store.inventory.put_vaults((first,))
    upper = replace(POSTURE, id=type(VAULT)(VAULT.text.upper()), cross_region_restore=True)

    await store.inventory.put_vaults((replace(first, posture=upper),))

    (vault,) = await store.inventory.vaults(TENANT)
    assert (vault.posture, vault.seen_at) == (upper, NOON)
    assert vault.posture.immutability is None
    assert await store.inventory.vaults(OTHER) == ()


async def test_a_failed_collection_keeps_the_last_success(store: Store) -> None:
    """So that the age of what is known is known."""
    good = Collection(
        collector="points", tenant=TENANT, at=NOON, succeeded=True, took=timedelta(seconds=3, milliseconds=1)
    )
    await store.inventory.put_collection(good)
    bad = replace(good, at=NOON + timedelta(hours=1), succeeded=False, note="throttled")

    await store.inventory.put_collection(bad)

    assert await store.inventory.collections() == (replace(bad, last_success_at=NOON),)
    await store.inventory.put_collection(replace(good, at=NOON + timedelta(hours=2)))
    assert [each.last_success_at for each in await store.inventory.collections()] == [NOON + timedelta(hours=2)]


async def test_a_collection_that_never_succeeded_says_so(store: Store) -> None:
    """Never is not long ago."""
    never = Collection(collector="vaults", tenant=TENANT, at=NOON, succeeded=False, took=timedelta(0))
    await store.inventory.put_collection(never)

    assert await store.inventory.collections() == (never,)
