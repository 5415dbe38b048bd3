"""Rules about imports that need the text of a file, beside those that import-linter keeps."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import PROGRAMS, ROOT, files, imports, place, tree

REASON = r"\s*[-–—:#]+\s*\w.{3,}"
EXPLAINED = {
    "noqa": re.compile(r"noqa: [A-Z]+\d+(,\s?[A-Z]+\d+)*" + REASON),
    "type: ignore": re.compile(r"type: ignore\[[a-z, -]+\]" + REASON),
    "pragma: no cover": re.compile(r"pragma: no cover" + REASON),
}
CORE_MAY_IMPORT = {
    "bisect",
    "calendar",
    "collections",
    "collections.abc",
    "contextlib",
    "contextvars",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "functools",
    "graphlib",
    "hashlib",
    "heapq",
    "hmac",
    "itertools",
    "json",
    "math",
    "re",
    "types",
    "typing",
    "zoneinfo",
}


@pytest.mark.parametrize(("room", "neighbours"), [("domain", ["domain"]), ("ports", ["domain", "ports"])])
def test_the_core_imports_only_what_is_listed(room: str, neighbours: list[str]) -> None:
    """An allow-list also catches the library of tomorrow."""
    own = tuple(f"drd.{neighbour}" for neighbour in neighbours)
    foreign = [
        f"{place(path, line)} imports {name}"
        for path in files(f"drd/{room}")
        for line, name in imports(path)
        if name not in CORE_MAY_IMPORT and name not in own and not name.startswith(tuple(f"{it}." for it in own))
    ]

    assert foreign == []


def test_nothing_is_imported_relatively() -> None:
    """A name is the same everywhere."""
    relative = [place(path, line) for path in files(*PROGRAMS) for line, name in imports(path) if name.startswith(".")]

    assert relative == []


def test_nothing_is_patched() -> None:
    """Fakes answer ports; what has to be patched has no seam."""
    mocking = [
        place(path, line)
        for path in files(*PROGRAMS)
        for line, name in imports(path)
        if name in {"mock", "pytest_mock"} or name.startswith("unittest")
    ]

    assert mocking == []


def test_every_room_says_what_it_may_import() -> None:
    """The rule stands where the next file will be written."""
    silent = [
        place(path)
        for path in files("drd")
        if path.name == "__init__.py"
        and path.parent.parent == ROOT / "drd"
        and "import" not in (ast.get_docstring(tree(path)) or "")
    ]

    assert silent == []


def test_every_folder_with_modules_is_a_package() -> None:
    """A folder without its first file is invisible to the contracts."""
    bare = {place(path.parent) for path in files("drd") if not (path.parent / "__init__.py").is_file()}

    assert bare == set()


def test_every_exception_to_a_rule_has_its_name_and_its_reason() -> None:
    """`noqa: RULE - reason`, `type: ignore[rule]  # reason`: the next reader must be able to judge it."""
    unexplained = [
        f"{place(path, token.start[0])} {token.string}"
        for path in files(*PROGRAMS)
        for token in _comments(path)
        if any(opening in token.string for opening in EXPLAINED)
        and not any(shape.search(token.string) for shape in EXPLAINED.values())
    ]

    assert unexplained == []


def _comments(path: Path) -> Iterator[tokenize.TokenInfo]:
    with path.open("rb") as lines:
        yield from (token for token in tokenize.tokenize(lines.readline) if token.type == tokenize.COMMENT)
