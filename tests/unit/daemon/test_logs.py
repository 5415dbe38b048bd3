"""Logs: one JSON object an event in service, words in a terminal, and the libraries' own lines in the same form."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from drd.daemon.logs import configure_logs
from drd.domain.ids import RunId, StepId, TenantId
from drd.domain.trace import trace_id
from drd.ports.in_hand import IN_HAND, REQUEST, InHand


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


def test_a_line_names_the_run_that_is_in_hand() -> None:
    """With its trace, whoever writes it, and nothing of that where the line is about another run.

    Else the request that is answered; a run that it let begin is not part of it.
    """
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    request = REQUEST.set("c0ffee")
    token = IN_HAND.set(InHand(RunId("r-1"), TenantId("voorbeeld"), StepId("db")))
    try:
        structlog.get_logger("t").info("ours")
        logging.getLogger("azure.core").warning("a library's")
        structlog.get_logger("t").info("about its child", run="r-2")
    finally:
        IN_HAND.reset(token)
    structlog.get_logger("t").info("of a request")
    REQUEST.reset(request)
    structlog.get_logger("t").info("of nothing")
    ours, foreign, child, asked, nothing = _lines(stream)

    assert {name: ours[name] for name in ("run", "tenant", "step", "trace_id")} == {
        "run": "r-1",
        "tenant": "voorbeeld",
        "step": "db",
        "trace_id": trace_id(RunId("r-1")),
    }
    assert (foreign["run"], foreign["trace_id"]) == ("r-1", ours["trace_id"])
    assert (child["run"], child["trace_id"], "step" in child) == ("r-2", trace_id(RunId("r-2")), False)
    assert (asked["request"], "request" in ours, "run" in asked) == ("c0ffee", False, False)
    assert nothing.keys() == {"event", "level", "timestamp"}


@pytest.mark.parametrize(
    "text",
    [
        "refused: Authorization: Bearer {canary}",
        "https://x.blob.core.windows.net/a?sv=2024&sig={canary}&se=2026",
        "DefaultEndpointsProtocol=https;AccountKey={canary};EndpointSuffix=x",
        '{{"password": "{canary}"}}',
    ],
)
def test_what_looks_like_a_secret_is_written_as_stars(text: str) -> None:
    """Texts of others pass through the log, and the traceback of what they broke."""
    canary = "c4n4ry" + "c4n4ry"
    stream = io.StringIO()
    configure_logs("json", "info", stream)
    try:
        _refuse(text.format(canary=canary))
    except ValueError as error:
        structlog.get_logger("t").exception("broke", error=str(error))

    assert canary not in stream.getvalue()
    assert "********" in stream.getvalue()


def _refuse(text: str) -> None:
    raise ValueError(text)
