"""Limits of size that ruff does not keep: a file, and a class."""

import ast

from tests.architecture.source import PROGRAMS, files, place, tree

LINES = 400
METHODS = 20


def test_a_module_has_at_most_400_lines() -> None:
    """A file that outgrows a few screens is two files."""
    long = {
        place(path): count
        for path in files(*PROGRAMS)
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LINES
    }

    assert long == {}


def test_a_class_has_at_most_20_methods() -> None:
    """Functions can be short and the class still a heap: methods are counted too."""
    large = {
        place(path, node.lineno): count
        for path in files(*PROGRAMS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef)
        and (count := sum(isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) for part in node.body)) > METHODS
    }

    assert large == {}
