"""How far the host's clock is from somebody else's, as far as the `Date` of their answers shows."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from drd.domain.canonical import Json
from drd.domain.durations import format_instant

_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
_SLEW = 0.0005
"""A clock that is being corrected runs at most so much too fast or too slow."""
MOST_OFF = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockOffset:
    """The host's clock is ahead by something between `least` and `most`; less than nothing means behind.

    Attributes:
        at: when it was seen, by the host's clock.
    """

    at: datetime
    least: timedelta
    most: timedelta

    @classmethod
    def seen(cls, *, left: datetime, back: datetime, stated: datetime) -> "ClockOffset":
        """Give what one answer shows.

        Args:
            left: when the request left, by the host's clock.
            back: when the answer was there.
            stated: the answer's `Date`: whole seconds, cut off.
        """
        return cls(at=back, least=left - stated - _SECOND, most=back - stated)

    def then(self, later: "ClockOffset") -> "ClockOffset":
        """Give what both show together; the later one alone where they disagree: the clock was set in between."""
        earlier = self.by(later.at)
        least, most = max(earlier.least, later.least), min(earlier.most, later.most)
        return later if least > most else ClockOffset(at=later.at, least=least, most=most)

    def by(self, at: datetime) -> "ClockOffset":
        """Give what it still shows at an instant: the older it is, the less."""
        drift = abs(at - self.at) * _SLEW
        return ClockOffset(at=at, least=self.least - drift, most=self.most + drift)

    @property
    def off(self) -> bool:
        """Say whether the clock is off for sure by more than may be."""
        return self.least > MOST_OFF or self.most < -MOST_OFF

    def to_json(self) -> dict[str, Json]:
        """Write it, in whole milliseconds, rounded to the wider side."""
        return {
            "at": format_instant(self.at),
            "ahead-at-least-ms": math.floor(self.least / _MILLISECOND),
            "ahead-at-most-ms": math.ceil(self.most / _MILLISECOND),
        }
