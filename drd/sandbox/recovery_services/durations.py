"""Durations as Azure writes them: ISO 8601 with hours, minutes and fractional seconds."""

from datetime import timedelta

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
