"""The daemon itself, and who the caller is to it."""

from drd.api.wire.shape import Instant, Shape


class ActorShape(Shape):
    """Who the caller is."""

    name: str
    roles: tuple[str, ...]
    contacts: tuple[str, ...]


class DaemonShape(Shape):
    """The daemon's own state. `journal` is `writable` or why not."""

    version: str
    now: Instant
    journal: str
    active_runs: int
    metrics: str
    actor: ActorShape
