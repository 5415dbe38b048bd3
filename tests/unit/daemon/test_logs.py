"""Logs: one JSON object an event in service, words in a terminal, and the libraries' own lines in the same form."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from drd.daemon.logs import configure_logs


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level, logs = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**logs)


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def _lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("style", ["json", "auto"])
def test_an_event_is_one_line_of_json(style: str) -> None:
    """`auto` is JSON where nobody looks; time, level and what was bound stand in it."""
    stream = io.StringIO()
    configure_logs(style, "info", stream)  # type: ignore[arg-type]  # the two words are checked by the settings
    structlog.get_logger("t").bind(run="r-1").info("step succeeded", step="db")
    (line,) = _lines(stream)

    assert (line["event"], line["level"], line["run"], line["step"]) == ("step succeeded", "info", "r-1", "db")
    assert str(line["timestamp"]).endswith("Z")


def test_a_person_gets_words() -> None:
    """`auto` on a terminal."""
    stream = Terminal()
    configure_logs("auto", "info", stream)
    structlog.get_logger("t").info("step succeeded", step="db")

    assert "step succeeded" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_what_is_below_the_level_is_not_written() -> None:
    """And configuring again changes it."""
    stream = io.StringIO()
    configure_logs("json", "warning", stream)
    structlog.get_logger("t").info("not this")
    configure_logs("json", "debug", stream)
    structlog.get_logger("t").debug("but this")

    assert [line["event"] for line in _lines(stream)] == ["but this"]


def test_libraries_write_in_the_same_form_and_only_what_matters() -> None:
    """Their chatter stays away even when drd itself tells everything."""
    stream = io.StringIO()
    configure_logs("json", "debug", stream)
    logging.getLogger("azure.core").info("request sent")
    logging.getLogger("azure.core").warning("slow %s", "answer")

    (line,) = _lines(stream)
    assert line.pop("timestamp")
    assert line == {"event": "slow answer", "level": "warning"}


def test_an_exception_is_told_whole_in_one_line() -> None:
    """Its traceback is a member, so that nothing breaks the lines."""
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    try:
        int("a fault of our own")
    except ValueError:
        structlog.get_logger("t").exception("broke")
    (line,) = _lines(stream)

    assert "a fault of our own" in str(line["exception"])


def test_a_person_sees_no_variables_of_what_broke() -> None:
    """A secret in one of them would stand on the screen, and in whatever keeps it."""
    stream = Terminal()
    configure_logs("console", "info", stream)
    password = "hunter" + "2"
    try:
        _break(password)
    except ValueError:
        structlog.get_logger("t").exception("broke")

    assert "a fault of our own" in stream.getvalue()
    assert password not in stream.getvalue()


def _break(password: str) -> None:
    raise ValueError(f"a fault of our own with {len(password)} letters")
