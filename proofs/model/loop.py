"""An event loop without a machine under it: its time jumps to the next timer when nothing else can run."""

import asyncio
from typing import Any


class Deadlock(RuntimeError):
    """Everything waits, and no timer will ever wake it."""


class _Jump:
    """Takes the place of the selector: a wait is a jump in time."""

    def __init__(self) -> None:
        self.now = 0.0

    def select(self, timeout: float | None) -> list[Any]:
        if timeout is None:
            raise Deadlock("nothing is left to run, and no timer is set")
        if timeout > 0:
            self.now += timeout
        return []


class ModelLoop(asyncio.BaseEventLoop):
    """Runs the same way each time: callbacks in the order in which they were asked for, timers in order of time."""

    def __init__(self) -> None:
        """Begin at zero."""
        super().__init__()
        self._selector = _Jump()
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Give the virtual seconds since the loop began."""
        return self._selector.now

    def _process_events(self, event_list: list[Any]) -> None:
        """Nothing ever comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody calls from another thread."""
