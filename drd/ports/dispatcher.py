"""Who runs what: runs are claimed with leases and fenced, so that one daemon at a time moves a run."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from drd.domain.ids import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A daemon's right to move a run.

    Attributes:
        token: rises with each claim of the run; journal appends with an older one are refused.
        resumed: whether somebody had claimed it before.
    """

    run: RunId
    token: int
    daemon: str
    resumed: bool


class Dispatcher(Protocol):
    """Hands runs to daemons."""

    async def submit(self, run: RunId) -> None:
        """Make an accepted run known to whoever serves; waking is at once on this host. May be called twice."""
        ...

    async def serve(self, move: Callable[[Claim], Awaitable[None]]) -> None:
        """Claim every run that is not final, now and from now on, and move each in a task of its own until `drain`.

        Runs of a dead daemon are claimed again. Returns when drained and every move has returned.
        """
        ...

    async def drain(self) -> None:
        """Claim no more. Moves that are under way are told by their own means."""
        ...

    async def holds(self, claim: Claim) -> bool:
        """Say whether the claim outlives a request by a margin; asked right before every mutation."""
        ...
