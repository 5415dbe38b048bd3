"""The role files hold what drd's actions need for each purpose, and nothing that could destroy a backup."""

import json
import re
from pathlib import Path

import pytest

from drd.daemon.catalogue import Actions
from drd.daemon.discovery import actions
from drd.providers.azure.permissions import PERMISSIONS
from drd.providers.azure.roles import NEVER, PURPOSES, role_file

ROOT = Path(__file__).parents[4]
FOLDERS = (ROOT / "deploy/azure/roles", ROOT / "drd/sandbox/estate/roles")
CATALOGUE = Actions(actions())
WRITE = "from drd.providers.azure.roles import write; write('drd/sandbox/estate/roles'); write('deploy/azure/roles')"


@pytest.mark.parametrize("folder", FOLDERS, ids=["deploy", "sandbox"])
@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_the_shipped_files_are_those_of_the_table(folder: Path, purpose: str) -> None:
    """The same bytes for people and for the sandbox."""
    shipped = (folder / f"{purpose}.json").read_text(encoding="utf-8")

    assert shipped == role_file(purpose), f"write the files anew: python -c {WRITE!r}"


@pytest.mark.parametrize("folder", FOLDERS, ids=["deploy", "sandbox"])
def test_there_is_no_role_beside_the_purposes(folder: Path) -> None:
    """Eight files."""
    assert sorted(path.stem for path in folder.iterdir()) == sorted(PURPOSES)


def test_every_method_of_a_capability_serves_a_purpose() -> None:
    """A new one in `permissions` is added to a purpose in `roles`, else no identity may use it."""
    used = {method for purpose in PURPOSES.values() for method in purpose.methods}

    assert sorted(set(PERMISSIONS) - used) == []
    assert sorted(used - set(PERMISSIONS)) == []


def test_every_action_finds_its_rights_in_the_roles() -> None:
    """What the actions declare is held by some purpose."""
    held = {operation.casefold() for purpose in PURPOSES.values() for operation in purpose.actions}
    lacking = {
        name: sorted(missing)
        for name in CATALOGUE.names()
        if (missing := {each.casefold() for each in CATALOGUE.permissions(name)} - held)
    }

    assert lacking == {}


def test_a_role_holds_no_more_than_its_methods_need() -> None:
    """Each action is asked for by a method of the purpose, or named beside them."""
    for purpose in PURPOSES.values():
        needed = {operation for method in purpose.methods for operation in PERMISSIONS[method]} | set(purpose.also)
        assert set(purpose.actions) == needed


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_no_role_can_destroy_what_is_there_to_be_restored(purpose: str) -> None:
    """No wildcard, and nothing of the list of what no role ever holds."""
    found = json.loads(role_file(purpose))
    forbidden = [re.compile(re.escape(one.casefold()).replace(r"\*", ".*")) for one in NEVER]

    assert [one for one in found["Actions"] if "*" in one] == []
    assert [one for one in found["Actions"] for never in forbidden if never.fullmatch(one.casefold())] == []
    assert found["DataActions"] == []


STANDING = ("observer", "restore-drill", "asr-drill", "guest-exec")


def test_the_standing_identity_cannot_fail_over() -> None:
    """Failover, reprotection and switched names are another identity's."""
    held = {operation.casefold() for purpose in STANDING for operation in PURPOSES[purpose].actions}
    power = re.compile(
        r".*/(unplannedfailover|plannedfailover|failovercommit|failovercancel|reprotect|switchprotection)/action"
    )

    assert [one for one in held if power.fullmatch(one) or "dnszones/a/write" in one] == []
