"""Reads the source tree as text, so that rules are checked also for files that cannot be imported."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = ("drd", "tests", "benchmarks", "dashboards", "proofs")
MADE_BY_TOOLS = {"__pycache__", "build", "dist", "htmlcov", "var"}


def files(*folders: str) -> list[Path]:
    """Return the Python files under these folders of the repository; a folder that is not there holds none."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def place(path: Path, line: int | None = None) -> str:
    """Name a file of the repository the way an editor opens it."""
    return f"{path.relative_to(ROOT)}" + (f":{line}" if line else "")


@cache
def tree(path: Path) -> ast.Module:
    """Parse one file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Give each imported module with its line; relative imports begin with their dots, wherever they stand."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "." * node.level + (node.module or "")


def repository() -> Iterator[Path]:
    """Give every file that a checkout holds, without what tools leave behind."""
    pending = [ROOT]
    while pending:
        for path in sorted(pending.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in {".ci", ".editorconfig", ".gitignore"}
            if hidden or path.name in MADE_BY_TOOLS or path.suffix == ".egg-info":
                continue
            if path.is_dir():
                pending.append(path)
            elif path.is_file():
                yield path
