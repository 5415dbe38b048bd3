"""The sizes of machines, and the families of them that share a quota."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("sizes.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Sizes that share a quota; `limit` counts vCPUs in one region."""

    name: str
    shown: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """One size of machine."""

    name: str
    family: str
    vcpus: int
    memory_gb: float
    data_disks: int
    generations: str


def find_size(name: str) -> Size | None:
    """Return a size by Azure's name of it, in any case."""
    return _sizes().get(name.casefold())


def all_sizes() -> Iterator[Size]:
    """Yield the sizes, family by family."""
    yield from _sizes().values()


@cache
def families() -> tuple[Family, ...]:
    """Return the families in the order of the data."""
    found = tomllib.loads(_DATA.read_text(encoding="utf-8"))["families"]
    return tuple(Family(name=one["name"], shown=one["shown"], limit=one["limit"]) for one in found)


@cache
def regional_limit() -> int:
    """Return how many vCPUs all families together may have in a region."""
    return int(tomllib.loads(_DATA.read_text(encoding="utf-8"))["cores"])


@cache
def _sizes() -> dict[str, Size]:
    found = tomllib.loads(_DATA.read_text(encoding="utf-8"))["families"]
    return {
        one["name"].casefold(): Size(
            name=one["name"],
            family=family["name"],
            vcpus=one["vcpus"],
            memory_gb=one["memory-gb"],
            data_disks=one["data-disks"],
            generations=family["generations"],
        )
        for family in found
        for one in family["sizes"]
    }
