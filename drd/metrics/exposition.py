"""Writes a page of families, a little at a time, so that a large one holds nothing else up.

What every sample of an installation is (a name, labels, a value) is written here; whatever has more to it (exemplars)
is left to the client library, and so are the lines above a family. A test holds both to the same page.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial
from itertools import islice
from operator import itemgetter
from typing import Any

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

from drd.metrics.table import Table

_OPENMETRICS, _TEXT = "application/openmetrics-text", "text/plain"
_ASKED = {_OPENMETRICS: f"{_OPENMETRICS}; version=1.0.0", _TEXT: f"{_TEXT}; version=0.0.4"}
"""The two forms that pages are written in, whatever else a scraper asks for: no name of ours needs a later one."""

_END = b"# EOF\n"
_LINES = 200
_SLICE_SECONDS = 0.002
_WRITTEN_HERE = frozenset({"gauge", "counter", "histogram"})
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class _One(Collector):
    """One family, for the library."""

    def __init__(self, family: Metric) -> None:
        self._family = family

    def collect(self) -> Iterator[Metric]:
        yield self._family


class _Escaped(dict[str, str]):
    """Values of labels as they are written; the same few come again and again."""

    def __missing__(self, value: str) -> str:
        plain = "\\" not in value and "\n" not in value and '"' not in value
        written = self[value] = str(value) if plain else value.translate(_ESCAPES)
        return written


class _Numbers(dict[float, str]):
    """Values of samples as they are written; of 20,000 most are one of a few."""

    def __missing__(self, value: float) -> str:
        written: str = floatToGoString(value)  # type: ignore[no-untyped-call]  # the library forgot to annotate this one
        # A zero is equal to its negative, and nothing is equal to what is not a number.
        if value:
            self[value] = written
        return written


class _Slices:
    """Lets the event loop turn whenever a moment is over."""

    def __init__(self) -> None:
        """Begin the first moment."""
        self._until = time.perf_counter() + _SLICE_SECONDS

    async def between(self) -> None:
        """Let others have their turn, if it is time."""
        if time.perf_counter() >= self._until:
            await asyncio.sleep(0)
            self._until = time.perf_counter() + _SLICE_SECONDS


class Form:
    """One of the two forms."""

    def __init__(self, name: str) -> None:
        """Take its media type."""
        self._encode: Callable[[Any], bytes]
        self._encode, self.content_type = choose_encoder(_ASKED[name])
        self.ends = _END if name == _OPENMETRICS else b""

    @classmethod
    def of(cls, accept: str) -> "Form":
        """Give the form that a scraper asks for."""
        return OPENMETRICS if choose_encoder(accept)[1].startswith(_OPENMETRICS) else TEXT

    async def page(self, families: Iterable[Metric]) -> bytes:
        """Write all families, a little at a time: others have their turn in between."""
        slices, escaped, numbers, parts = _Slices(), _Escaped(), _Numbers(), []
        for family in families:
            await slices.between()
            if family.type not in _WRITTEN_HERE:
                parts.append(self._by_library(family))
                continue
            parts.append(self._by_library(_without_samples(family)))
            if isinstance(family, Table) and family.labels:
                lines = _rows(family, escaped, numbers)
            else:
                lines = self._lines(family, escaped, numbers)
            while some := "".join(islice(lines, _LINES)):
                parts.append(some.encode())
                await slices.between()
        parts.append(self.ends)
        return b"".join(parts)

    def _lines(self, family: Metric, escaped: _Escaped, numbers: _Numbers) -> Iterator[str]:
        written = partial(map, escaped.__getitem__)
        shapes: dict[tuple[str, ...], _Shape] = {}
        for sample in family.samples:
            name, labels, value, at, exemplar, histogram = sample
            if at is not None or exemplar is not None or histogram is not None:
                yield self._alone(family, sample)
            elif labels:
                key = (name, *labels)
                shape = shapes.get(key) or shapes.setdefault(key, _Shape(key))
                yield f"{shape.before % tuple(written(shape.values(labels)))}{numbers[value]}\n"
            else:
                yield f"{name} {numbers[value]}\n"

    def _alone(self, family: Metric, sample: Sample) -> str:
        alone = _without_samples(family)
        alone.samples = [sample]
        return self._by_library(alone).decode().splitlines(keepends=True)[-1]

    def _by_library(self, family: Metric) -> bytes:
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_One(family))
        return self._encode(registry).removesuffix(self.ends)


def _rows(family: Table, escaped: _Escaped, numbers: _Numbers) -> Iterator[str]:
    """Write a table: its labels stand in the same places in every line."""
    places = sorted(range(len(family.labels)), key=family.labels.__getitem__)
    inside = ",".join(f'{family.labels[place]}="%s"' for place in places)
    line = f"{family.sample_name}{{{inside}}} %s\n"
    written = escaped.__getitem__
    if places == list(range(len(places))):
        return (line % (*map(written, key), numbers[value]) for key, value in family.values.items())
    ordered = itemgetter(*places)
    return (line % (*map(written, ordered(key)), numbers[value]) for key, value in family.values.items())


class _Shape:
    """How a sample with these labels begins, and how its values get there."""

    def __init__(self, key: tuple[str, ...]) -> None:
        name, *labels = key
        self._labels = sorted(labels)
        inside = ",".join(f'{label}="%s"' for label in self._labels)
        self.before = f"{name}{{{inside}}} "

    @cached_property
    def values(self) -> Callable[[Any], Iterable[str]]:
        """Give the values of a sample's labels, in the order in which they are written."""
        if len(self._labels) == 1:
            only = self._labels[0]
            return lambda labels: (labels[only],)
        return itemgetter(*self._labels)


def _without_samples(family: Metric) -> Metric:
    return Metric(family.name, family.documentation, family.type, family.unit)


OPENMETRICS, TEXT = Form(_OPENMETRICS), Form(_TEXT)
