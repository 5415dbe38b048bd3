"""L0 and L1: what the inventory proves of an item, and what it cannot."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from drd.domain.backup_policy import BackupPolicy, Keeping, Times
from drd.domain.conformity import Promises, SeenPolicy
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.findings import Severity
from drd.domain.ids import ServiceId
from drd.domain.ladder import Outcome
from drd.domain.posture import SeenVault, posture_of
from drd.domain.rung_exists import RungAnswer, Subject, exists
from drd.domain.rung_safe import is_safe
from drd.ports.inventory import ItemFacts
from drd.ports.vaults import VaultPosture
from tests.fakes.busy_house import NOW, item_facts
from tests.fakes.small_estate import HOME_VAULT, TENANT, item, points

FRESH = timedelta(minutes=15)
SAFE = VaultPosture(
    id=HOME_VAULT,
    location="westeurope",
    redundancy="GeoRedundant",
    cross_region_restore=True,
    soft_delete="AlwaysON",
    immutability="Locked",
    multi_user_authorization=True,
)


def subject(*mechanisms: Mechanism, rpo: timedelta | None = timedelta(hours=30)) -> Subject:
    """Give an item that is backed up, or protected in these ways."""
    return Subject(
        tenant=TENANT,
        service=ServiceId("burgerzaken"),
        item=item("vm-app", *(mechanisms or (Mechanism.BACKUP,))),
        rpo=rpo,
        home_region="westeurope",
        recovery_region="northeurope",
        fresh=FRESH,
    )


def nightly(*ages: int) -> tuple[RecoveryPoint, ...]:
    """Make points of so many nights ago, each nine hours before now."""
    return points(*(NOW - timedelta(days=age, hours=9) for age in ages))


def backed_up(seen: Sequence[RecoveryPoint], **others: object) -> ItemFacts:
    """Make fresh facts of the item's backups."""
    return item_facts("vm-app", Mechanism.BACKUP, points=tuple(seen), policy="nightly", **others)


def vault(**changed: object) -> SeenVault:
    """Make a vault in which everything is right but this."""
    posture = replace(SAFE, **changed)  # type: ignore[arg-type]  # tests name the members
    return SeenVault(tenant=TENANT, posture=posture, seen_at=NOW)


def safe(about: Subject, seen: Sequence[ItemFacts], vaults: Sequence[SeenVault]) -> RungAnswer:
    """Tell L1 where the backups' policy promises no more than there is."""
    nightly = BackupPolicy(times=Times(at=(time(3),), zone="UTC"), keeps=(Keeping(days=2),))
    policies = [SeenPolicy(vault=HOME_VAULT, name="nightly", policy=nightly, seen_at=NOW)]
    return is_safe(about, seen, vaults, Promises(policies, fresh=FRESH, now=NOW), NOW)


def codes(answer: RungAnswer) -> list[str]:
    """Give what was found."""
    return [each.code for each in answer.findings]


def test_a_steady_chain_with_a_young_point_exists() -> None:
    """One a night, the newest nine hours old, thirty were promised."""
    answer = exists(subject(), [backed_up(nightly(0, 1, 2, 3, 4))], NOW)

    assert (answer.outcome, codes(answer)) == (Outcome.PASSED, [])
    assert answer.point is not None
    assert answer.point.time == NOW - timedelta(hours=9)
    assert answer.mechanism is Mechanism.BACKUP


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (backed_up(nightly(2, 3, 4, 5, 6)), "recovery-point-too-old"),
        (backed_up(nightly(2, 3, 4, 5, 6)), "recovery-point-missing"),
        (backed_up(nightly(0, 1, 3, 4, 5)), "recovery-point-gap"),
        (backed_up((), state="ok"), "no-usable-point"),
        (backed_up(points(NOW, usable=False)), "no-usable-point"),
        (backed_up((), state="unprotected"), "item-unprotected"),
        (backed_up(nightly(0, 1), note="Failed"), "protection-unhealthy"),
        (backed_up(nightly(0, 1), state="critical"), "protection-unhealthy"),
    ],
)
def test_what_is_wrong_with_a_chain_is_found_and_fails(facts: ItemFacts, code: str) -> None:
    """An item that is gone from its vault, too."""
    answer = exists(subject(), [facts], NOW)

    assert answer.outcome is Outcome.FAILED
    assert code in codes(answer)
    assert all(each.hint and each.subject == "vm-app" for each in answer.findings)


@pytest.mark.parametrize("facts", [[], [backed_up(nightly(0, 1), seen_at=NOW - FRESH - timedelta(seconds=1))]])
def test_what_was_not_seen_lately_is_inconclusive_and_never_passed(facts: list[ItemFacts]) -> None:
    """Also when it was good when it was seen last."""
    existing, kept = exists(subject(), facts, NOW), safe(subject(), facts, [vault()])

    assert (existing.outcome, kept.outcome) == (Outcome.INCONCLUSIVE, Outcome.INCONCLUSIVE)
    assert codes(existing) == ["recovery-points-unknown"]


def test_an_old_point_is_not_called_too_old_while_another_mechanism_is_unknown() -> None:
    """It may hold a younger one."""
    both = subject(Mechanism.BACKUP, Mechanism.SITE_RECOVERY, rpo=timedelta(minutes=15))
    answer = exists(both, [backed_up(nightly(0, 1))], NOW)

    assert (answer.outcome, codes(answer)) == (Outcome.INCONCLUSIVE, ["recovery-points-unknown"])


def test_the_youngest_point_of_any_mechanism_counts_against_the_objective() -> None:
    """Replication keeps the promise, the backup is for worse days."""
    both = subject(Mechanism.BACKUP, Mechanism.SITE_RECOVERY, rpo=timedelta(minutes=15))
    replicated = item_facts("vm-app", points=points(NOW - timedelta(minutes=5)))
    answer = exists(both, [backed_up(nightly(0, 1)), replicated], NOW)

    assert (answer.outcome, answer.mechanism) == (Outcome.PASSED, Mechanism.SITE_RECOVERY)


def test_an_item_that_nothing_protects_fails() -> None:
    """Nothing was found wrong, because nothing was there."""
    bare = replace(subject(), item=replace(item("vm-app"), protection=()))

    assert (exists(bare, [], NOW).outcome, codes(exists(bare, [], NOW))) == (Outcome.FAILED, ["item-unprotected"])


def test_a_consistent_point_with_a_copy_away_in_a_guarded_vault_is_safe() -> None:
    """L1, whole."""
    answer = safe(subject(), [backed_up(nightly(0, 1))], [vault()])

    assert (answer.outcome, answer.findings, answer.measured["unknown"]) == (Outcome.PASSED, (), [])


def test_a_point_without_a_copy_in_the_recovery_region_fails() -> None:
    """The region is what is lost."""
    snapshots = item_facts("vm-app", Mechanism.SNAPSHOT, points=nightly(0, 1))
    away = replace(snapshots, points=tuple(replace(each, region="northeurope") for each in snapshots.points))
    stays, goes = [safe(subject(Mechanism.SNAPSHOT), [each], []) for each in (snapshots, away)]

    assert (stays.outcome, codes(stays)) == (Outcome.FAILED, ["no-copy-in-recovery-region"])
    assert goes.outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("tiers", "code", "outcome"),
    [
        (("snapshot", "vault"), [], Outcome.PASSED),
        (("archive",), [], Outcome.PASSED),
        (("snapshot",), ["points-not-in-vault"], Outcome.FAILED),
        ((), [], Outcome.INCONCLUSIVE),
    ],
)
def test_a_backup_that_never_reached_its_vault_is_not_safe(
    tiers: tuple[str, ...], code: list[str], outcome: Outcome
) -> None:
    """A snapshot goes with its machine's group; a tier that nobody told is unknown."""
    kept = tuple(replace(each, tiers=tiers) for each in nightly(0, 1))
    answer = safe(subject(), [backed_up(kept)], [vault()])

    assert (codes(answer), answer.outcome, answer.measured["tiers"]) == (code, outcome, list(tiers))


def test_a_first_backup_is_given_its_time_to_reach_the_vault() -> None:
    """A day; until then nothing is wrong with it."""
    [first] = (replace(each, tiers=("snapshot",)) for each in nightly(0))

    assert codes(safe(subject(), [backed_up([first])], [vault()])) == []


def test_points_that_nobody_quiesced_are_told_and_pass() -> None:
    """Worse, not useless."""
    torn = tuple(replace(each, consistency="crash") for each in nightly(0, 1))
    answer = safe(subject(), [backed_up(torn)], [vault()])

    assert (answer.outcome, codes(answer)) == (Outcome.PASSED, ["only-crash-consistent-points"])


@pytest.mark.parametrize(
    ("changed", "code", "severity", "irreversible", "outcome"),
    [
        ({"soft_delete": "Disabled"}, "vault-soft-delete-off", Severity.CRITICAL, False, Outcome.FAILED),
        ({"soft_delete": "Enabled"}, "vault-soft-delete-can-be-turned-off", Severity.WARNING, True, Outcome.PASSED),
        ({"immutability": "Disabled"}, "vault-not-immutable", Severity.WARNING, False, Outcome.PASSED),
        ({"immutability": "Unlocked"}, "vault-immutability-not-locked", Severity.INFO, True, Outcome.PASSED),
        ({"multi_user_authorization": False}, "vault-without-second-person", Severity.WARNING, False, Outcome.PASSED),
        ({"redundancy": "LocallyRedundant"}, "vault-in-one-region", Severity.CRITICAL, True, Outcome.FAILED),
        (
            {"cross_region_restore": False},
            "vault-without-cross-region-restore",
            Severity.CRITICAL,
            True,
            Outcome.FAILED,
        ),
        ({"encryption_key": "https://kv/keys/k"}, "vault-key-of-its-own", Severity.INFO, True, Outcome.INCONCLUSIVE),
    ],
)  # fmt: skip
def test_each_setting_of_a_vault_has_its_finding(
    changed: dict[str, object], code: str, severity: Severity, *, irreversible: bool, outcome: Outcome
) -> None:
    """What can never be taken back is named as such, before somebody does it."""
    [found] = posture_of(vault(**changed), recovery_region="northeurope", fresh=FRESH, now=NOW).findings
    answer = safe(subject(), [backed_up(nightly(0, 1))], [vault(**changed)])

    assert (found.code, found.severity, found.irreversible) == (code, severity, irreversible)
    assert (found.subject, bool(found.hint)) == (str(HOME_VAULT), True)
    assert answer.outcome is outcome
    assert code in str(answer.measured["findings"])


@pytest.mark.parametrize(
    "member", ["soft_delete", "immutability", "multi_user_authorization", "redundancy", "cross_region_restore"]
)
def test_a_setting_that_azure_did_not_tell_is_neither_on_nor_off(member: str) -> None:
    """Unknown is inconclusive, and no finding."""
    said = posture_of(vault(**{member: None}), recovery_region="northeurope", fresh=FRESH, now=NOW)
    answer = safe(subject(), [backed_up(nightly(0, 1))], [vault(**{member: None})])

    assert (said.findings, len(said.unknown)) == ((), 1)
    assert answer.outcome is Outcome.INCONCLUSIVE


@pytest.mark.parametrize("seen_at", [None, NOW - FRESH - timedelta(seconds=1)])
def test_a_vault_that_may_not_be_read_leaves_its_items_inconclusive(seen_at: datetime | None) -> None:
    """A vault without rights is not a safe one."""
    vaults = [] if seen_at is None else [replace(vault(), seen_at=seen_at)]
    answer = safe(subject(), [backed_up(nightly(0, 1))], vaults)

    assert (answer.outcome, "rsv-weu" in answer.because) == (Outcome.INCONCLUSIVE, True)


def test_a_vault_of_replication_and_one_in_the_recovery_region_are_asked_for_what_concerns_them() -> None:
    """The one keeps no points, the other needs no copy elsewhere."""
    replication = replace(vault(soft_delete="Disabled"), holds_points=False)
    away = vault(location="North Europe", redundancy="LocallyRedundant", cross_region_restore=False)

    for each in (replication, away):
        assert posture_of(each, recovery_region="northeurope", fresh=FRESH, now=NOW).findings == ()
