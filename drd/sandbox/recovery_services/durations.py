"""Durations as Azure writes them: ISO 8601 with hours, minutes and fractional seconds."""

import re
from datetime import timedelta

from drd.sandbox.errors import bad_request

_HOUR = 3600
_MINUTE = 60


def duration_text(span: timedelta) -> str:
    """Return a duration such as `PT3M4.25S`."""
    seconds = span.total_seconds()
    hours, rest = divmod(seconds, _HOUR)
    minutes, rest = divmod(rest, _MINUTE)
    text = "PT"
    if hours:
        text += f"{int(hours)}H"
    if minutes:
        text += f"{int(minutes)}M"
    fraction = f"{rest:.7f}".rstrip("0").rstrip(".")
    return f"{text}{fraction}S" if rest or text == "PT" else text


def read_days(text: str) -> timedelta:
    """Return a duration of whole days such as `P10D`.

    Raises:
        ArmError: 400, it is none.
    """
    found = re.fullmatch(r"P(\d+)D", text)
    if found is None:
        raise bad_request("BMSUserErrorInvalidInput", f"The duration '{text}' is not a number of days such as P10D.")
    return timedelta(days=int(found[1]))
