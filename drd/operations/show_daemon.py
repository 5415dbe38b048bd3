"""Show the daemon itself: its release, its clock, whether its journal can be written, and who asks."""

from dataclasses import dataclass
from datetime import datetime

from drd.domain.actor import Actor
from drd.engine.engine import Engine
from drd.ports.clock import Clock
from drd.ports.journal import Journal, RunFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonView:
    """The daemon as its caller may see it. `trouble` is empty while the journal can be written."""

    version: str
    now: datetime
    trouble: str
    active_runs: int
    metrics: str
    actor: Actor


class ShowDaemon:
    """Reads the daemon's state."""

    def __init__(self, *, journal: Journal, engine: Engine, clock: Clock, version: str, metrics: str) -> None:
        """Take what is needed; `metrics` is the address at which they are served."""
        self._journal = journal
        self._engine = engine
        self._clock = clock
        self._version = version
        self._metrics = metrics

    async def __call__(self, actor: Actor) -> DaemonView:
        """Give the state. Anybody whom the daemon knows may ask."""
        active = await self._journal.runs(RunFilter(active=True))
        return DaemonView(
            version=self._version,
            now=self._clock.now(),
            trouble=self._engine.health.journal_trouble,
            active_runs=len(active),
            metrics=self._metrics,
            actor=actor,
        )
