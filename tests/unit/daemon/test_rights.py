"""The least role for a folder of runbooks: what they use in a mode, and nothing else."""

import json
from pathlib import Path

import pytest

from drd.cli.app import run
from drd.daemon.rights import role_of
from drd.domain.errors import InvalidError, NotFoundError
from drd.domain.plan import Mode
from drd.providers.azure.roles import PURPOSES

# Reading every shipped runbook takes a second of a busy machine.
pytestmark = pytest.mark.timeout(30)

ROOT = Path(__file__).parents[3]
RUNBOOKS = ROOT / "runbooks"
FAILOVER = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/"
    "unplannedFailover/action"
)
# What a mode's identity holds in the sample; the sandbox's estate says the same.
DRILL = ("observer", "restore-drill", "asr-drill", "guest-exec")
REAL = ("observer", "restore-drill", "failover", "traffic", "avd", "guest-exec")


def _held(purposes: tuple[str, ...]) -> set[str]:
    return {action.casefold() for purpose in purposes for action in PURPOSES[purpose].actions}


def test_a_drill_needs_no_power_to_fail_over() -> None:
    """And a failover does."""
    assert FAILOVER not in role_of(RUNBOOKS, [Mode.DRILL])["Actions"]
    assert FAILOVER in role_of(RUNBOOKS, [Mode.FAILOVER])["Actions"]


@pytest.mark.parametrize(
    ("modes", "purposes"), [([Mode.DRILL], DRILL), ([Mode.FAILOVER, Mode.FAILBACK], REAL)], ids=["drill", "real"]
)
def test_the_shipped_roles_hold_all_that_the_shipped_runbooks_need(
    modes: list[Mode], purposes: tuple[str, ...]
) -> None:
    """Mode by mode, under the identity that speaks in it."""
    needed = {action.casefold() for action in role_of(RUNBOOKS, modes)["Actions"]}

    assert sorted(needed - _held(purposes)) == []


def test_a_role_has_the_form_that_azure_takes() -> None:
    """Each right once, in order, whatever casing it is declared in."""
    found = role_of(RUNBOOKS, list(Mode))
    folded = [action.casefold() for action in found["Actions"]]

    assert set(found) == {
        "Name",
        "IsCustom",
        "Description",
        "Actions",
        "NotActions",
        "DataActions",
        "NotDataActions",
        "AssignableScopes",
    }
    assert folded == sorted(set(folded))


def test_a_folder_without_runbooks_and_a_faulty_one_are_refused(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(NotFoundError):
        role_of(tmp_path, [Mode.DRILL])
    (tmp_path / "broken.yaml").write_text("drd: runbook/v1\nid: other\n", encoding="utf-8")
    with pytest.raises(InvalidError) as refused:
        role_of(tmp_path, [Mode.DRILL])
    assert refused.value.faults


def test_the_command_prints_the_role(capsys: pytest.CaptureFixture[str]) -> None:
    """JSON, ready for `az`; no daemon and no settings are needed."""
    assert run(["azure", "role", "drill", "--runbooks", str(RUNBOOKS)]) == 0

    assert json.loads(capsys.readouterr().out) == role_of(RUNBOOKS, [Mode.DRILL])
