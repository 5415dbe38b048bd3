"""The daemons that share one database: who they are, and asking one to give its runs to the others."""

from dataclasses import dataclass
from typing import Protocol

from drd.domain.daemon_state import DaemonState


@dataclass(frozen=True, slots=True, kw_only=True)
class DaemonCard:
    """What the list of daemons shows. Lengths are host time.

    Attributes:
        runs: how many it holds. most_runs: how many it takes.
        own: whether it is the one that was asked.
    """

    id: str
    host: str
    version: str
    state: DaemonState
    runs: int
    most_runs: int
    up_seconds: float
    seen_seconds_ago: float
    own: bool


class Daemons(Protocol):
    """The daemons on this daemon's database."""

    async def list(self) -> tuple[DaemonCard, ...]:
        """Give every daemon that is known, by name."""
        ...

    async def drain(self, daemon: str) -> None:
        """Let a daemon take no more runs and give its runs back, within a heartbeat. May be called twice.

        Raises NotFoundError when there is none of this name that has not ended.
        """
        ...

    async def resume(self, daemon: str) -> None:
        """Let a daemon take runs again. May be called twice. Raises as `drain`."""
        ...
