"""The page about faults and scenarios says what the sandbox does: kinds, scenarios, steps, examples."""

import re

import pytest

from drd.sandbox.faults import KINDS
from drd.sandbox.faults.kinds import CALL
from drd.sandbox.faults.reading import parse_faults
from drd.sandbox.scenarios import parse_scenario, shipped_names
from drd.sandbox.scenarios.step import VERBS
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "sandbox" / "faults.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", TEXT, flags=re.MULTILINE))
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_its_row_and_says_how_long_it_strikes(kind: str) -> None:
    """Once, or as long as it stands, as the kind has it."""
    said = ROWS[kind].rpartition("|")[2].strip()
    found = KINDS[kind]

    assert (said == "once") is not found.lasts
    assert ("the same every time" in said) is found.steady


def test_every_scenario_that_ships_has_its_row() -> None:
    """And every step that a file may have."""
    steps = set(re.findall(r"`([a-z-]+): ", TEXT))

    assert set(shipped_names()) <= set(ROWS)
    assert set(VERBS) <= steps


def test_the_examples_are_right() -> None:
    """They are read as the sandbox reads them."""
    read = [parse_faults if "drd: fault/v1" in example else parse_scenario for example in EXAMPLES]

    assert len(EXAMPLES) == 2
    assert all(reads(example, "page.yaml") for reads, example in zip(read, EXAMPLES, strict=True))


def test_a_kind_of_call_is_told_apart_from_what_is_asked_for() -> None:
    """So that the table's order, calls first, stays true."""
    moments = [KINDS[kind].moment for kind in ROWS if kind in KINDS]

    assert moments == sorted(moments, key=lambda moment: moment != CALL)
