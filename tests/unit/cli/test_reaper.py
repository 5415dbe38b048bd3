"""`drd reaper`: what a pass did, for people and machines."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from drd.cli.common import Common
from drd.cli.output import lines_of
from drd.cli.reaper_view import pass_sheet
from drd.cli.words import words_of
from drd.daemon.reaper import Pass
from drd.domain.ids import ArmId
from drd.domain.reaping import Reaped, Reaping
from tests.unit.cli.conftest import Drd

AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
GONE = Reaped(
    outcome=Reaping.REMOVED,
    id=ArmId.parse("/subscriptions/s1/resourceGroups/rg-drd-r-1"),
    kind="resource-group",
    run="r-1",
)
COPIED = Reaped(
    outcome=Reaping.REPORTED,
    id=ArmId.parse("/subscriptions/s1/resourceGroups/rg-burgerzaken"),
    kind="resource-group",
    code="seal-broken",
    because="its seal is not its own",
    hint="find out who made it",
)


def test_a_pass_is_told_thing_by_thing_with_each_advice_once() -> None:
    """The name says which group it is, the code why it stays, and below stands what to do."""
    passed = Pass(at=AT, reaped=(GONE, COPIED, COPIED), without_store="there is none")

    lines = lines_of(pass_sheet(words_of(Common(lang="en")), passed.to_json()))

    assert lines[1].split() == ["removed", "resource", "group", "rg-drd-r-1", "r-1", "-"]
    assert lines[2].split() == ["reported", "resource", "group", "rg-burgerzaken", "-", "seal-broken"]
    assert lines[4:] == [
        "seal-broken: its seal is not its own. find out who made it",
        "Without the ledger: there is none",
    ]


def test_a_pass_that_found_nothing_says_so_and_one_that_broke_off_does_not() -> None:
    """Nothing found is good news; nothing read is none."""
    words = words_of(Common(lang="nl"))

    assert lines_of(pass_sheet(words, Pass(at=AT).to_json())) == ["Er is niets op te ruimen."]
    assert lines_of(pass_sheet(words, Pass(at=AT, idle=True).to_json())) == ["Een andere opruimer is bezig."]
    assert lines_of(pass_sheet(words, Pass(at=AT, trouble="no token").to_json())) == ["Niet afgemaakt: no token"]


@pytest.mark.parametrize(
    ("passed", "settled"),
    [
        (Pass(at=AT), True),
        (Pass(at=AT, reaped=(GONE,)), True),
        (Pass(at=AT, reaped=(GONE, COPIED)), False),
        (Pass(at=AT, trouble="no token"), False),
        (Pass(at=AT, idle=True), True),
    ],
)
def test_a_person_has_to_look_when_something_stays_or_was_not_read(passed: Pass, settled: bool) -> None:
    """That is exit code 7."""
    assert passed.settled is settled


def test_a_length_of_time_that_is_none_is_wrong_usage(drd: Drd, tmp_path: Path) -> None:
    """2, and how lengths are written; no settings were read, and nothing was removed."""
    settings = tmp_path / "drd.yaml"
    settings.write_text("drd: settings/v1\n", encoding="utf-8")

    done = drd("reaper", "--every", "often", "--config", settings)

    assert (done.code, done.out) == (2, "")
    assert "write 90s, 15m, 4h, 30d" in done.err
