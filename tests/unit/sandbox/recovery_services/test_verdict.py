"""Azure's verdict on a vault, from its posture."""

import pytest

from drd.sandbox.recovery_services.vaults import PLAIN_PROPERTIES, posture
from drd.sandbox.recovery_services.verdict import verdict


@pytest.mark.parametrize(
    ("immutability", "soft_delete", "second_person", "score", "level"),
    [
        ("Disabled", "Enabled", "Disabled", "None", "Poor"),
        ("Disabled", "AlwaysON", "Disabled", "Minimum", "Fair"),
        ("Unlocked", "AlwaysON", "Disabled", "Adequate", "Good"),
        ("Unlocked", "AlwaysON", "Enabled", "Adequate", "Good"),
        ("Locked", "AlwaysON", "Enabled", "Maximum", "Excellent"),
    ],
)
def test_each_guard_is_a_step(immutability: str, soft_delete: str, second_person: str, score: str, level: str) -> None:
    """The first line is recorded."""
    properties = posture(immutability=immutability, soft_delete=soft_delete)
    properties["securitySettings"]["multiUserAuthorization"] = second_person
    assert verdict(properties) == {"secureScore": score, "bcdrSecurityLevel": level}


def test_copies_that_can_be_restored_elsewhere_are_a_step_more_unless_nothing_guards_them() -> None:
    """Only the security level takes the redundancy into account."""
    assert verdict(posture(cross_region_restore=True)) == {"secureScore": "Adequate", "bcdrSecurityLevel": "Excellent"}
    bare = posture(cross_region_restore=True, immutability="Disabled", soft_delete="Enabled")
    assert verdict(bare) == {"secureScore": "None", "bcdrSecurityLevel": "Poor"}


def test_a_vault_without_security_settings_has_no_verdict() -> None:
    """It was made before there was one."""
    assert verdict(PLAIN_PROPERTIES) == {}
