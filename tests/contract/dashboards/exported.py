"""What drd exports, as the dashboards may use it: families with their labels, and who tells them."""

import asyncio
import re
from dataclasses import dataclass
from functools import cache

from prometheus_client.parser import text_string_to_metric_families

from tests.fakes.busy_house import BusyHouse

NEVER = r"\b0 (for|when)\b"
"""How the text of a family says that 0 is no instant."""
_OF_PROMETHEUS = frozenset({"instance", "job"})
"""Labels that every scrape adds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A name of samples.

    Attributes:
        never: whether 0 stands for never.
        estate: told by the holder of the lease exporter, not by each process of itself.
    """

    labels: frozenset[str]
    never: bool
    estate: bool


@cache
def exported() -> dict[str, Series]:
    """Give every sample's name that the page of a busy house can have."""
    of_processes = _names(exports=False)
    return {
        name: Series(labels=labels | _OF_PROMETHEUS, never=never, estate=name not in of_processes)
        for name, (labels, never) in _names(exports=True).items()
    }


def _names(*, exports: bool) -> dict[str, tuple[frozenset[str], bool]]:
    house = BusyHouse(exports=exports)
    house.bustle()
    found: dict[str, tuple[frozenset[str], bool]] = {}
    for family in text_string_to_metric_families(asyncio.run(house.text())):
        for sample in family.samples:
            labels, _ = found.get(sample.name, (frozenset[str](), False))
            never = sample.name.endswith("_timestamp_seconds") and re.search(NEVER, family.documentation) is not None
            found[sample.name] = (labels | frozenset(sample.labels), never)
    return found
