"""The seal of drill groups: fits the very group, run and expiry, and nothing else."""

from datetime import timedelta

import pytest

from drd.domain.drill_seal import EXPIRES_TAG, RUN_TAG, SEAL_TAG, DrillSeal, life_of
from drd.domain.errors import InvalidError
from drd.domain.ids import ArmId

SEAL = DrillSeal(b"k" * 32)
GROUP = ArmId.parse("/subscriptions/s1/resourceGroups/rg-drd-burgerzaken-R1")
TAGS = {RUN_TAG: "R1", "drd-step": "group", EXPIRES_TAG: "2026-11-22T07:00:00.000Z"}


def test_a_group_that_was_sealed_is_known_again_however_azure_writes_its_id() -> None:
    """ARM ids mean the same in any case."""
    tags = SEAL.tags(GROUP, TAGS)

    assert SEAL.fits(ArmId(GROUP.text.upper().replace("/SUBSCRIPTIONS/", "/subscriptions/")), tags)


@pytest.mark.parametrize(
    ("group", "changed"),
    [
        (ArmId.parse("/subscriptions/s1/resourceGroups/rg-burgerzaken"), {}),
        (ArmId.parse("/subscriptions/s2/resourceGroups/rg-drd-burgerzaken-R1"), {}),
        (GROUP, {RUN_TAG: "R2"}),
        (GROUP, {EXPIRES_TAG: "2026-11-21T07:00:00.000Z"}),
        (GROUP, {SEAL_TAG: "0" * 64}),
        (GROUP, {SEAL_TAG: "\u00e9"}),
    ],
)
def test_a_seal_that_was_copied_or_changed_does_not_fit(group: ArmId, changed: dict[str, str]) -> None:
    """Another group, another subscription, another run, an earlier expiry, a made-up seal."""
    assert not SEAL.fits(group, {**SEAL.tags(GROUP, TAGS), **changed})


def test_without_a_seal_or_under_another_key_nothing_fits() -> None:
    """A missing tag is no seal; another installation's seal is not ours."""
    assert not SEAL.fits(GROUP, TAGS)
    assert not SEAL.fits(GROUP, {SEAL_TAG: "x"})
    assert not SEAL.fits(GROUP, DrillSeal(b"o" * 32).tags(GROUP, TAGS))


def test_what_never_expires_is_not_sealed() -> None:
    """A failover's group is production: no seal may ever fit it."""
    assert SEAL.tags(GROUP, {RUN_TAG: "R1"}) == {RUN_TAG: "R1"}


def test_a_key_that_could_be_guessed_is_refused_and_never_shown() -> None:
    """At least 32 characters; its value is in no representation."""
    with pytest.raises(InvalidError, match="shorter than 32"):
        DrillSeal(b"short")

    assert "kkk" not in repr(SEAL)


def test_what_a_drill_makes_lives_as_long_as_the_drill_may_last() -> None:
    """And never shorter than four hours."""
    assert [life_of(timedelta(hours=hours)) for hours in (1, 4, 9)] == [timedelta(hours=hours) for hours in (4, 4, 9)]
