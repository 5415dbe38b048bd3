"""Kinds of values in an estate's file, each with the message that it refuses with."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

_SPAN = re.compile(r"(\d{1,9})([smhd])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TIME_OF_DAY = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_MAXIMUM_PORT = 65535


def kebab(name: str) -> str:
    """Spell a field as files do."""
    return name.replace("_", "-")


class Strict(BaseModel):
    """A part of a file: unknown keys are errors, and nothing is turned into another type on the quiet."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, alias_generator=kebab, use_attribute_docstrings=True
    )


def wrong(words: str, hint: str) -> PydanticCustomError:
    """Make a refusal with its hint."""
    return PydanticCustomError("wrong", "{words}", {"words": words, "hint": hint})


def _span(value: Any) -> timedelta:  # noqa: ANN401 - anything may stand in a file
    if isinstance(value, timedelta):
        return value
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise wrong("not a length of time", "write 90s, 15m, 6h or 30d")
    return timedelta(seconds=int(found.group(1)) * _SECONDS[found.group(2)])


def _time_of_day(value: Any) -> timedelta:  # noqa: ANN401 - anything may stand in a file
    if isinstance(value, timedelta):
        return value
    found = _TIME_OF_DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise wrong("not a time of day", 'write it in quotes and in UTC, such as "01:30"')
    return timedelta(hours=int(found.group(1)), minutes=int(found.group(2)))


def _port(value: str) -> str:
    if not value.isdecimal() or not 0 < int(value) <= _MAXIMUM_PORT:
        raise wrong(f'"{value[:60]}" is not a port', 'write a number from 1 to 65535 in quotes, such as "443"')
    return value


Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._-]+$")]
"""A resource's name."""
Region = Annotated[str, Field(pattern=r"^[a-z0-9]+$")]
"""A region as ids spell it, such as `westeurope`."""
Address = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}$")]
"""An IPv4 address."""
Prefix = Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}/\d{1,2}$")]
"""An IPv4 network, such as `10.1.0.0/16`."""
Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
"""A UUID in lower case."""
Port = Annotated[
    str, AfterValidator(_port), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,5}$", "examples": ["443"]})
]
"""A port, in quotes because it is a key."""
Span = Annotated[timedelta, BeforeValidator(_span), WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,9}[smhd]$"})]
"""A length of time."""
TimeOfDay = Annotated[
    timedelta,
    BeforeValidator(_time_of_day),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}),
]
"""A time of day in UTC, as the span since midnight."""
