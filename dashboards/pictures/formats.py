"""Values as Grafana's units would show them, near enough to judge a dashboard by."""

import math
from collections.abc import Sequence
from typing import Any

_LENGTHS = ((86_400, "day"), (3_600, "hour"), (60, "min"), (1, "s"))
_DATE = "dateTimeFromNow"
_WHOLE = 100
_MILLION, _THOUSAND = 1e6, 1e3


def shown(value: float, config: dict[str, Any], now: float) -> str:
    """Give a value as text: its word, or the number with its unit."""
    for each in config.get("mappings") or ():
        word = each["options"].get(_key(value)) if each["type"] == "value" else None
        if word:
            return str(word["text"])
    if not math.isfinite(value):
        return str(config.get("noValue") or "-")
    return _with_unit(value, config.get("unit", "short"), config.get("decimals"), now)


def colour(value: float, config: dict[str, Any]) -> str:
    """Give the colour of its word, or of the threshold that it reached."""
    for each in config.get("mappings") or ():
        word = each["options"].get(_key(value))
        if word:
            return str(word.get("color", "text"))
    reached = "text"
    for step in _steps(config):
        if step["value"] is None or value >= step["value"]:
            reached = step["color"]
    return reached


def _steps(config: dict[str, Any]) -> Sequence[dict[str, Any]]:
    thresholds: dict[str, Sequence[dict[str, Any]]] = config.get("thresholds") or {}
    return thresholds.get("steps", ())


def _key(value: float) -> str:
    return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)


def _with_unit(value: float, unit: str, decimals: int | None, now: float) -> str:
    if unit == "percentunit":
        return f"{value * 100:.{decimals if decimals is not None else 1}f} %"
    if unit == "s":
        return length(value)
    if unit == _DATE:
        ago = now - value / 1000
        return f"{length(ago)} ago" if ago >= 0 else f"in {length(-ago)}"
    if unit == "bytes":
        return f"{value / 2**20:.0f} MiB"
    return number(value, decimals) + (" req/s" if unit == "reqps" else "")


def length(seconds: float) -> str:
    """Give a length of time in its largest unit."""
    sign, size = ("-", -seconds) if seconds < 0 else ("", seconds)
    if size < 1:
        return f"{sign}{size * 1000:.3g} ms" if size else "0 s"
    for unit, name in _LENGTHS:
        if size >= unit:
            amount = f"{size / unit:.3g}"
            return f"{sign}{amount} {name}{'s' if name in {'day', 'hour'} and amount != '1' else ''}"
    return f"{sign}{size:.3g} s"


def number(value: float, decimals: int | None = None) -> str:
    """Give a number, large ones in thousands or millions."""
    if abs(value) >= _MILLION:
        return f"{value / _MILLION:.3g} Mil"
    if abs(value) >= 10 * _THOUSAND:
        return f"{value / _THOUSAND:.3g} K"
    if decimals is not None:
        return f"{value:.{decimals}f}"
    return f"{value:.0f}" if value == int(value) else f"{value:.3g}"
