"""Each alert has its page, and each command on it is one that can be typed."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.architecture.source import ROOT

PAGES = ROOT / "docs" / "alerts"
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yaml"
HEADINGS = ["What it means", "How to check", "What to do", "When it is harmless"]
TYPED = re.compile(r"(?:^|`)(drd [a-z][^`#\n]*?)(?:  #.*)?(?:`|$)", flags=re.MULTILINE)


def _rules() -> list[dict[str, Any]]:
    groups = YAML(typ="safe", pure=True).load(ALERTS.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _pages() -> list[Path]:
    return sorted(path for path in PAGES.glob("*.md") if path.stem != "README")


def _commands() -> dict[str, str]:
    """Give the help of each command, as it was reviewed."""
    snapshot = (ROOT / "tests" / "unit" / "cli" / "help.txt").read_text(encoding="utf-8")
    parts = re.split(r"^Usage: (drd(?: [a-z][a-z-]*)*)", snapshot, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _typed(text: str) -> Iterator[str]:
    for found in TYPED.findall(text):
        yield found.strip()


def test_each_alert_has_its_page_and_each_page_its_alert() -> None:
    """And the index names all of them."""
    named = {rule["alert"] for rule in _rules()}
    index = set(re.findall(r"^\| \[(\w+)\]", (PAGES / "README.md").read_text(encoding="utf-8"), flags=re.MULTILINE))

    assert {path.stem for path in _pages()} == named
    assert index == named


def test_each_alert_says_what_it_is_and_where_to_look() -> None:
    """Summary, description, severity, its page, its dashboard; the placeholders are those that the command replaces."""
    boards = {path.stem for path in (ROOT / "deploy" / "grafana" / "dashboards").glob("*.json")}
    for rule in _rules():
        said = rule["annotations"]
        assert set(said) == {"summary", "description", "runbook_url", "dashboard_url"}, rule["alert"]
        assert rule["labels"].keys() == {"severity"}
        assert rule["labels"]["severity"] in {"critical", "warning", "info", "none"}
        assert said["runbook_url"] == f"https://docs.drd.example/alerts/{rule['alert']}"
        board = re.fullmatch(r"https://grafana\.drd\.example/d/([a-z-]+)(\?.*)?", said["dashboard_url"])
        assert board is not None
        assert board[1] in boards


@pytest.mark.parametrize("path", _pages(), ids=lambda path: path.stem)
def test_a_page_says_what_a_person_needs_at_night(path: Path) -> None:
    """The same headings in the same order, its severities, and commands that exist, with options that exist."""
    text = path.read_text(encoding="utf-8")
    commands = _commands()
    severities = {rule["labels"]["severity"] for rule in _rules() if rule["alert"] == path.stem}

    assert text.startswith(f"# {path.stem}\n\nSeverity: ")
    assert set(re.findall(r"critical|warning|info|none", text.splitlines()[2])) == severities
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == HEADINGS
    for typed in _typed(text):
        words = re.sub(r'"[^"]*"', "X", typed).split()
        command = max((known for known in commands if f"{typed} ".startswith(f"{known} ")), key=len)
        assert command != "drd", typed
        assert "COMMAND" not in commands[command].splitlines()[0], f"{typed}: what of it?"
        options = {word for word in words if word.startswith("--")}
        assert {each for each in options if each not in commands[command]} == set(), typed
