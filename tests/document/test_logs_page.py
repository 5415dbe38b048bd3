"""The page of logs is the catalogue, and the catalogue is what the code logs."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from drd.daemon.log_events import LOG_EVENTS, LogEvent
from tests.architecture.source import files, place, tree
from tests.document.logs_page import PAGE, page

_NAME = re.compile(r"^[A-Za-z][a-z']*(,? [a-z']+)*$")
_LOGGERS = re.compile(r"^.*(?:get_logger|logging\.(?:info|warning|error|exception))\(.*$", flags=re.MULTILINE)
_TRACEBACK = "exc_info"

EVENTS = {event.name: event for events in LOG_EVENTS.values() for event in events}


def _that_log() -> list[Path]:
    return [path for path in files("drd") if "structlog.get_logger" in path.read_text(encoding="utf-8")]


def _calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Give each call of a log in drd: where it stands, the call, its level."""
    for path in _that_log():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_log(node.func.value):
                yield place(path, node.lineno), node, node.func.attr


def _is_log(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "_log"


def _name(call: ast.Call) -> str:
    """Give the event's name; empty where it is none that stands in the code as it is."""
    literal = len(call.args) == 1 and isinstance(call.args[0], ast.Constant)
    return str(call.args[0].value) if literal and isinstance(call.args[0], ast.Constant) else ""


def _fits(event: LogEvent, call: ast.Call) -> bool:
    """Say whether the call names every member, or hands over ready ones, and no other than those that are listed."""
    given = {word.arg for word in call.keywords} - {_TRACEBACK}
    listed = {*event.fields, *event.optional}
    return given - {None} <= listed if None in given else given == set(event.fields)


def test_the_page_is_as_the_catalogue_is() -> None:
    """Write it anew with `python -m tests.document.logs_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_event_that_is_logged_stands_in_the_catalogue() -> None:
    """With its level and its members; an event whose name is made at run time could be anything."""
    wrong = [
        f"{where}: {level} {_name(call) or 'a name that is no literal'!r}"
        for where, call, level in _calls()
        if (event := EVENTS.get(_name(call))) is None or level not in event.levels or not _fits(event, call)
    ]

    assert wrong == []


def test_every_event_of_the_catalogue_is_logged_at_each_of_its_levels() -> None:
    """What nobody says any more leaves the page."""
    said = defaultdict(set)
    for _, call, level in _calls():
        said[_name(call)].add(level)

    assert {name: set(event.levels) for name, event in EVENTS.items()} == said
    assert sum(len(events) for events in LOG_EVENTS.values()) == len(EVENTS)
    assert [name for name in EVENTS if not _NAME.match(name)] == []


def test_nothing_is_logged_another_way() -> None:
    """A log under another name, or handed on as a value, would pass by the catalogue."""
    made = [line.strip() for path in files("drd") for line in _LOGGERS.findall(path.read_text(encoding="utf-8"))]
    used = sum(_is_log(node) and _is_read(node) for path in _that_log() for node in ast.walk(tree(path)))

    assert [line for line in made if not line.startswith("_log = structlog.get_logger(")] == []
    assert used == len(list(_calls()))


def _is_read(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
