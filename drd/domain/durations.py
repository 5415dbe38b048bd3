"""Lengths of time as people write them: `90s`, `15m`, `4h`, `30d`, or ISO 8601 (`PT15M`)."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from drd.domain.errors import InvalidError

_SHORT = re.compile(r"^(?P<count>\d{1,9})(?P<unit>[smhd])$")
_ISO = re.compile(
    r"^P(?:(?P<d>\d{1,6})D)?(?:T(?=\d)(?:(?P<h>\d{1,6})H)?(?:(?P<m>\d{1,7})M)?(?:(?P<s>\d{1,9}(?:\.\d{1,6})?)S)?)?$"
)
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_LONGEST = timedelta(days=3650)
_HINT = "write 90s, 15m, 4h, 30d, or ISO 8601 such as PT15M"


def parse_duration(text: str) -> timedelta:
    """Read a length of time.

    Raises:
        InvalidError: if it is not one, is zero or is longer than ten years.
    """
    length = _length(text.strip())
    if length is None:
        raise InvalidError(f"not a length of time: {text!r}", hint=_HINT, code="invalid-duration")
    if not timedelta(0) < length <= _LONGEST:
        raise InvalidError(f"length of time out of bounds: {text!r}", hint="from 1s to 3650d", code="invalid-duration")
    return length


@lru_cache(maxsize=256)
def _length(text: str) -> timedelta | None:
    short = _SHORT.match(text)
    if short:
        unit = _UNITS[short["unit"]]
        return unit * int(short["count"]) if int(short["count"]) * unit.total_seconds() < 1e12 else None  # noqa: PLR2004 - guards timedelta's own overflow
    iso = _ISO.match(text)
    if iso is None or text in {"P", "PT"}:
        return None
    days, hours, minutes, seconds = (float(iso[part] or 0) for part in "dhms")
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def format_duration(length: timedelta) -> str:
    """Write a length of time shortly for people, two units at most: `3m 5s`, `2h`, `4d 3h`; a minus when negative."""
    return _written(length, units=2)


def format_exactly(length: timedelta) -> str:
    """Write a length of time for people to the second, however long it is: `1d 2h 57m 32s`; a minus when negative.

    For what was measured and is held against an objective: nobody should be told less than what is known.
    """
    return _written(length, units=4)


def _written(length: timedelta, *, units: int) -> str:
    seconds = round(abs(length.total_seconds()))
    sign = "-" if length < timedelta(0) and seconds else ""
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        parts.append((count, unit))
    first = next((index for index, (count, _) in enumerate(parts) if count), len(parts) - 1)
    shown = [f"{count}{unit}" for count, unit in parts[first : first + units] if count]
    return sign + (" ".join(shown) or "0s")


def canonical_duration(length: timedelta) -> str:
    """Write a length of time as drd's own files do, in the largest unit that holds it exactly (`15m`, `90s`)."""
    return _canonical(length)


@lru_cache(maxsize=256)
def _canonical(length: timedelta) -> str:
    # A plan of 10,000 steps holds 20,000 lengths, of a handful of sorts; so does reading it back.
    seconds = round(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0 and seconds:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def parse_instant(text: str) -> datetime:
    """Read an instant: ISO 8601 with an offset.

    Raises:
        InvalidError: if it is not one or has no offset.
    """
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidError(f"not an instant: {text!r}", hint=_INSTANT_HINT, code="invalid-instant") from error
    if instant.tzinfo is None:
        raise InvalidError(f"instant without an offset: {text!r}", hint=_INSTANT_HINT, code="invalid-instant")
    return instant.astimezone(UTC)


_INSTANT_HINT = "write ISO 8601 with an offset, such as 2026-11-22T03:00:00+01:00"


def format_instant(instant: datetime) -> str:
    """Write an instant for files and journals: ISO 8601 in UTC with milliseconds and a Z."""
    return _utc_text(instant if instant.tzinfo is UTC else instant.astimezone(UTC))


@lru_cache(maxsize=256)
def _utc_text(instant: datetime) -> str:
    # Events of one millisecond share their text. In UTC only: elsewhere two instants of one hour may count as equal.
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")
