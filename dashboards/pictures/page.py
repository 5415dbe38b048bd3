"""A dashboard as a page: the grid, the panels, and under each what Prometheus answered."""

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any

from dashboards.pictures.asking import Labels, Prometheus, View
from dashboards.pictures.charts import Line, chart, ink, is_dashed, last_and_most
from dashboards.pictures.formats import colour, length, shown
from dashboards.pictures.tables import rows

WIDTH = 1240
_UNIT, _GAP, _HEAD, _EDGE, _HEADER = 30, 6, 28, 10, 70
_NARROW, _LONG = 8, 26
"""Columns of a panel, and letters of a name, that leave no room for the largest value in the legend."""
_ROW, _LEGEND_LINE = 23, 17
_BIG, _SMALL = 22, 15
_STYLE = """
*{box-sizing:border-box}body{margin:0;background:#f4f5f5;font:12px 'DejaVu Sans',sans-serif;color:#24292e;width:WIDTHpx}
header{padding:10px;height:70px}header b{font-size:17px}header span{color:#57606a;margin-left:12px}
header i{font-style:normal;border:1px solid #c7d0d9;background:#fff;padding:3px 8px;margin-right:6px}
main{position:relative}.p{position:absolute;background:#fff;border:1px solid #d8dde3;overflow:hidden}
.p h2{font-size:12.5px;margin:0;padding:6px 8px 0;height:28px;white-space:nowrap}
.r{position:absolute;font-weight:bold;padding:9px 4px;font-size:13px}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:0 8px;height:23px;white-space:nowrap}
th{color:#1f60c4;border-bottom:1px solid #d8dde3}tr+tr td{border-top:1px solid #eef0f2}
.l td{height:17px;font-size:11px;border:0!important}.l td+td{text-align:right}.grid{stroke:#e4e7ea}
text{font-size:10.5px;fill:#57606a}.s{display:flex;height:100%;align-items:center;justify-content:space-around}
.s div{text-align:center}.s small{display:block;font-size:11px;color:#57606a}
.none{color:#57606a;padding:12px;text-align:center}.l{table-layout:fixed}
.l td:first-child{width:55%;overflow:hidden;text-overflow:ellipsis}
.green{color:#1d6b1d}.orange{color:#9a4a00}.red{color:#b80f22}.text{color:#24292e}
"""


def page(board: dict[str, Any], prometheus: Prometheus, view: View) -> tuple[str, int]:
    """Give the page, and how many pixels it is high."""
    parts = [_panel(panel, prometheus, view) for panel in board["panels"]]
    high = (
        max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in board["panels"]) * (_UNIT + _GAP) + _HEADER + _EDGE
    )
    until, span = view.until.strftime("%Y-%m-%d %H:%M UTC"), length(view.span.total_seconds())
    choices = "".join(f"<i>{each}</i>" for each in _chosen(board, view))
    head = f"<b>{html.escape(board['title'])}</b><span>{span} until {until}</span><br><br>{choices}"
    style = _STYLE.replace("WIDTH", str(WIDTH))
    body = f"<header>{head}</header><main>{''.join(parts)}</main>"
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style><body>{body}</body>', high


def _chosen(board: dict[str, Any], view: View) -> Iterator[str]:
    for each in board["templating"]["list"]:
        if each["name"] in view.chosen:
            value = view.chosen[each["name"]]
            yield html.escape(f"{each['label']}: {'All' if value == '.*' else value}")


def _panel(panel: dict[str, Any], prometheus: Prometheus, view: View) -> str:
    at = panel["gridPos"]
    column = (WIDTH - 2 * _EDGE) / 24
    width, height = int(at["w"] * column - _GAP), at["h"] * (_UNIT + _GAP) - _GAP
    place = f"left:{_EDGE + at['x'] * column:.0f}px;top:{at['y'] * (_UNIT + _GAP)}px;width:{width}px;height:{height}px"
    title = html.escape(panel["title"])
    if panel["type"] == "row":
        return f'<div class="r" style="{place}">{title}</div>'
    drawn = _DRAWN[panel["type"]](panel, prometheus, view, (width - 2, height - _HEAD - 2))
    return (
        f'<div class="p" style="{place}"><h2>{title}</h2><div style="height:{height - _HEAD - 2}px">{drawn}</div></div>'
    )


def _nothing(panel: dict[str, Any]) -> str:
    return f'<div class="none">{html.escape(panel["fieldConfig"]["defaults"]["noValue"])}</div>'


def _stat(panel: dict[str, Any], prometheus: Prometheus, view: View, size: tuple[int, int]) -> str:
    (target,) = panel["targets"]
    found = prometheus.at_once(target["expr"], view)
    if not found:
        return _nothing(panel)
    config, named = panel["fieldConfig"]["defaults"], panel["options"]["textMode"] == "name"
    pixels = _BIG if len(found) == 1 else _SMALL
    cells = []
    for labels, value in found:
        name = html.escape(_named(target["legendFormat"], labels))
        text = name if named else html.escape(shown(value, config, view.until.timestamp()))
        under = "" if named or len(found) == 1 else f"<small>{name}</small>"
        cells.append(f'<div class="{colour(value, config)}" style="font-size:{pixels}px">{text}{under}</div>')
    return f'<div class="s" style="max-height:{size[1]}px;flex-wrap:wrap">{"".join(cells)}</div>'


def _table(panel: dict[str, Any], prometheus: Prometheus, view: View, size: tuple[int, int]) -> str:
    answers = {target["refId"]: prometheus.at_once(target["expr"], view) for target in panel["targets"]}
    titles, found = rows(panel, answers)
    if not found:
        return _nothing(panel)
    configs = {title: _config(panel, title) for title in titles}
    fitting = size[1] // _ROW - 1
    lines = ["".join(f"<th>{html.escape(title)}</th>" for title in titles)]
    for row in found[:fitting]:
        cells = (_cell(row.get(title), configs[title], view) for title in titles)
        lines.append("".join(f"<td>{cell}</td>" for cell in cells))
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _cell(value: str | float | None, config: dict[str, Any], view: View) -> str:
    if value is None:
        return html.escape(str(config.get("noValue") or "-"))
    if isinstance(value, str):
        return html.escape(value)
    text = html.escape(shown(value, config, view.until.timestamp()))
    return f'<span class="{colour(value, config)}">{text}</span>'


def _config(panel: dict[str, Any], title: str) -> dict[str, Any]:
    config = dict(panel["fieldConfig"]["defaults"])
    for override in panel["fieldConfig"]["overrides"]:
        if override["matcher"] == {"id": "byName", "options": title}:
            config.update({each["id"]: each.get("value") for each in override["properties"]})
    return config


def _timeseries(panel: dict[str, Any], prometheus: Prometheus, view: View, size: tuple[int, int]) -> str:
    lines = [
        Line(name=_named(target["legendFormat"], labels), points=points)
        for target in panel["targets"]
        for labels, points in prometheus.over_time(target["expr"], view)
    ]
    if not lines:
        return _nothing(panel)
    most = max(1, int(size[1] * 0.42) // _LEGEND_LINE)
    legend = _legend(panel, lines[:most], len(lines) - most)
    room = (min(len(lines), most) + (len(lines) > most)) * _LEGEND_LINE + _GAP
    times = ((view.until - view.span).timestamp(), view.until.timestamp())
    return chart(panel, lines, (size[0], size[1] - room), times) + legend


def _legend(panel: dict[str, Any], lines: Sequence[Line], more: int) -> str:
    found = []
    cramped = panel["gridPos"]["w"] <= _NARROW and any(len(line.name) > _LONG for line in lines)
    for place, line in enumerate(lines):
        last, most = last_and_most(panel, line)
        mark = "╌╌" if is_dashed(panel, line.name) else "━━"
        name = f'<span style="color:{ink(place)}">{mark}</span> {html.escape(line.name)}'
        largest = "" if cramped else f"<td>max {most}</td>"
        found.append(f"<tr><td>{name}</td><td>last {last}</td>{largest}</tr>")
    if more > 0:
        found.append(f"<tr><td>and {more} more</td></tr>")
    wide = ' style="table-layout:auto"' if cramped else ""
    return f'<table class="l"{wide}>{"".join(found)}</table>'


def _named(legend: str, labels: Labels) -> str:
    if legend in {"", "__auto"}:
        return ", ".join(f"{name}={value}" for name, value in labels.items() if name != "__name__")
    return re.sub(r"\{\{(\w+)\}\}", lambda match: str(labels.get(match[1], "")), legend)


_DRAWN = {"stat": _stat, "table": _table, "timeseries": _timeseries}
