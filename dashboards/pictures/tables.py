"""Rows of a table panel: answers joined by their labels, then ordered as the panel says."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from dashboards.pictures.asking import Labels

Row = dict[str, str | float]


def rows(panel: dict[str, Any], answers: Mapping[str, Sequence[tuple[Labels, float]]]) -> tuple[list[str], list[Row]]:
    """Give the titles of the columns and the rows below them.

    Args:
        panel: of a dashboard's JSON.
        answers: of Prometheus, by the name of the query.
    """
    several = len(panel["targets"]) > 1
    (organize,) = (each["options"] for each in panel["transformations"] if each["id"] == "organize")
    joined = _joined({f"Value #{ref}" if several else "Value": found for ref, found in answers.items()})
    names = [name for name in organize["indexByName"] if not organize["excludeByName"].get(name)]
    titles = {name: organize["renameByName"].get(name, name) for name in names}
    ordered = [{titles[name]: row[name] for name in names if name in row} for row in joined]
    return list(titles.values()), _sorted(panel, ordered)


def _joined(answers: Mapping[str, Sequence[tuple[Labels, float]]]) -> list[Row]:
    found = [each for each in answers.values() if each]
    common = set.intersection(*(set(each[0][0]) for each in found)) if found else set[str]()
    joined: list[Row] = []
    for name, series in answers.items():
        for labels, value in series:
            row: Row = {**labels, name: value}
            same = [each for each in joined if all(each.get(label) == labels.get(label) for label in common)]
            fitting = [each for each in same if all(each.get(key, item) == item for key, item in row.items())]
            for each in fitting:
                each.update(row)
            if not fitting:
                joined.append(row)
    return joined


def _sorted(panel: dict[str, Any], found: list[Row]) -> list[Row]:
    for each in panel["options"].get("sortBy") or ():
        title, descending = each["displayName"], each.get("desc", False)
        lowest = -math.inf

        def place(row: Row, title: str = title, lowest: float = lowest) -> tuple[float, str]:
            value = row.get(title, lowest)
            return (value, "") if isinstance(value, float) else (0.0, str(value))

        found = sorted(found, key=place, reverse=descending)
    return found
