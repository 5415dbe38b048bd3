"""The command tree as `--help` shows it, and the published exit codes."""

import io
from pathlib import Path

import pytest
from cyclopts import App
from rich.console import Console

from drd.cli.app import build_app, run
from drd.cli.exits import Exit, exit_of

SNAPSHOT = Path(__file__).with_name("help.txt")
GROUPS = (
    "approval",
    "azure",
    "backup",
    "config",
    "daemon",
    "demo",
    "dev",
    "evidence",
    "init",
    "inventory",
    "item",
    "metrics",
    "readiness",
    "reaper",
    "run",
    "runbook",
    "sandbox",
    "schedule",
    "serve",
    "service",
    "store",
    "version",
)
WANTED = {
    "approval": {"list", "show", "approve", "deny"},
    "azure": {"role"},
    "backup": {"list", "show", "verify", "sample", "clean-point"},
    "config": {"check", "show"},
    "daemon": {"list", "drain", "resume"},
    "evidence": {"list", "show", "export", "verify", "record"},
    "inventory": {"list", "show"},
    "item": {"list", "points"},
    "metrics": {"list", "rules", "dashboards"},
    "readiness": {"list", "check"},
    "run": {
        "start",
        "list",
        "show",
        "watch",
        "log",
        "resume",
        "retry",
        "skip",
        "hold",
        "release",
        "resolve",
        "adopt",
        "graceful",
        "ungraceful",
        "note",
        "cancel",
        "abandon",
        "undo",
        "pause",
        "export",
        "verify",
    },
    "runbook": {"list", "check", "plan", "schema"},
    "sandbox": {
        "fault",
        "scenario",
        "time",
        "start",
        "region-down",
        "region-up",
        "journal",
        "leftovers",
        "snapshot",
        "reset",
    },
    "schedule": {"list", "next", "trigger", "pause", "resume", "calendar"},
    "service": {"list", "show"},
    "store": {"check", "snapshots", "restore"},
}

NESTED = {
    ("evidence", "record"): {"exercise", "addition"},
    ("sandbox", "fault"): {"add", "clear", "kinds", "list"},
    ("sandbox", "scenario"): {"list", "run"},
    ("sandbox", "time"): {"show", "advance", "speed"},
}


def _names(app: App) -> set[str]:
    return {name for name in app if not name.startswith("-")}


def _help(*words: str) -> str:
    told = io.StringIO()
    console = Console(file=told, width=100, color_system=None, force_terminal=False)
    build_app()([*words, "--help"], console=console, exit_on_error=False, print_error=False)
    return "\n".join(line.rstrip() for line in told.getvalue().splitlines())


def _tree() -> str:
    parts = [_help()]
    for group in GROUPS:
        parts.append(_help(group))
        for name in sorted(WANTED.get(group, ())):
            parts.append(_help(group, name))
            parts.extend(_help(group, name, inner) for inner in sorted(NESTED.get((group, name), ())))
    return "\n\n".join(parts) + "\n"


@pytest.mark.timeout(30)
def test_the_help_is_as_reviewed() -> None:
    """A change of the command line is seen by whoever reviews it: write the new text to help.txt when it is wanted."""
    found = _tree()

    assert found == SNAPSHOT.read_text(encoding="utf-8")


@pytest.mark.parametrize("group", WANTED)
def test_every_promised_command_is_there(group: str) -> None:
    """And no other."""
    assert _names(build_app()[group]) == WANTED[group]


@pytest.mark.parametrize(("group", "name"), NESTED)
def test_every_promised_command_of_a_nested_group_is_there(group: str, name: str) -> None:
    """And no other."""
    assert _names(build_app()[group][name]) == NESTED[group, name]


def test_there_is_no_other_group() -> None:
    """What is typed first."""
    assert _names(build_app()) == set(GROUPS)


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        (404, "not-found", Exit.NOT_FOUND),
        (403, "forbidden", Exit.FORBIDDEN),
        (401, "unknown", Exit.FORBIDDEN),
        (409, "conflict", Exit.CONFLICT),
        (409, "refused", Exit.CONFLICT),
        (409, "not-confirmed", Exit.USAGE),
        (409, "no-reason", Exit.USAGE),
        (422, "invalid", Exit.USAGE),
        (500, "defect", Exit.FAILURE),
        (503, "no-daemon", Exit.FAILURE),
        (500, "token-unavailable", Exit.FORBIDDEN),
        (504, "order-in-doubt", Exit.FAILURE),
        (418, "of-tomorrow", Exit.FAILURE),
    ],
)
def test_every_problem_has_its_exit_code(status: int, code: str, wanted: Exit) -> None:
    """The published table; what it does not know is a failure."""
    assert exit_of(status, code) is wanted


def test_the_exit_codes_are_the_published_ones() -> None:
    """Scripts count on them."""
    assert {each.name: each.value for each in Exit} == {
        "OK": 0,
        "FAILURE": 1,
        "USAGE": 2,
        "NOT_FOUND": 3,
        "FORBIDDEN": 4,
        "CONFLICT": 5,
        "NOT_SUCCEEDED": 6,
        "MISSED": 7,
        "UNFINISHED": 8,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize(
    "words",
    [("nope",), ("run", "nope"), ("run", "start", "x"), ("run", "start", "x", "--mode", "sideways"), ("run", "show")],
)
def test_wrong_usage_ends_with_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """One message, nothing on stdout."""
    code = run(words)

    seen = capsys.readouterr()
    assert (code, seen.out) == (2, "")
    assert "Error" in seen.err
