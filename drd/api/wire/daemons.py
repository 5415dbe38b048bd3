"""The daemons that share a database."""

from drd.api.wire.shape import Shape
from drd.api.wire.wish import Wish
from drd.domain.daemon_state import DaemonState


class DaemonCardShape(Shape):
    """One daemon. Lengths are seconds of the host; `own` marks the one that was asked."""

    id: str
    host: str
    version: str
    state: DaemonState
    runs: int
    most_runs: int
    up_seconds: float
    seen_seconds_ago: float
    own: bool


class DrainBody(Wish):
    """Whether it is wanted though nobody is left to take the daemon's runs."""

    sure: bool = False
