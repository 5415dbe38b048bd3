"""What will have happened by then: effects with the instant at which they fall due."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

Effect = Callable[[datetime], None]
"""A change of the world, given the instant at which it takes place."""


@dataclass(order=True, slots=True)
class _Due:
    at: datetime
    number: int
    region: str = field(compare=False)
    effect: Effect = field(compare=False)
    held: bool = field(compare=False, default=False)


class Agenda:
    """Effects that wait for world time; `settle` applies those that fell due, in order.

    An effect in a lost region is held, and takes place when the region is back.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._waiting: list[_Due] = []
        self._count = 0
        self.settled: datetime | None = None
        """Up to which instant effects have been applied."""

    def at(self, instant: datetime, effect: Effect, *, region: str = "") -> None:
        """Let an effect take place at an instant; `region` is the one it needs, empty for none."""
        self._count += 1
        heapq.heappush(self._waiting, _Due(at=instant, number=self._count, region=region, effect=effect))

    def settle(self, now: datetime, is_lost: Callable[[str, datetime], bool]) -> None:
        """Apply what is due; effects may add effects, which are applied too when they are due by `now`."""
        self.settled = now
        held: list[_Due] = []
        while self._waiting and self._waiting[0].at <= now:
            due = heapq.heappop(self._waiting)
            if due.region and is_lost(due.region, due.at) and is_lost(due.region, now):
                due.held = True
                held.append(due)
                continue
            due.effect(now if due.held else due.at)
        for due in held:
            heapq.heappush(self._waiting, due)

    def next_due(self) -> datetime | None:
        """Return the instant of the next effect, or None."""
        return self._waiting[0].at if self._waiting else None
