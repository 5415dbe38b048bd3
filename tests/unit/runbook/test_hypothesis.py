"""What production is asked while a drill goes on."""

import pathlib

import pytest

from drd.domain.errors import InvalidError
from drd.domain.plan import Mode
from tests.unit.runbook.small_shelf import HEAD, PARENT, shelf, wish

GROUP = "groups:\n  - id: g\n    steps:\n      - {id: s, uses: noop}\n"


@pytest.mark.parametrize(
    ("line", "asked"),
    [("", ["login", "port"]), ("hypothesis: [port]\n", ["port"]), ("hypothesis: []\n", [])],
)
def test_a_drill_asks_the_service_s_checks_unless_its_runbook_names_fewer(
    tmp_path: pathlib.Path, line: str, asked: list[str]
) -> None:
    """They stand in the plan of a drill, and of no other run."""
    kept = shelf(tmp_path, r=HEAD + GROUP + line)

    assert [each.id for each in kept.plan(wish(mode=Mode.DRILL)).hypothesis] == asked
    assert kept.plan(wish()).hypothesis == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + GROUP + "hypothesis: [logn]\n", 'the service has no check "logn" in the catalogue'),
        (PARENT % "r" + GROUP + "hypothesis: [login]\n", "a parent has no hypothesis of its own"),
    ],
)
def test_a_hypothesis_that_cannot_be_asked_is_refused(tmp_path: pathlib.Path, text: str, said: str) -> None:
    """At its place, with a hint."""
    with pytest.raises(InvalidError) as error:
        shelf(tmp_path, r=text).plan(wish(mode=Mode.DRILL))

    assert any(said in fault for fault in error.value.faults)
