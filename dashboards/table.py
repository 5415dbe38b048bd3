"""Tables of services, items, runs: a query a column, joined by their labels into rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders.common import TableSortByFieldState
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    Panel,
)

from dashboards.panel import (
    NEUTRAL,
    OBJECTIVE,
    SHARE,
    About,
    Steps,
    Words,
    finished,
    mappings,
    query,
    thresholds,
)

_WIDTH_OF_LABEL = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        unit: empty where only the labels of the query are wanted.
        link: where a click on the value leads.
    """

    title: str
    expr: str
    unit: str = ""
    words: Words | None = None
    steps: Steps = NEUTRAL
    decimals: int | None = None
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What tells rows apart, and in which order they come.

    Attributes:
        labels: label to title of its column.
        link: of the labels' columns, where a click leads.
        sort: title of the column that decides; `descending` for worst first.
    """

    labels: Mapping[str, str]
    link: str = ""
    sort: str = ""
    descending: bool = True
    hidden: Sequence[str] = field(default=())


def share(title: str, expr: str, words: Words) -> Column:
    """Give a column of shares of an objective."""
    return Column(title=title, expr=expr, unit=SHARE, words=words, steps=OBJECTIVE, decimals=0)


def table(about: About, rows: Rows, columns: Sequence[Column]) -> Panel:
    """Show a table."""
    refs = {chr(ord("A") + place): column for place, column in enumerate(columns)}
    built = (
        tables.Panel()
        .targets([query(column.expr, ref=ref, instant=True) for ref, column in refs.items()])
        .transformations(_joined(rows, refs))
        .thresholds(thresholds(NEUTRAL))
    )
    if rows.sort:
        built = built.sort_by([TableSortByFieldState().display_name(rows.sort).desc(rows.descending)])
    for title in rows.labels.values():
        if rows.link:
            built = built.override_by_name(title, [DynamicConfigValue("links", _link(rows.link))])
    for column in columns:
        if column.unit:
            built = built.override_by_name(column.title, _properties(column))
    return finished(built.build(), about)


def _joined(rows: Rows, refs: Mapping[str, Column]) -> list[DataTransformerConfig]:
    # Grafana calls the value of a lone query "Value", and those of several "Value #A" and so on.
    name = "Value #{}" if len(refs) > 1 else "Value"
    values = {name.format(ref): column for ref, column in refs.items()}
    shown = [*rows.labels, *(name for name, column in values.items() if column.unit)]
    left_out = {"Time": True, **{name: True for name, column in values.items() if not column.unit}}
    left_out.update(dict.fromkeys(rows.hidden, True))
    titles = {**rows.labels, **{name: column.title for name, column in values.items() if column.unit}}
    order = {name: place for place, name in enumerate(shown)}
    organized = {"excludeByName": left_out, "indexByName": order, "renameByName": titles}
    return [
        DataTransformerConfig(id_val="merge", options={}),
        DataTransformerConfig(id_val="organize", options=organized),
    ]


def _properties(column: Column) -> list[DynamicConfigValue]:
    found = [
        DynamicConfigValue("unit", column.unit),
        DynamicConfigValue("custom.cellOptions", {"type": "color-text"}),
        DynamicConfigValue("thresholds", thresholds(column.steps).build()),
        DynamicConfigValue("color", {"mode": "thresholds"}),
    ]
    if column.words:
        found.append(DynamicConfigValue("mappings", mappings(column.words)))
    if column.decimals is not None:
        found.append(DynamicConfigValue("decimals", column.decimals))
    if column.link:
        found.append(DynamicConfigValue("links", _link(column.link)))
    return found


def _link(url: str) -> list[dict[str, object]]:
    return [{"title": "Look closer", "url": url}]
