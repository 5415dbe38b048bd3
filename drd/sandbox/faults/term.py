"""Kinds of values in the files of faults and scenarios, each with the message that it refuses with."""

import re
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_SPAN = re.compile(r"(\d{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_SPAN_PATTERN = "[0-9]{1,9}[smhd]"


def kebab(name: str) -> str:
    """Spell a field as files do."""
    return name.rstrip("_").replace("_", "-")


class Strict(BaseModel):
    """A part of a file: unknown keys are errors, and nothing is turned into another type on the quiet."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=kebab,
        use_attribute_docstrings=True,
        protected_namespaces=(),
    )


def wrong(words: str, hint: str) -> PydanticCustomError:
    """Make a refusal with its hint."""
    return PydanticCustomError("wrong", "{words}", {"words": words, "hint": hint})


def span(text: str) -> timedelta | None:
    """Return a length of time such as `90s`, `15m`, `6h` or `30d`, or None when the text is none."""
    found = _SPAN.fullmatch(text)
    return timedelta(seconds=int(found.group(1)) * _SECONDS[found.group(2)]) if found is not None else None


def _span(value: Any) -> timedelta:  # noqa: ANN401 - anything may stand in a file
    found = value if isinstance(value, timedelta) else span(value) if isinstance(value, str) else None
    if found is None:
        raise wrong("not a length of time", "write 90s, 15m, 6h or 30d")
    return found


def _moment(value: Any) -> datetime | timedelta:  # noqa: ANN401 - anything may stand in a file
    if isinstance(value, datetime | timedelta):
        return value
    hint = "write an instant with its offset, such as 2026-11-20T09:00:00Z, or -6h and +10m for before and after now"
    text = value if isinstance(value, str) else ""
    ahead = span(text[1:])
    if text[:1] in {"-", "+"} and ahead is not None:
        return -ahead if text[0] == "-" else ahead
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise wrong("not an instant", hint) from error
    if instant.tzinfo is None:
        raise wrong("an instant without its offset", hint)
    return instant


Span = Annotated[timedelta, BeforeValidator(_span), WithJsonSchema({"type": "string", "pattern": f"^{_SPAN_PATTERN}$"})]
"""A length of time."""
Moment = Annotated[
    datetime | timedelta,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "anyOf": [{"format": "date-time"}, {"pattern": f"^[+-]{_SPAN_PATTERN}$"}],
            "examples": ["2026-11-20T09:00:00Z", "-6h"],
        }
    ),
]
"""An instant, or a length of time before (-6h) or after (+10m) the present."""
Region = Annotated[str, Field(pattern=r"^[A-Za-z0-9]+$")]
"""A region as ids spell it, such as `westeurope`."""


def instant_of(moment: datetime | timedelta | None, at: datetime) -> datetime | None:
    """Return the instant that is meant when `at` is the present."""
    return at + moment if isinstance(moment, timedelta) else moment
