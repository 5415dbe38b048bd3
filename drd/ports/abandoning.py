"""How a run whose journal is damaged ends: beside its journal, which is evidence and is not touched."""

from typing import Protocol

from drd.domain.abandonment import Abandonment
from drd.domain.events import Event
from drd.domain.ids import RunId


class Abandoning(Protocol):
    """Runs that nobody can move. Errors as `Journal`'s."""

    async def readable(self, run: RunId) -> tuple[Event, ...]:
        """Give the events that can be read at all, in order; what they say may be untrue. Raises NotFoundError."""
        ...

    async def abandon(self, run: RunId, word: Abandonment) -> None:
        """End a run without a word in its journal; durable on return.

        Its lock and its lease are free, no daemon can append to it, and its card is cancelled and tells the word.
        Whether the journal is damaged is for the caller to know.

        Raises NotFoundError, RefusedError when the run is over.
        """
        ...
