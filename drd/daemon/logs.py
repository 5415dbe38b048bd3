"""Logs as events: JSON lines in service, console in a terminal. What looks like a secret is written as stars.

Every line that is written while a run is in hand names it: run, tenant, step, and the run's trace.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal, TextIO

import structlog

from drd.domain.ids import RunId
from drd.domain.trace import trace_id
from drd.ports.in_hand import IN_HAND, REQUEST

_STARS = "********"
_SECRET = re.compile(
    r"(?P<name>\b(?:bearer\s+|(?:sig|signature|password|pwd|secret|client_secret|access_?token|accountkey|"
    r"sharedaccesskey)[\"']?\s*[=:]\s*[\"']?))[^\s\"'&;,]+",
    re.IGNORECASE,
)
"""What a foreign text may hold: a token in a header, a signature in an address, a key in a connection text."""


def in_hand(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Name the run that is in hand, where the line does not name another one, and the trace of whichever it is.

    Where none is, name the request that is being answered: a step that a request let begin is not part of it.
    """
    hand, request = IN_HAND.get(), REQUEST.get()
    if hand is None and request:
        line.setdefault("request", request)
    if hand is not None and line.get("run", hand.run) == hand.run:
        line.setdefault("run", hand.run)
        line.setdefault("tenant", hand.tenant)
        if hand.step is not None:
            line.setdefault("step", hand.step)
    if isinstance(line.get("run"), str):
        line["trace_id"] = trace_id(RunId(line["run"]))
    return line


def without_secrets(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write stars in the place of what looks like a secret: texts of others pass through here."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = _SECRET.sub(rf"\g<name>{_STARS}", value)
    return line


def configure_logs(style: Literal["auto", "json", "console"], level: str, stream: TextIO | None = None) -> None:
    """Let structlog and the standard library write to one stream, in one form. May be called again."""
    out = stream or sys.stderr
    pretty = style == "console" or (style == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        in_hand,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Not the renderer's own way to tell of an exception: that shows every variable, and some of those are secrets.
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer()
    )
    last: list[structlog.typing.Processor] = [without_secrets, renderer]
    tail = last if pretty else [structlog.processors.format_exc_info, *last]
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, *tail],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    plain = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[plain, *tail], foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=max(least, logging.WARNING), force=True)
