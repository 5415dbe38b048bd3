"""What is known of drills that are over: how their ends were looked at, and what came of it."""

from typing import Protocol

from drd.domain.drill_verdict import Judgement, Listing
from drd.domain.ids import RunId
from drd.ports.journal import RunCard


class Drills(Protocol):
    """Durable. Errors as `Journal`'s."""

    async def unconfirmed(self, *, most: int) -> tuple[RunCard, ...]:
        """Give drills that are over and have no verdict, the longest over first."""
        ...

    async def listings(self, run: RunId) -> tuple[Listing, ...]:
        """Give how a drill's end was looked at, in order."""
        ...

    async def note(self, run: RunId, listing: Listing, *, number: int) -> bool:
        """Keep a listing as the drill's first, second, ... (from 1); False where another one has that place.

        Two daemons may look at the same time: one of the two listings counts.
        """
        ...

    async def settle(self, run: RunId, judgement: Judgement) -> bool:
        """Keep the verdict on a drill that is over; False where it has one, which stays.

        With a green one, the recovery points that the drill used are proven.
        """
        ...

    async def judgement(self, run: RunId) -> Judgement | None:
        """Give the verdict and its reasons; None for a run that is no drill, or not over."""
        ...
