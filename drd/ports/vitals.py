"""What a daemon tells of itself: what happens in it, and how it stands now. All lengths and instants are host time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRequest:
    """An HTTP request that this daemon answered.

    Attributes:
        route: the route's template, never the path; `unmatched` where there is no such route.
        method: one of HTTP's own, or `other`.
        seconds: until the answer began.
    """

    route: str
    method: str
    status: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFigures:
    """What was last seen of the chain of evidence.

    Attributes:
        entries: how many records it has.
        valid: whether everything that was verified is whole; None before the first look.
    """

    entries: int = 0
    valid: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """How a daemon stands.

    Attributes:
        leases: for each small lease, whether this daemon holds it.
        beats: when each of its loops turned last.
        queues: how much waits, by queue.
        credentials: when each credential ends that a person has to renew.
        configured_at: when the settings were last read whole; None where there are none.
    """

    leases: Mapping[str, bool] = field(default_factory=dict)
    beats: Mapping[str, datetime] = field(default_factory=dict)
    queues: Mapping[str, int] = field(default_factory=dict)
    credentials: Mapping[str, datetime] = field(default_factory=dict)
    configured_at: datetime | None = None
    audit: AuditFigures = field(default_factory=AuditFigures)


def _unheard(_told: object) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonEars:
    """Who hears what happens in a daemon. Called on the event loop, and must return at once.

    Attributes:
        answered: told of every HTTP request that was answered.
        committed: told how many seconds each commit of the journal took, from the first statement to the disk.
        lagged: told now and then by how many seconds the event loop was late.
    """

    answered: Callable[[AnsweredRequest], None] = _unheard
    committed: Callable[[float], None] = _unheard
    lagged: Callable[[float], None] = _unheard
