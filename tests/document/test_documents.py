"""Documents are true in what can be compared: links, tables of dependencies, lists of decisions, fragments."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.architecture.source import ROOT, place, repository

KINDS = {"security", "added", "changed", "fixed", "removed"}
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", flags=re.MULTILINE | re.DOTALL)


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\s\[<>=!~;]", requirement)[0].lower() for requirement in requirements}


def _first_cells(page: Path, heading: str) -> set[str]:
    section = page.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("|")]
    return {row for row in rows[2:] if row}


def _links() -> Iterator[tuple[Path, str]]:
    for page in repository():
        if page.suffix == ".md":
            text = FENCE.sub("", page.read_text(encoding="utf-8"))
            yield from ((page, target) for target in LINK.findall(text) if "://" not in target)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_link_inside_the_repository_leads_somewhere() -> None:
    """A page that moved takes its links along."""
    dead = []
    for page, target in _links():
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        if not goal.exists() or (anchor and goal.suffix == ".md" and anchor not in _anchors(goal)):
            dead.append(f"{place(page)} -> {target}")

    assert dead == []


def test_every_dependency_has_its_reason() -> None:
    """What drd runs with stands in the table with what it is for, and nothing else stands there."""
    needed = _names(_project()["project"]["dependencies"])

    assert _first_cells(ROOT / "docs" / "dependencies.md", "What drd runs with") == needed


def test_every_dependency_of_an_extra_has_its_reason() -> None:
    """The same for what an installation may add."""
    needed = {name for extra in _project()["project"]["optional-dependencies"].values() for name in _names(extra)}

    assert _first_cells(ROOT / "docs" / "dependencies.md", "What an installation may add") == needed


def test_every_tool_has_its_purpose() -> None:
    """The same for what develops, builds and measures it."""
    needed = {name for group in _project()["dependency-groups"].values() for name in _names(group)}

    assert _first_cells(ROOT / "docs" / "dependencies.md", "What develops it") == needed


def test_every_decision_is_in_the_index() -> None:
    """The index links each record once, and each record says its context, what was decided and what follows."""
    folder = ROOT / "docs" / "decisions"
    records = sorted(path.name for path in folder.glob("[0-9]*.md"))
    texts = [(folder / name).read_text(encoding="utf-8") for name in records]
    parts = ("\n## Context\n", "\n## Decision\n", "\n## Consequences\n")

    assert sorted(LINK.findall((folder / "README.md").read_text(encoding="utf-8"))) == records
    assert [name for name, text in zip(records, texts, strict=True) if not all(part in text for part in parts)] == []


def test_every_fragment_of_the_changelog_is_of_a_known_kind() -> None:
    """The tool passes over what it does not know, so a misspelt fragment would never be read."""
    fragments = [path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]
    wrong = [path.name for path in fragments if not re.fullmatch(rf"[^.]+\.({'|'.join(KINDS)})\.md", path.name)]

    assert {kind["directory"] for kind in _project()["tool"]["towncrier"]["type"]} == KINDS
    assert wrong == []
