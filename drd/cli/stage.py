"""What demo and dev need of a rehearsal that runs, and how they end with it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol


class Child(Protocol):
    """A process of the rehearsal."""

    def poll(self) -> int | None:
        """Give its exit code, or None while it runs."""
        ...


class Stage(Protocol):
    """A sandbox and a daemon that run."""

    @property
    def socket(self) -> Path:
        """The daemon's socket."""
        ...

    @property
    def metrics(self) -> str:
        """Address of the daemon's metrics."""
        ...

    @property
    def sandbox(self) -> str:
        """Address of the sandbox."""
        ...

    @property
    def front(self) -> str:
        """Address of the proxy that answers for guests."""
        ...

    @property
    def speed(self) -> int:
        """How many times as fast world time runs."""
        ...

    @property
    def second_actor(self) -> str:
        """The name under which a second person may answer approvals."""
        ...

    def lose_region(self, region: str, *, ago: timedelta) -> datetime:
        """Declare a region lost some world time ago; gives the instant."""
        ...

    def journal(self) -> list[dict[str, Any]]:
        """Give every request that the sandbox saw, in order."""
        ...

    def peak_memory_mib(self) -> dict[str, int]:
        """Give the peak resident memory of both processes."""
        ...


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, so that what it started is stopped."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
