"""Commands that need no daemon: checking and planning files, showing settings, schemas."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Drd

ROOT = Path(__file__).parents[3]
CONFIG = ("--config", str(ROOT / "config" / "drd.yaml"))

pytestmark = pytest.mark.timeout(20)


def test_the_shipped_runbooks_are_right(drd: Drd) -> None:
    """No fault and no finding."""
    done = drd("runbook", "check", *CONFIG)

    assert done.code == 0, done.out
    assert "Faults: 0. Findings: 0." in done.err


def test_a_fault_is_shown_with_its_place_and_a_caret(drd: Drd, tmp_path: Path) -> None:
    """File, line, column, the line itself, and a hint; exit code 2."""
    text = (ROOT / "runbooks" / "netwerk.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "netwerk.yaml"
    wrong.write_text(text.replace("on-failure:", "on-failur:"), encoding="utf-8")

    done = drd("runbook", "check", wrong, *CONFIG)

    assert done.code == 2
    assert f"{wrong}:" in done.out
    assert "^" in done.out
    assert "hint: " in done.out
    assert json.loads(drd("runbook", "check", wrong, *CONFIG, "-o", "json").out)["faults"]


def test_a_plan_says_targets_times_and_what_is_left_out(drd: Drd) -> None:
    """In order, with the critical path; nothing is touched."""
    done = drd("runbook", "plan", "burgerzaken", "--mode", "failover", "--ungraceful", *CONFIG)

    assert done.code == 0, done.err
    assert "left out: ungraceful" in done.out
    assert "vm-bz-sql-1" in done.out
    assert "Nothing was touched" in done.out
    shape = json.loads(drd("runbook", "plan", "burgerzaken", "--mode", "failover", *CONFIG, "-o", "json").out)
    assert any(step["critical_path"] for step in shape["steps"])
    assert shape["approvers"] == ["crisisteam"]


def test_an_unknown_runbook_is_not_found(drd: Drd) -> None:
    """3, with a hint."""
    done = drd("runbook", "plan", "burgerzake", "--mode", "drill", *CONFIG)

    assert (done.code, "burgerzaken" in done.err) == (3, True)


def test_an_unknown_input_is_an_invalid_file_error(drd: Drd) -> None:
    """2, and it names the inputs that exist."""
    done = drd("runbook", "plan", "burgerzaken", "--mode", "drill", "--input", "punt=x", *CONFIG)

    assert done.code == 2
    assert 'no input "punt"' in done.err


def test_no_configuration_is_one_clear_error(drd: Drd) -> None:
    """It says where drd looked, and what to do."""
    done = drd("config", "check")

    assert done.code == 2
    assert "config/drd.yaml" in done.err
    assert "--config" in done.err


def test_settings_are_shown_with_their_source(drd: Drd) -> None:
    """Which value counts, and who set it."""
    found = json.loads(drd("config", "show", *CONFIG, "-o", "json").out)

    assert {"key", "value", "source"} == set(found[0])


def test_faults_of_the_settings_have_their_place(drd: Drd, tmp_path: Path) -> None:
    """Exit code 2."""
    wrong = tmp_path / "drd.yaml"
    wrong.write_text("drd: settings/v1\nstor: {path: x}\n", encoding="utf-8")

    done = drd("config", "check", "--config", wrong)

    assert (done.code, f"{wrong}:2:1" in done.out) == (2, True)


def test_schemas_are_written_as_files(drd: Drd, tmp_path: Path) -> None:
    """The committed ones are made so."""
    done = drd("runbook", "schema", "--out", tmp_path / "schema")

    assert done.code == 0
    names = sorted(path.name for path in (tmp_path / "schema").iterdir())
    forms = ("addition", "catalogue", "exercise", "runbook", "settings")
    assert names == [f"{form}-v1.schema.json" for form in forms]
