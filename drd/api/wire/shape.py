"""What all shapes share: frozen, no unknown members, instants in UTC, lengths in whole seconds or milliseconds."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer

from drd.domain.durations import format_instant

Instant = Annotated[datetime, PlainSerializer(format_instant, return_type=str, when_used="json")]


class Shape(BaseModel):
    """Parent of every answer. The command line refuses members that it does not know, so both sides are one release."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def seconds(length: timedelta | None) -> int | None:
    """Give a length in whole seconds, rounded to the nearest."""
    return None if length is None else round(length.total_seconds())


def milliseconds(length: timedelta | None) -> int | None:
    """Give a length in whole milliseconds, cut as the journal cuts."""
    return None if length is None else length // timedelta(milliseconds=1)
