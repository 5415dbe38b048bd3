"""Compare the host's clock with the one that stamps Azure's answers, by requests that are sent anyway."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from drd.domain.canonical import Json
from drd.domain.clock_offset import ClockOffset
from drd.domain.evidence import UNKNOWN
from drd.ports.capabilities import SentRequest
from drd.ports.clock import Clock


class CompareClocks:
    """Hears of each request, and keeps what its answer's `Date` shows. It asks nobody."""

    def __init__(self, host: Clock) -> None:
        """Take the host's clock."""
        self._host = host
        self._offset: ClockOffset | None = None

    def sent(self, request: SentRequest) -> None:
        """Take what an answer shows; nothing from one that has no date, or one that cannot be read."""
        stated = _instant(request.date)
        if stated is None or request.left is None:
            return
        back = self._host.now()
        # By the loop's clock, which nobody sets: whatever passed since then counts as under way.
        left = back - timedelta(seconds=asyncio.get_running_loop().time() - request.left)
        seen = ClockOffset.seen(left=left, back=back, stated=stated)
        self._offset = self._offset.then(seen) if self._offset is not None else seen

    def offset(self) -> ClockOffset | None:
        """Give what is known now; None until an answer told."""
        return self._offset.by(self._host.now()) if self._offset is not None else None

    def told(self) -> Json:
        """Give it for a record of evidence."""
        offset = self.offset()
        return UNKNOWN if offset is None else offset.to_json()


def _instant(date: str) -> datetime | None:
    try:
        stated = parsedate_to_datetime(date)
    except ValueError:
        return None
    return stated.astimezone(UTC) if stated.tzinfo is not None else None
