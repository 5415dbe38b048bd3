"""Virtual time: an event loop whose clock jumps to the next timer as soon as nothing else can run.

A whole installation in one process (daemon, engine, real SDK clients, sandbox) runs hours of world time in seconds of
the host, and the same way each time. Work in threads would let time jump while it is done, so nothing of the
installation may use threads under this loop; a thread that is waited for anyway holds the clock still.
"""

import asyncio
import contextlib
import selectors
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from datetime import datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_THREAD_POLL_SECONDS = 0.001


class _JumpingSelector(selectors.DefaultSelector):
    """Turns a wait for the next timer into a jump of the clock, unless somebody in a thread is still at work."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0.0
        self.threads = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.threads:
            return super().select(_THREAD_POLL_SECONDS)
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        if not ready:
            self.passed += timeout
        return ready


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop in virtual time. `time()` begins at zero."""

    def __init__(self) -> None:
        """Start at zero."""
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Give the virtual seconds since the loop began."""
        return self._jumping.passed

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> "asyncio.Future[T]":
        """Run in a thread, with the clock held still meanwhile."""
        self._jumping.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_ended)
        return future

    @contextlib.contextmanager
    def standing_still(self) -> Iterator[None]:
        """Hold the clock: somebody works in threads of which the loop is not told, such as a framework of the web."""
        self._jumping.threads += 1
        try:
            yield
        finally:
            self._jumping.threads -= 1

    def _thread_ended(self, _future: "asyncio.Future[Any]") -> None:
        self._jumping.threads -= 1


class VirtualClock:
    """World time and host time in one, under a `VirtualTimeLoop`."""

    def __init__(self, epoch: datetime) -> None:
        """Let the loop's zero be this instant."""
        self._epoch = epoch

    def now(self) -> datetime:
        """Give the virtual instant. Outside a running loop it is the epoch."""
        try:
            passed = asyncio.get_running_loop().time()
        except RuntimeError:
            passed = 0.0
        return self._epoch + timedelta(seconds=passed)

    async def sleep(self, length: timedelta) -> None:
        """Wait in virtual time."""
        await asyncio.sleep(max(length.total_seconds(), 0.0))

    def host_seconds(self, length: timedelta) -> float:
        """Give the length in seconds: virtual time limits are virtual too."""
        return length.total_seconds()
