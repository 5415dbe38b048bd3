"""World time: the time that the sandbox's Azure lives in.

Nothing in the sandbox runs in the background. State is computed from `WorldClock.now()` when somebody asks, so the same
code serves HTTP under a fast clock and one process under a virtual clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class WorldClock(Protocol):
    """Tells world time."""

    def now(self) -> datetime:
        """Return the present instant of the world, aware, in UTC; it never goes back."""
        ...


def host_now() -> datetime:
    """Return the host's own time, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the sandbox's one reading of the host clock


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledClock:
    """World time that agrees with host time at `epoch` and then runs `speed` times as fast.

    `world = epoch + (host - epoch) * speed`: two processes that know `epoch` and `speed` tell the same time.
    """

    epoch: datetime
    speed: float = 1.0
    host: Callable[[], datetime] = host_now

    def now(self) -> datetime:
        """Return the scaled instant."""
        return self.epoch + (self.host() - self.epoch) * self.speed


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledClock:
    """World time told by any callable, such as the virtual clock of a process."""

    tell: Callable[[], datetime]

    def now(self) -> datetime:
        """Return what the callable tells."""
        return self.tell()


def instant_text(instant: datetime) -> str:
    """Return an instant as Azure writes it: UTC, microseconds, `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
