"""Writes docs/metrics.md from the families themselves: `python -m tests.document.metrics_page`."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.architecture.source import ROOT
from tests.fakes.busy_house import BusyHouse

PAGE = ROOT / "docs" / "metrics.md"

_HEAD = """# Metrics

Every family that drd exports, written from the code by `python -m tests.document.metrics_page`; a test compares both.

The page is at `/metrics` of the address in the settings (`listen.metrics`), as text or as OpenMetrics. How to read it:

- A timestamp is seconds since 1970 in world time, and **0 stands for never**: subtract it from `time()` in the query.
- Objectives are series, so that an alert compares two series and holds no number of its own.
- A series ends with its object: an item that left the catalogue, a run that is over.
- What Azure did not say has no series. Unknown is never told as off, and never as good.
- Of several daemons on one store, the one that holds the lease `exporter` tells about the estate; each tells about
  itself. While the store cannot be read, `drd_store_readable` is 0 and the estate's series are absent.

Beside these come `process_*` and `python_*` of the client library.
"""


async def _families() -> list[Metric]:
    house = BusyHouse()
    house.bustle()
    return [each for each in text_string_to_metric_families(await house.text()) if each.name.startswith("drd_")]


def _labels(family: Metric) -> str:
    names: dict[str, None] = {}
    for sample in family.samples:
        names.update(dict.fromkeys(name for name in sample.labels if name != "le"))
    return ", ".join(f"`{name}`" for name in names) or "-"


def _rows(families: list[Metric]) -> Iterator[str]:
    for family in sorted(families, key=lambda family: family.name):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        yield f"| `{name}` | {family.type} | {_labels(family)} | {family.documentation} |"


def page() -> str:
    """Give the page as it should be."""
    table = ["| family | type | labels | meaning |", "|---|---|---|---|", *_rows(asyncio.run(_families()))]
    return f"{_HEAD}\n" + "\n".join(table) + "\n"


def main(place: Path = PAGE) -> None:
    """Write the page."""
    place.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
