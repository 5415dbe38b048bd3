"""How lengths of time are spread over bounds: what a histogram tells, with the newest of each part by name."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drd.domain.ids import RunId

LONG = (60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400)
"""Bounds in seconds for what takes minutes to a day."""
SHORT = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200)
"""Bounds in seconds for what takes seconds to hours."""

_MILLISECOND = timedelta(milliseconds=1)
_MILLISECONDS = 1_000


@dataclass(frozen=True, slots=True, order=True)
class Measured:
    """One length that was measured: when it was known, of which run, and how long it is."""

    at: datetime
    run: RunId
    took: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The lengths between two bounds: how many, together how long, and the one that was known last."""

    count: int
    total: timedelta
    newest: Measured | None = None


@dataclass(slots=True)
class Spread:
    """Lengths by the part that they fall into, numbered from the shortest; parts without any are left out."""

    parts: dict[int, Part] = field(default_factory=dict)

    def add(self, number: int, part: Part) -> None:
        """Add lengths that fall into one part."""
        known = self.parts.get(number)
        if known is not None:
            newest = max((each for each in (known.newest, part.newest) if each is not None), default=None)
            part = Part(count=known.count + part.count, total=known.total + part.total, newest=newest)
        self.parts[number] = part

    def measure(self, measured: Measured, bounds: tuple[int, ...]) -> None:
        """Add one length."""
        self.add(part_of(measured.took, bounds), Part(count=1, total=measured.took, newest=measured))


def part_of(took: timedelta, bounds: tuple[int, ...]) -> int:
    """Give the number of the smallest bound that a length does not exceed; how many there are where it exceeds all.

    To the millisecond, as journals and stores keep lengths.
    """
    length = took // _MILLISECOND
    return sum(length > bound * _MILLISECONDS for bound in bounds)
