"""How errors are told: what failed, on what, what to do now, and where; as JSON when JSON was asked for."""

import sys
import traceback
from collections.abc import Sequence

from cyclopts import App, CycloptsError
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from drd.api.wire.problem import Problem, ProblemAnswer
from drd.api.wire.wish import UNFIT
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.faults import CommandError, command_error, usage_error
from drd.domain.errors import DrdError

_NAMES = frozenset({"-o", "--output"})


def tell_error(error: Exception, arguments: Sequence[str]) -> int:
    """Print an error on stderr and give the exit code."""
    if isinstance(error, DrdError):
        error = command_error(error)
    error = _mistyped(error) or error
    if isinstance(error, CommandError):
        problem, code = error.problem, error.exit_code
    else:
        hint = "this is a defect of drd; run again with --verbose and report what it prints"
        title = f"drd failed: {type(error).__name__}: {error}"
        problem, code = Problem(title=title, status=500, code="defect", hint=hint), Exit.FAILURE
        if "--verbose" in arguments:
            traceback.print_exception(error)
    if _wants_json(arguments):
        sys.stderr.write(ProblemAnswer(error=problem).model_dump_json() + "\n")
    else:
        _tell(problem)
    return code


def _mistyped(error: Exception) -> CommandError | None:
    """Tell a text that nobody can keep from a defect: what was typed is no UTF-8, or too long."""
    if isinstance(error, ValidationError):
        faults = [each["msg"] for each in error.errors() if each["type"] == UNFIT]
        return usage_error(faults[0]) if faults else None
    if isinstance(error, UnicodeEncodeError):
        return usage_error("what was typed is not UTF-8", "look at the terminal's encoding, and type it again")
    return None


def _wants_json(arguments: Sequence[str]) -> bool:
    pairs = zip(arguments, [*arguments[1:], ""], strict=True)
    forms = [
        value if name in _NAMES else name.partition("=")[2] or name.removeprefix("-o")
        for name, value in pairs
        if name in _NAMES or name.startswith("--output=") or (name.startswith("-o") and not name.startswith("--"))
    ]
    return forms[-1] == "json" if forms else _surroundings().output == "json"


def _surroundings() -> Common:
    """Read what the environment says of the common options; what is wrong there says nothing here."""
    probe = App(result_action="return_value")

    @probe.default
    def common_options(*, common: Common = DEFAULT) -> Common:
        return common

    try:
        found = probe([], exit_on_error=False, print_error=False)
    except CycloptsError:
        return DEFAULT
    return found if isinstance(found, Common) else DEFAULT


_SHOWN_BY = {"r-": "drd run show", "e-": "drd evidence show"}
"""What shows the thing that is in the way, by how its id begins."""


def _tell(problem: Problem) -> None:
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    on = f" ({problem.target})" if problem.target else ""
    console.print(f"[bold red]Error:[/] {escape(problem.title)}{escape(on)}")
    for fault in problem.faults:
        console.print(f"  {escape(fault)}")
    if problem.detail:
        console.print(f"  {escape(problem.detail)}")
    for prefix, command in _SHOWN_BY.items():
        if problem.other.startswith(prefix):
            console.print(f"  see: {command} {escape(problem.other)}")
    if problem.hint:
        console.print(f"[bold]Hint:[/] {escape(problem.hint)}")
