"""The inventory on the command line: every fact with its age, and an exit code for who asks by script."""

import json
from datetime import timedelta

import pytest

from drd.domain.estate import Mechanism
from drd.ports.inventory import VaultList
from drd.ports.vault_lists import Listed, ListKind
from tests.fakes.served_house import MACHINE, TENANT, ServedHouse
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(20)
VAULT = MACHINE.protection[0].vault


def see(served: ServedHouse, *, age: timedelta) -> None:
    """Let the jobs of the one vault have been seen so long ago, and the rest just now."""
    now = served.house.clock.now()
    failed = Listed(name="vm-bz-sql-1", state="Failed", about="TestFailover, no room", at=now)
    served.inventory.listed = tuple(
        VaultList(
            tenant=TENANT, vault=VAULT, mechanism=Mechanism.SITE_RECOVERY, kind=kind, asked_at=now,
            seen_at=now - age if kind is ListKind.JOBS else now, trouble="not allowed" if age else "",
            entries=(failed,) if kind is ListKind.JOBS else (), total=1,
        )
        for kind in ListKind
    )  # fmt: skip
    served.see_points(age=timedelta(minutes=5))


def test_all_that_is_fresh_is_known(served: ServedHouse, drd: Drd) -> None:
    """A line for each kind of fact of each vault."""
    see(served, age=timedelta(0))

    done = drd("inventory", "list", "--lang", "en")

    lines = [line.split() for line in done.out.splitlines()[1:]]
    assert done.code == 0
    assert [(line[0], line[1], line[2]) for line in lines if line][:2] == [
        ("rsv", "site-recovery", "items"),
        ("rsv", "site-recovery", "jobs"),
    ]
    assert "unknown" not in done.out


def test_what_is_too_old_is_unknown_and_ends_with_7(served: ServedHouse, drd: Drd) -> None:
    """With the age of what was seen last, and why it is not seen now."""
    see(served, age=timedelta(hours=3))

    done = drd("inventory", "list", "--lang", "en")
    (jobs,) = [each for each in json.loads(drd("inventory", "list", "-o", "json").out) if each["what"] == "jobs"]

    assert done.code == 7
    (line,) = [line for line in done.out.splitlines() if "jobs" in line]
    assert "3h" in line
    assert line.split()[-3:] == ["unknown", "not", "allowed"]
    assert (jobs["freshness"], jobs["age_seconds"], jobs["vault"]) == ("unknown", 3 * 3600, str(VAULT))


def test_a_vault_shows_the_lines_of_its_lists(served: ServedHouse, drd: Drd) -> None:
    """A job that failed says why; a vault that is not there is not found."""
    see(served, age=timedelta(0))

    done = drd("inventory", "show", "rsv")

    assert done.code == 0
    assert "TestFailover, no room" in done.out
    assert drd("inventory", "show", "rsv-elsewhere").code == 3
