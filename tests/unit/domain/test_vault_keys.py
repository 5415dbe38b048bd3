"""A vault with a key of its owner's: what is seen of the key from outside, and what nobody knows."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.findings import Severity
from drd.domain.posture import PostureAnswer, posture_of
from drd.domain.vault_key import VaultKey
from tests.fakes.busy_house import NOW
from tests.unit.domain.test_rungs import FRESH, vault

DAY = timedelta(days=1)
GOOD = VaultKey(purge_protected=True)


def judged(key: VaultKey | None) -> PostureAnswer:
    """Judge a vault in which all else is right."""
    seen = vault(encryption_key="https://kv.vault.azure.net/keys/k", key=key)
    return posture_of(seen, recovery_region="northeurope", fresh=FRESH, now=NOW)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (GOOD, []),
        (replace(GOOD, ends_at=NOW + 31 * DAY), []),
        (replace(GOOD, ends_at=NOW + 29 * DAY), [("vault-key-expiring", Severity.WARNING)]),
        (replace(GOOD, ends_at=NOW), [("vault-key-unreachable", Severity.CRITICAL)]),
        (replace(GOOD, begins_at=NOW + DAY), [("vault-key-unreachable", Severity.CRITICAL)]),
        (replace(GOOD, enabled=False), [("vault-key-unreachable", Severity.CRITICAL)]),
        (VaultKey(deleted=True), [("vault-key-unreachable", Severity.CRITICAL)]),
        (replace(GOOD, purge_protected=False), [("vault-key-can-be-purged", Severity.WARNING)]),
    ],
)
def test_what_is_wrong_with_a_key_is_told(key: VaultKey, expected: list[tuple[str, Severity]]) -> None:
    """Beside that there is one at all."""
    answer = judged(key)

    assert [(each.code, each.severity) for each in answer.findings] == [
        ("vault-key-of-its-own", Severity.INFO),
        *expected,
    ]
    assert answer.unknown == ()


@pytest.mark.parametrize("key", [None, VaultKey(enabled=None)])
def test_a_key_of_which_nobody_can_say_anything_is_unknown(key: VaultKey | None) -> None:
    """Neither good nor bad: it is kept elsewhere, or may not be seen."""
    answer = judged(key)

    assert [each.code for each in answer.findings] == ["vault-key-of-its-own"]
    assert answer.unknown == ("whether the key of rsv-weu can be reached",)
