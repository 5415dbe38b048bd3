"""How long a run stays with a daemon that says nothing, and how many runs a daemon takes. All lengths are host time."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

HostTime: TypeAlias = Callable[[], float]
"""Seconds of the host that no clock change moves."""

LONGEST = timedelta(seconds=600)
"""A lease that ends later than so much from now was not written by drd: it counts for nothing."""

SHORTEST_WAIT_SECONDS = 0.001
"""Sums of seconds are right to some bits only: what is due in less may be due in none, and never come nearer."""

_PARTS = 4
_LONGEST_POLL = timedelta(seconds=1)


def host_seconds() -> float:
    """Give seconds since the host was started, the time it slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseTerms:
    """The lease of a run. The defaults let another daemon take over within 30 s.

    Attributes:
        length: after so long without a heartbeat a run is anybody's.
        renew: from one heartbeat to the next.
        margin: nothing is sent when less than this is left: what was sent has arrived before somebody else may look.
        proven: a claim that was held so long does its host no harm.
        poll: between looks for runs that nobody submitted here, and for orders that were given elsewhere.
    """

    length: timedelta = timedelta(seconds=20)
    renew: timedelta = timedelta(seconds=5)
    margin: timedelta = timedelta(seconds=5)
    proven: timedelta = timedelta(seconds=5)
    poll: timedelta = _LONGEST_POLL

    @classmethod
    def of(cls, length: timedelta) -> "LeaseTerms":
        """Give terms in the usual proportions. Takes lengths from 2 s on."""
        part = length / _PARTS
        return cls(length=length, renew=part, margin=part, proven=part, poll=min(part, _LONGEST_POLL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many runs are moved at the same time; the rest stays queued.

    Attributes:
        runs: by one daemon. per_tenant: of one tenant, by all daemons; None for any number.
    """

    runs: int = 1000
    per_tenant: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """How a daemon presents itself to the others.

    Attributes:
        id: its name; no two that are alive have the same one.
        boot: drawn anew at each start.
    """

    id: str
    boot: str
    host: str = ""
    version: str = ""
