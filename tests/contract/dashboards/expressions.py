"""Reads what dashboards ask: every query of every panel, and what a query names and how."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import promql_parser
from promql_parser import AggModifierType

from dashboards.__main__ import FOLDER

_STANDS_FOR = {
    "$__rate_interval": "5m",
    "$__range": "1d",
}
_PARTS = ("expr", "lhs", "rhs", "args", "param", "vector_selector")


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query, and the panel that asks it."""

    board: str
    panel: dict[str, Any]
    expr: str
    legend: str
    ref: str

    @property
    def place(self) -> str:
        """Name the panel."""
        return f"{self.board}: {self.panel['title']}"

    def words(self) -> dict[str, str]:
        """Give the words that its values are shown as."""
        config = self.panel["fieldConfig"]
        maps = list(config["defaults"].get("mappings", ()))
        for override in config["overrides"]:
            if override["matcher"]["options"] == self._column():
                maps += [one for each in override["properties"] if each["id"] == "mappings" for one in each["value"]]
        return {value: shown["text"] for one in maps for value, shown in one["options"].items()}

    def _column(self) -> str:
        if self.panel["type"] != "table":
            return ""
        (titles,) = (
            each["options"]["renameByName"] for each in self.panel["transformations"] if each["id"] == "organize"
        )
        return str(titles.get(f"Value #{self.ref}") or titles.get("Value", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One selector in a query.

    Attributes:
        labels: that it matches on.
        aggregation: the nearest one around it, with its labels; empty where there is none.
    """

    family: str
    labels: frozenset[str]
    aggregation: str
    by: frozenset[str]


@cache
def boards() -> dict[str, Any]:
    """Give the committed dashboards by name."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every panel with the name of its dashboard."""
    for name, board in boards().items():
        yield from ((name, panel) for panel in board["panels"] if panel["type"] != "row")


def queries() -> Iterator[Query]:
    """Give every query of every panel."""
    for board, panel in panels():
        for target in panel["targets"]:
            yield Query(
                board=board,
                panel=panel,
                expr=target["expr"],
                legend=target.get("legendFormat", ""),
                ref=target["refId"],
            )


def parsed(expr: str) -> Any:
    """Parse a query as Grafana would send it, with everything chosen.

    Raises:
        ValueError: it is none.
    """
    for name, value in _STANDS_FOR.items():
        expr = expr.replace(name, value)
    return promql_parser.parse(re.sub(r"\$[a-z]+", ".*", expr))


def reads(node: Any, aggregation: str = "", by: frozenset[str] = frozenset()) -> Iterator[Read]:
    """Give every selector of a parsed query."""
    if isinstance(node, promql_parser.VectorSelector):
        labels = frozenset(matcher.name for matcher in node.matchers.matchers)
        yield Read(family=node.name, labels=labels, aggregation=aggregation, by=by)
        return
    if isinstance(node, promql_parser.AggregateExpr):
        aggregation, by = str(node.op), _by(node.modifier)
    for part in _PARTS:
        inner = getattr(node, part, None)
        for each in inner if isinstance(inner, list) else [inner]:
            if each is not None and not isinstance(each, str):
                yield from reads(each, aggregation, by)


def _by(modifier: Any) -> frozenset[str]:
    if modifier is None:
        return frozenset()
    assert modifier.type == AggModifierType.By, "only `by` says which labels are left"
    return frozenset(modifier.labels)
