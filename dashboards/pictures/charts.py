"""Lines over time as SVG: axes, thresholds, dashes for objectives, and filled stacks."""

import html
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from dashboards.pictures.formats import shown

_INK = ("#1f60c4", "#b5540b", "#37872d", "#8f3bb8", "#c4162a", "#0f7d8c", "#806000", "#5a4fcf", "#a0366f", "#4d6b1f")
_LEFT, _TOP, _BOTTOM, _RIGHT = 74, 8, 20, 8
_LINES, _HOURS = 4, 6
_STEPS_OF_TIME = (60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400)
_NICE = (1, 2, 2.5, 5, 10)
_NICE_SECONDS = (1, 5, 10, 30, 60, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One series."""

    name: str
    points: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where things lie: pixels, and the instants and values at the edges."""

    width: int
    height: int
    since: float
    until: float
    low: float
    high: float

    def x(self, at: float) -> float:
        """Give the place of an instant."""
        return _LEFT + (at - self.since) / (self.until - self.since) * (self.width - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Give the place of a value."""
        share = (value - self.low) / (self.high - self.low or 1)
        return self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM)


def ink(place: int) -> str:
    """Give the colour of the nth line."""
    return _INK[place % len(_INK)]


def chart(panel: dict[str, Any], lines: Sequence[Line], size: tuple[int, int], times: tuple[float, float]) -> str:
    """Draw lines."""
    config = panel["fieldConfig"]["defaults"]
    stacked = ((config.get("custom") or {}).get("stacking") or {}).get("mode") == "normal"
    drawn = _stacked(lines) if stacked else [(line, ()) for line in lines]
    low, high, step = _edges([value for line, _ in drawn for _, value in line.points], config)
    frame = Frame(width=size[0], height=size[1], since=times[0], until=times[1], low=low, high=high)
    inside = [
        _area(frame, line, below, place) if stacked else _line(frame, line, place, _dash(panel, line))
        for place, (line, below) in enumerate(drawn)
    ]
    # An inner picture cuts off what lies beyond the axes.
    left, top, width, height = _LEFT, _TOP - 1, size[0] - _LEFT - _RIGHT, size[1] - _TOP - _BOTTOM + 2
    place = f'x="{left}" y="{top}" width="{width}" height="{height}" viewBox="{left} {top} {width} {height}"'
    parts = [*_axes(frame, config, step), *_limits(frame, config), f"<svg {place}>{''.join(inside)}</svg>"]
    return f'<svg width="{size[0]}" height="{size[1]}">{"".join(parts)}</svg>'


def is_dashed(panel: dict[str, Any], name: str) -> bool:
    """Say whether the panel draws a series of this name with dashes."""
    return any(
        each["matcher"]["id"] == "byRegexp" and re.fullmatch(each["matcher"]["options"], name)
        for each in panel["fieldConfig"]["overrides"]
    )


def _dash(panel: dict[str, Any], line: Line) -> str:
    return ' stroke-dasharray="9 7"' if is_dashed(panel, line.name) else ""


def _stacked(lines: Sequence[Line]) -> list[tuple[Line, Points]]:
    instants = sorted({at for line in lines for at, _ in line.points})
    base = dict.fromkeys(instants, 0.0)
    found: list[tuple[Line, Points]] = []
    for line in lines:
        values = dict(line.points)
        below = [(at, base[at]) for at in instants]
        base = {at: base[at] + values.get(at, 0.0) for at in instants}
        found.append((Line(name=line.name, points=list(base.items())), below))
    return found


def _edges(values: Sequence[float], config: Mapping[str, Any]) -> tuple[float, float, float]:
    finite = [value for value in values if math.isfinite(value)]
    low, high = min([0.0, *finite]), min(max([0.0, *finite]) or 1.0, config.get("max") or math.inf)
    base = 2.0**20 if config.get("unit") == "bytes" else 1.0
    step = _nice((high - low) / _LINES / base, config.get("unit") == "s") * base
    return math.floor(low / step) * step, math.ceil(high / step) * step, step


def _nice(size: float, is_time: bool) -> float:  # noqa: FBT001 - one private question
    if is_time and size > 1:
        return next((each for each in _NICE_SECONDS if each >= size), math.ceil(size / 86_400) * 86_400)
    power = 10.0 ** math.floor(math.log10(size))
    return next(each * power for each in _NICE if each * power >= size * 0.999)


def _axes(frame: Frame, config: dict[str, Any], step: float) -> list[str]:
    parts, value = [], frame.low
    plain = {**config, "mappings": []}
    while value <= frame.high + step / 2:
        y = frame.y(value)
        label = html.escape(shown(value, plain, 0.0))
        parts.append(f'<line x1="{_LEFT}" x2="{frame.width - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
        value += step
    spacing = next((each for each in _STEPS_OF_TIME if each * _HOURS >= frame.until - frame.since), 86_400)
    at = math.ceil(frame.since / spacing) * spacing
    while at <= frame.until:
        x = frame.x(at)
        clock = datetime.fromtimestamp(at, UTC).strftime("%H:%M")
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{frame.height - _BOTTOM}" class="grid"/>')
        parts.append(f'<text x="{x:.1f}" y="{frame.height - 4}" text-anchor="middle">{clock}</text>')
        at += spacing
    return parts


def _limits(frame: Frame, config: Mapping[str, Any]) -> list[str]:
    custom = config.get("custom") or {}
    if (custom.get("thresholdsStyle") or {}).get("mode") != "dashed":
        return []
    colours = {"red": "#c4162a", "orange": "#b5540b", "green": "#37872d"}
    return [
        f'<line x1="{_LEFT}" x2="{frame.width - _RIGHT}" y1="{frame.y(each["value"]):.1f}" '
        f'y2="{frame.y(each["value"]):.1f}" stroke="{colours[each["color"]]}" stroke-dasharray="4 4"/>'
        for each in config["thresholds"]["steps"]
        if each["value"] is not None and frame.low <= each["value"] <= frame.high
    ]


def _line(frame: Frame, line: Line, place: int, dash: str) -> str:
    pieces: list[str] = []
    gap = (frame.until - frame.since) / 60
    before = -math.inf
    for at, value in line.points:
        if math.isfinite(value):
            pieces.append(f"{'M' if at - before > gap else 'L'}{frame.x(at):.1f} {frame.y(value):.1f}")
            before = at
    return f'<path d="{"".join(pieces)}" fill="none" stroke="{ink(place)}" stroke-width="2"{dash}/>'


def _area(frame: Frame, line: Line, below: Points, place: int) -> str:
    upper = _stairs(frame, line.points)
    lower = reversed(_stairs(frame, below))
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in (*upper, *lower))
    return (
        f'<path d="M{path}Z" fill="{ink(place)}" fill-opacity="0.6" stroke="{ink(place)}" stroke-width="0.5"/>'
        if path
        else ""
    )


def _stairs(frame: Frame, points: Points) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for at, value in points:
        x, y = frame.x(at), frame.y(value)
        if found:
            found.append((x, found[-1][1]))
        found.append((x, y))
    return found


def last_and_most(panel: dict[str, Any], line: Line) -> tuple[str, str]:
    """Give the last and the largest value as text, for the legend."""
    values = [value for _, value in line.points if math.isfinite(value)]
    if not values:
        return "-", "-"
    config = panel["fieldConfig"]["defaults"]
    last, most = (shown(value, config, 0.0) for value in (values[-1], max(values)))
    return last, most
