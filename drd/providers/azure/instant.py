"""Instants as Azure writes them: naive ones, ends that have not come in year 1, and none at all in 1753."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_FIRST_TRUE_YEAR = 1900
_SECONDS_DIGITS = 6


def real_instant(value: Any) -> datetime | None:  # noqa: ANN401 - a datetime of the SDK, a text of the wire, or nothing
    """Give the instant in UTC, or None for what only stands for "none" (year below 1900) or cannot be read.

    Naive instants are UTC: Azure Backup leaves the offset out.
    """
    instant = value if isinstance(value, datetime) else _parsed(value)
    if instant is None:
        return None
    try:
        aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except OverflowError:
        # An offset that leads out of the calendar.
        return None
    return aware if aware.year >= _FIRST_TRUE_YEAR else None


def _parsed(value: Any) -> datetime | None:  # noqa: ANN401 - whatever stood in the JSON
    if not isinstance(value, str) or not value.strip():
        return None
    whole, dot, rest = value.strip().partition(".")
    if dot:
        # Azure writes seven digits after the point; Python reads six.
        digits = len(rest) - len(rest.lstrip("0123456789"))
        whole = f"{whole}.{rest[: min(digits, _SECONDS_DIGITS)].ljust(_SECONDS_DIGITS, '0')}{rest[digits:]}"
    try:
        return datetime.fromisoformat(whole)
    except ValueError:
        return None


def http_date(text: str) -> datetime | None:
    """Read the date form of an HTTP header; None when it is none."""
    try:
        instant = parsedate_to_datetime(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
