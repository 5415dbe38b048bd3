"""One budget of requests per subscription: what Azure says is left is spread, so that drd slows before it is refused.

Each identity has its own provider and with it its own budget, as Azure counts by identity. All waiting is world time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from drd.ports.clock import Clock
from drd.providers.azure.errors import retry_after

LOW = 25
"""From so few left on, requests wait for their turn."""
_STALE = timedelta(seconds=30)
"""How long a figure is believed: by then Resource Manager's buckets are full again."""
_WINDOW = timedelta(minutes=5)
"""How long a service's own bucket may stay as empty as it was told: it does not refill, it is filled at its end."""
_SLOWEST = timedelta(seconds=30)
_REMAINING = "x-ms-ratelimit-remaining-subscription-"
_OF_A_RESOURCE = "x-ms-ratelimit-remaining-resource"
_PLACE = re.compile(r"/subscriptions/([^/?]+)(?:.*/providers/([^/?]+))?", re.IGNORECASE)
_OWN_BUCKET = {"microsoft.recoveryservices": "resource-requests"}
_OWN = frozenset(_OWN_BUCKET.values())
_KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}
_PACE = {
    "reads": timedelta(seconds=1 / 25),
    "writes": timedelta(seconds=1 / 10),
    "deletes": timedelta(seconds=1 / 10),
    "resource-requests": timedelta(seconds=2),
}
"""How fast each bucket refills: documented for the first three. A service's own is never asked faster than that when
little is left, and slower the less it is, so that what is left lasts until it is filled anew."""
_NO_TIME = timedelta(0)
_LONGEST_HOLD = timedelta(minutes=2)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)

Key = tuple[str, str]


@dataclass(slots=True)
class _Bucket:
    left: int = LOW + 1
    told_at: datetime = _BEFORE_ALL
    turn_at: datetime = _BEFORE_ALL
    """When the next request may leave that has to wait for its turn."""
    held_until: datetime = _BEFORE_ALL


class Budget:
    """Keeps what Azure said is left of each bucket."""

    def __init__(self, clock: Clock) -> None:
        """Take world time."""
        self._clock = clock
        self._buckets: dict[Key, _Bucket] = {}

    async def admit(self, method: str, url: str) -> timedelta:
        """Wait until a request may leave; most may at once. Gives how long it waited."""
        key = bucket_of(method, url)
        bucket = self._buckets.get(key) if key is not None else None
        if key is None or bucket is None:
            return _NO_TIME
        now = self._clock.now()
        leaves = max(now, bucket.held_until)
        if bucket.left <= LOW and now - bucket.told_at < (_WINDOW if key[1] in _OWN else _STALE):
            leaves = max(leaves, bucket.turn_at)
            bucket.turn_at = leaves + _pace(key[1], bucket.left)
        bucket.left -= 1
        if leaves > now:
            await self._clock.sleep(leaves - now)
        return leaves - now

    def learn(self, method: str, url: str, status: int, headers: Mapping[str, str]) -> None:
        """Hear what an answer says is left, and whether it asks for patience."""
        key = bucket_of(method, url)
        if key is None:
            return
        left = headers.get(_REMAINING + key[1], "")
        now = self._clock.now()
        if left.isdecimal():
            bucket = self._buckets.setdefault(key, _Bucket())
            bucket.left, bucket.told_at = int(left), now
        # A 429 of one machine's own policy says nothing of the others.
        if status == HTTPStatus.TOO_MANY_REQUESTS and not headers.get(_OF_A_RESOURCE):
            wait = retry_after(headers, now)
            if wait is not None and wait > timedelta(0):
                bucket = self._buckets.setdefault(key, _Bucket())
                bucket.held_until = max(bucket.held_until, now + min(wait, _LONGEST_HOLD))


def bucket_of(method: str, url: str) -> Key | None:
    """Return the subscription and the bucket that a request draws on; None for one outside of subscriptions."""
    found = _PLACE.search(url)
    if found is None:
        return None
    own = _OWN_BUCKET.get((found.group(2) or "").casefold())
    return found.group(1).casefold(), own or _KINDS.get(method, "writes")


def _pace(bucket: str, left: int) -> timedelta:
    if bucket not in _OWN:
        return _PACE[bucket]
    return max(_PACE[bucket], min(_SLOWEST, _WINDOW / max(left, 1)))
