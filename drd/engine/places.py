"""So many at a time in the order in which they came, and one at a time for each run."""

import asyncio
import contextlib
from collections import deque
from weakref import WeakValueDictionary

from drd.domain.ids import RunId


class Places:
    """A place each for so many; who finds none waits. Belongs to one event loop.

    As the library's semaphore, for a third of its price where there is a place: each step takes one three times. A
    place that is given back goes to whoever waits longest, so nobody who comes later is quicker.
    """

    def __init__(self, count: int) -> None:
        """Offer so many."""
        self._free = count
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> None:
        """Take a place, or wait for one. Cancelled, it takes none."""
        if self._free:
            self._free -= 1
            return
        place = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        try:
            await place
        except asyncio.CancelledError:
            if place.cancelled():
                with contextlib.suppress(ValueError):
                    self._waiting.remove(place)
            else:
                # It was given in the very moment in which it was no longer wanted.
                self._give_back()
            raise

    async def __aexit__(self, *_: object) -> None:
        """Give the place back."""
        self._give_back()

    def _give_back(self) -> None:
        while self._waiting:
            place = self._waiting.popleft()
            if not place.done():
                place.set_result(None)
                return
        self._free += 1


class Doors:
    """A door for each run, through which one goes at a time. Nothing is kept of a run whose door nobody uses."""

    def __init__(self) -> None:
        """Begin without any."""
        self._doors: WeakValueDictionary[RunId, asyncio.Lock] = WeakValueDictionary()

    def of(self, run: RunId) -> asyncio.Lock:
        """Give the run's door."""
        door = self._doors.get(run)
        if door is None:
            door = self._doors[run] = asyncio.Lock()
        return door
