"""Logs as events: JSON lines in service, console in a terminal. Secrets are a type that prints as stars."""

import logging
import sys
from typing import Literal, TextIO

import structlog


def configure_logs(style: Literal["auto", "json", "console"], level: str, stream: TextIO | None = None) -> None:
    """Let structlog and the standard library write to one stream, in one form. May be called again."""
    out = stream or sys.stderr
    pretty = style == "console" or (style == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    # Not the renderer's own way to tell of an exception: that shows every variable, and some of those are secrets.
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if pretty
        else structlog.processors.JSONRenderer()
    )
    tail: list[structlog.typing.Processor] = [renderer] if pretty else [structlog.processors.format_exc_info, renderer]
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
