"""What people tell, from the file that they filled in to the chain."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from drd.domain.evidence import EvidenceKind
from drd.domain.ids import TenantId
from tests.fakes.exercise import EXERCISE
from tests.fakes.served_house import ServedHouse
from tests.fakes.virtual_clock import EPOCH
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)


def written(folder: Path, **others: Any) -> str:
    """Write a file; JSON is YAML."""
    said = {name: value for name, value in (EXERCISE | others).items() if value is not None}
    (folder / "told.yaml").write_text(json.dumps(said, indent=1), encoding="utf-8")
    return "told.yaml"


def test_an_exercise_is_recorded_once_and_exported(served: ServedHouse, drd: Drd, tmp_path: Path) -> None:
    """Twice the same words are one record; other words under its id are refused."""
    first = drd("evidence", "record", "exercise", written(tmp_path), "--lang", "nl")
    again = drd("evidence", "record", "exercise", written(tmp_path), "-o", "json")
    other = drd("evidence", "record", "exercise", written(tmp_path, form="full"))
    drd("evidence", "export", "--to", "chain.jsonl")

    assert (first.code, again.code, other.code, len(served.evidence.records)) == (0, 0, 5, 1)
    assert "Vastgelegd als stuk 1 van de keten" in first.err
    assert "see: drd evidence show e-" in other.err
    assert "drd run show" not in other.err
    assert json.loads(again.out)["record"]["exercise"]["form"] == "tabletop"
    assert drd("evidence", "verify", "chain.jsonl").code == 0
    assert "tafeloefening" in drd("evidence", "list", "--kind", "exercise", "--lang", "nl").out


def test_what_is_added_to_a_run_is_shown_with_it(served: ServedHouse, drd: Drd, tmp_path: Path) -> None:
    """Though it stands further down the chain."""
    body: dict[str, Any] = {"run": {"id": "r-1"}, "outcome": {"state": "succeeded"}}
    asyncio.run(served.evidence.append(EvidenceKind.DRILL, TenantId("voorbeeld"), body, EPOCH, key="run/r-1"))
    (tmp_path / "more.yaml").write_text(
        "drd: addition/v1\nid: aanvaarding\nto: r-1\n"
        "accepted:\n  - {role: dienst burgerzaken, outcome: accepted, at: 2026-11-20T16:00:00+01:00}\n",
        encoding="utf-8",
    )
    done = drd("evidence", "record", "addition", "more.yaml", "--lang", "en")
    shown = drd("evidence", "show", "r-1", "--lang", "en")
    whole = json.loads(drd("evidence", "show", "r-1", "-o", "json").out)

    assert (done.code, "Recorded as number 2 of the chain" in done.err) == (0, True)
    assert "Added to by an at" in shown.out
    (addition,) = whole["additions"]
    assert addition["record"]["integrity"]["accepted-by"][0]["at"] == "2026-11-20T15:00:00.000Z"
    assert drd("evidence", "show", "2", "--lang", "fr").code == 0


@pytest.mark.parametrize(
    ("others", "place", "what"),
    [
        ({"participants": [{"role": "jan.peeters@voorbeeld.be"}]}, "18:12", "looks like a person's address"),
        ({"participants": [{"role": "85.07.30-033.28"}]}, "18:12", "looks like a person's address"),
        ({"participants": []}, "16:18", "at least 1"),
        ({"participants": None}, "1:1", 'the key "participants" is missing'),
        ({"scenario": {"kind": "brand"}}, "14:11", "it should be 'ransomware'"),
        ({"scenario": {"kind": "other", "told": " "}}, "15:11", "there is nothing in it"),
        ({"until": "2026-11-20"}, "12:11", "not an instant"),
        ({"until": "2026-11-20T10:00:00+01:00"}, "1:1", "over before it began"),
        ({"announced": "yes"}, "10:15", "true or false"),
        ({"declared_by": "x"}, "40:2", "declared_by"),
        ({"findings": [EXERCISE["findings"][0] | {"due": "weldra"}]}, "37:11", "not a day"),
        ({"findings": EXERCISE["findings"] * 2}, "1:1", "same id"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    served: ServedHouse, drd: Drd, tmp_path: Path, others: dict[str, Any], *, place: str, what: str
) -> None:
    """And its column; nothing is recorded."""
    told = drd("evidence", "record", "exercise", written(tmp_path, **others), "--lang", "en")

    assert told.code == 2
    assert f"told.yaml:{place}: " in told.err
    assert what in told.err
    assert not served.evidence.records


def test_a_form_that_tells_nothing_or_a_blank_is_told(drd: Drd, tmp_path: Path) -> None:
    """Before anybody is asked."""
    (tmp_path / "none.yaml").write_text("drd: addition/v1\nid: x\nto: r-1\n", encoding="utf-8")
    (tmp_path / "blank.yaml").write_text("drd: addition/v1\nid: x\nto: r-1\nend:\n", encoding="utf-8")

    assert "nothing is told" in drd("evidence", "record", "addition", "none.yaml", "--lang", "en").err
    assert "blank.yaml:4" in drd("evidence", "record", "addition", "blank.yaml", "--lang", "en").err
    assert drd("evidence", "record", "addition", "not-there.yaml").code == 2
