"""World time: the time that the sandbox's Azure lives in.

Nothing in the sandbox runs in the background. State is computed from `WorldClock.now()` when somebody asks, so the same
code serves HTTP under a fast clock and one process under a virtual clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
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


class WorldTime:
    """The world's own clock: follows another one, at a pace that can be changed, and can be moved on. Never goes back.

    While a request is answered, and while a world is planted, its time stands still: whoever asks twice gets one
    instant, and a replay of the request gets it again.
    """

    def __init__(self, base: WorldClock) -> None:
        """Agree with a clock until told otherwise; under a `ScaledClock` the pace is relative to the host's time."""
        scaled = base if isinstance(base, ScaledClock) else None
        self._source = scaled.host if scaled else base.now
        self.has_host_pace = scaled is not None
        self._anchor: datetime | None = scaled.epoch if scaled else None
        self._begun: datetime | None = scaled.epoch if scaled else None
        self._speed = scaled.speed if scaled else 1.0
        self._latest: datetime | None = None
        self.held: datetime | None = None
        """The instant at which time stands still, None while it runs."""

    def now(self) -> datetime:
        """Return the present instant."""
        if self.held is not None:
            return self.held
        told = self._source()
        if self._anchor is not None and self._begun is not None:
            told = self._anchor + (told - self._begun) * self._speed
        if self._latest is None or told > self._latest:
            self._latest = told
        return self._latest

    @property
    def speed(self) -> float:
        """Return how many seconds of the world pass in one of the clock that it follows."""
        return self._speed

    @property
    def epoch(self) -> datetime | None:
        """Return the instant at which world and host agree, None where there is none or the host is not followed."""
        if not self.has_host_pace or self._anchor is None or self._begun is None:
            return None
        if self._speed == 1:
            return self._begun if self._anchor == self._begun else None
        return self._begun + (self._anchor - self._begun) / (1 - self._speed)

    def set_speed(self, speed: float) -> None:
        """Go on from the present instant at another pace; 0 stands still until time is advanced.

        Raises:
            ValueError: the speed is negative.
        """
        if speed < 0:
            message = f"time does not run backwards: {speed:g}"
            raise ValueError(message)
        self._go_on(self.now(), speed)

    def advance(self, span: timedelta) -> None:
        """Move on by a span, at once.

        Raises:
            ValueError: the span is negative.
        """
        if span < timedelta(0):
            message = f"time does not run backwards: {span.total_seconds():g} s"
            raise ValueError(message)
        now = self.now() + span
        self._go_on(now, self._speed)
        if self.held is not None:
            self.held = now

    def resume(self, at: datetime, speed: float) -> None:
        """Go on from an instant, as a world does that was restored."""
        self.held = None
        self._latest = at
        self._go_on(at, speed)

    def _go_on(self, at: datetime, speed: float) -> None:
        self._anchor, self._begun, self._speed = at, self._source(), speed


class HostTime:
    """The host's time as the world sees it: a replay sees that of the first time."""

    def __init__(self, tell: Callable[[], datetime]) -> None:
        """Take the host's clock."""
        self._tell = tell
        self.held: datetime | None = None

    def __call__(self) -> datetime:
        """Return the present instant."""
        return self._tell() if self.held is None else self.held


def instant_text(instant: datetime) -> str:
    """Return an instant as Azure writes it: UTC, microseconds, `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
