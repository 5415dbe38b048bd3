"""Lengths of time and instants as people read them; what is not known is said to be unknown."""

from datetime import datetime, timedelta

from drd.cli.words import Words
from drd.domain.durations import canonical_duration, format_duration, format_exactly


def ago(words: Words, seconds: float | None) -> str:
    """Say a length of time, or that it is unknown."""
    return words.say("unknown") if seconds is None else format_duration(timedelta(seconds=seconds))


def achieved(words: Words, seconds: float | None) -> str:
    """Say to the second what a recovery achieved, or that it is unknown."""
    return words.say("unknown") if seconds is None else format_exactly(timedelta(seconds=seconds))


def promised(seconds: float | None) -> str:
    """Say an objective, or that there is none."""
    return "-" if seconds is None else canonical_duration(timedelta(seconds=seconds))


def against(measured: str, objective: str) -> str:
    """Set what is known beside what was promised; a dash where nothing was."""
    return "-" if objective == "-" else f"{measured} / {objective}"


def at(instant: datetime | None, otherwise: str = "-") -> str:
    """Say an instant in UTC, to the second."""
    return otherwise if instant is None else instant.strftime("%Y-%m-%d %H:%M:%SZ")


def clock_time(instant: datetime) -> str:
    """Say the time of day in UTC."""
    return instant.strftime("%H:%M:%SZ")
