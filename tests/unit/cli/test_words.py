"""The catalogue of what commands say: whole in three languages, and nothing in it that nobody says."""

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest

from drd.cli.common import Common
from drd.cli.words import Words, catalogue, words_of
from drd.domain.daemon_state import DaemonState
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.events import Kind
from drd.domain.evidence import EvidenceKind
from drd.domain.figures import Verdict
from drd.domain.findings import Severity
from drd.domain.ladder import Outcome
from drd.domain.language import Language
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan_status import PlanStatus
from drd.domain.reaping import Reaping
from drd.ports.slots import SlotState
from drd.ports.vault_lists import ListKind

CLI = Path(__file__).parents[3] / "drd" / "cli"
PREFIXES = {
    "state-": {state.value for state in RunState},
    "step-": {state.value for state in StepState},
    "verdict-": {verdict.value for verdict in Verdict},
    "drill-": {verdict.value for verdict in DrillVerdict},
    "protection-": {"ok", "warning", "critical", "unprotected", "unknown"},
    "daemon-": {state.value for state in DaemonState},
    "fault-": {"waiting", "standing", "spent", "over"},
    "event-": {kind.value.replace(".", "-") for kind in Kind},
    "plan-": {status.value for status in PlanStatus},
    "severity-": {severity.value for severity in Severity},
    "evidence-": {kind.value for kind in EvidenceKind},
    "outcome-": {outcome.value for outcome in Outcome},
    "slot-": {state.value for state in SlotState} | {"paused"},
    "reaped-": {each.value for each in Reaping} | {"resource-group", "resource", "test-failover"},
    "odd-": {"twice", "never"},
    "facts-": {kind.value for kind in ListKind} | {"points", "posture"},
}


def _trees() -> Iterator[ast.Module]:
    for path in CLI.rglob("*.py"):
        yield ast.parse(path.read_text(encoding="utf-8"))


def _said() -> set[str]:
    """Give every key that the code names whole, in a call or as a text that is a key."""
    texts = {
        node.value
        for tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    headings = {f"heading-{text}" for text in texts}
    built = {f"{prefix}{name}" for prefix, names in PREFIXES.items() for name in names}
    return texts | headings | built


def _asked_for() -> set[str]:
    """Give every key that a call of `say` names whole."""
    return {
        node.args[0].value
        for tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "say"
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def test_every_key_has_three_languages() -> None:
    """A reader never meets another language than the one they chose."""
    languages = {language.value for language in Language}

    assert {key: set(texts) for key, texts in catalogue().items() if set(texts) != languages} == {}
    assert [key for key, texts in catalogue().items() if not all(texts.values())] == []


def test_the_languages_of_a_key_have_the_same_places() -> None:
    """A figure that one language shows is not lost in another."""

    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [
        key for key, texts in catalogue().items() if len({frozenset(places(each)) for each in texts.values()}) > 1
    ] == []


def test_every_key_that_is_said_exists() -> None:
    """A missing text would be a defect at night."""
    assert _asked_for() - set(catalogue()) == set()


@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_state_has_its_word(prefix: str) -> None:
    """Keys that are put together exist for every value."""
    assert {f"{prefix}{name}" for name in PREFIXES[prefix]} - set(catalogue()) == set()


def test_no_key_is_left_over() -> None:
    """What nobody says is not translated."""
    assert set(catalogue()) - _said() == set()


@pytest.mark.parametrize(("lang", "said"), [(None, "unknown"), ("nl", "onbekend"), ("fr", "inconnu")])
def test_words_follow_the_chosen_language(lang: str | None, said: str) -> None:
    """English where nobody chose."""
    assert words_of(Common(lang=lang)).say("unknown") == said


def test_texts_of_runbooks_fall_back_to_dutch() -> None:
    """Dutch is the one that every text has."""
    assert Words(Language.FR).of({"nl": "Beslissen", "en": "Decide"}) == "Beslissen"
