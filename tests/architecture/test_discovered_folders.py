"""A discovered file is known because it is there: its last line is one typed constant, named after what it is."""

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, place, tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """One discovered folder: which files, which constant, built by which calls, and how the file is named after it."""

    pattern: str
    constant: str
    call: str
    prefix: str | None = None


FOLDERS = [
    Folder(pattern="actions/*.py", constant="ACTION", call="Verb", prefix=""),
    Folder(pattern="checks/*.py", constant="CHECK", call="Question", prefix="check."),
    Folder(pattern="providers/*/provider.py", constant="PROVIDER", call="Opener"),
    Folder(pattern="metrics/families/*.py", constant="FAMILY", call="Family"),
    Folder(pattern="api/routes/*.py", constant="ROUTES", call="Routes"),
    Folder(pattern="cli/commands/*.py", constant="", call="command_group|lone_command", prefix=""),
]


def _members(folder: Folder) -> list[Path]:
    return sorted(path for path in (ROOT / "drd").glob(folder.pattern) if path.name != "__init__.py")


def _last_assignment(path: Path) -> tuple[str, ast.expr | None]:
    last = tree(path).body[-1]
    if isinstance(last, ast.Assign) and isinstance(last.targets[0], ast.Name):
        return last.targets[0].id, last.value
    if isinstance(last, ast.AnnAssign) and isinstance(last.target, ast.Name):
        return last.target.id, last.value
    return "", None


def _called(value: ast.expr | None) -> tuple[str, str | None]:
    """Return the name of what is called, and its first text: an argument, or the keyword `name`."""
    if not isinstance(value, ast.Call):
        return "", None
    called = value.func.attr if isinstance(value.func, ast.Attribute) else ast.unparse(value.func)
    given = [*value.args, *(keyword.value for keyword in value.keywords if keyword.arg == "name")]
    texts = [argument.value for argument in given if isinstance(argument, ast.Constant)]
    return called, next((text for text in texts if isinstance(text, str)), None)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.pattern)
def test_a_discovered_file_ends_with_its_constant(folder: Folder) -> None:
    """Discovery looks for exactly this name, and mypy checks the file at exactly this line."""
    wrong = []
    for path in _members(folder):
        constant, value = _last_assignment(path)
        wanted = folder.constant or path.stem.upper()
        if constant != wanted or _called(value)[0] not in folder.call.split("|"):
            wrong.append(f"{place(path)} does not end with {wanted} = {folder.call}(...)")

    assert wrong == []


@pytest.mark.parametrize("folder", [it for it in FOLDERS if it.prefix is not None], ids=lambda folder: folder.pattern)
def test_a_discovered_file_has_the_name_that_people_type(folder: Folder) -> None:
    """Who reads a name in a runbook or on the command line finds its file without searching."""
    wrong = []
    for path in _members(folder):
        name = _called(_last_assignment(path)[1])[1] or ""
        plain = name.removeprefix(folder.prefix or "").replace(".", "_").replace("-", "_")
        if plain != path.stem or not name.startswith(folder.prefix or ""):
            wrong.append(f"{place(path)} is called {name!r}")

    assert wrong == []


@pytest.mark.parametrize("folder", [it for it in FOLDERS if it.pattern.endswith("/*.py")], ids=lambda it: it.pattern)
def test_a_discovered_folder_holds_nothing_else(folder: Folder) -> None:
    """Code that files share goes one floor up or down to the domain, so that the folder reads as a list."""
    parent = (ROOT / "drd" / folder.pattern).parent
    others = [place(path) for path in parent.glob("*/") if path.is_dir() and path.name != "__pycache__"]

    assert others == []
