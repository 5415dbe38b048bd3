"""Azure Backup writes time zones as Windows names them; drd and the rest of the world as the IANA does."""

from collections.abc import Mapping
from types import MappingProxyType
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "utc": "UTC",
        "coordinated universal time": "UTC",
        "gmt standard time": "Europe/London",
        "greenwich standard time": "Atlantic/Reykjavik",
        "romance standard time": "Europe/Paris",
        "w. europe standard time": "Europe/Berlin",
        "central europe standard time": "Europe/Budapest",
        "central european standard time": "Europe/Warsaw",
        "e. europe standard time": "Europe/Chisinau",
        "fle standard time": "Europe/Kiev",
        "gtb standard time": "Europe/Bucharest",
        "turkey standard time": "Europe/Istanbul",
        "russian standard time": "Europe/Moscow",
        "belarus standard time": "Europe/Minsk",
        "eastern standard time": "America/New_York",
        "central standard time": "America/Chicago",
        "mountain standard time": "America/Denver",
        "pacific standard time": "America/Los_Angeles",
        "india standard time": "Asia/Kolkata",
        "china standard time": "Asia/Shanghai",
        "singapore standard time": "Asia/Singapore",
        "tokyo standard time": "Asia/Tokyo",
        "aus eastern standard time": "Australia/Sydney",
    }
)
"""By the Windows name in lower case: Europe's, and a few that are seen often. Of another one nothing is known."""


def iana_zone(written: str) -> str:
    """Give the zone's name as the IANA has it, one that this host knows; empty for one that is not known."""
    name = _NAMES.get(written.strip().casefold(), written.strip())
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ""
    return name
