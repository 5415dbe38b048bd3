"""Who runs what: runs are claimed with leases and fenced, so that one daemon at a time moves a run."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from drd.domain.ids import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A daemon's right to move a run.

    Attributes:
        token: rises with each claim of the run; journal appends with an older one are refused.
        resumed: whether somebody had claimed it before.
        strikes: how many claims in a row, right before this one, ended without being given back, without progress and
            before they had lasted a few seconds: what a run does that ends its daemon each time.
    """

    run: RunId
    token: int
    daemon: str
    resumed: bool
    strikes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatcherEars:
    """Who hears what becomes of claims while their moves last. Called on the event loop; they do not wait.

    Attributes:
        lost: the claim ended, or its end is near and it could not be renewed: nothing may be sent any more. At once.
        give_back: the run is to be given back: nothing new, and the move returns when what is in the air has landed.
        heads: where the journals of this daemon's runs end; gives the runs into which somebody else wrote, whose moves
            return and which are claimed again at once.
    """

    lost: Callable[[RunId], None]
    give_back: Callable[[RunId], None]
    heads: Callable[[Mapping[RunId, int]], Collection[RunId]]


class Dispatcher(Protocol):
    """Hands runs to daemons."""

    async def submit(self, run: RunId, *, awaited: bool = False) -> None:
        """Make an accepted run known to whoever serves; waking is at once on this host. May be called twice.

        `awaited`: a run here waits for it, so that it must not wait for the place that the other one holds.
        """
        ...

    async def serve(self, move: Callable[[Claim], Awaitable[None]], ears: DispatcherEars | None = None) -> None:
        """Claim runs that are not final, now and from now on, and move each in a task of its own until `drain`.

        A run is given back when its move returns. Runs of a dead daemon are claimed again. Returns when drained, every
        move has returned and every run was given back. Cancelled, it gives back nothing, like a killed process.

        Raises:
            ConflictError: another daemon has taken this one's name.
        """
        ...

    async def drain(self) -> None:
        """Claim no more. Moves that are under way are told by their own means."""
        ...

    async def holds(self, claim: Claim) -> bool:
        """Say whether the claim outlives a request by a margin; asked right before every mutation."""
        ...
