"""Orders of people that reach a daemon which does not move their run. Only who moves a run writes its journal."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from drd.domain.canonical import Json
from drd.domain.events import Event
from drd.domain.ids import RunId
from drd.domain.lifecycle import RunState


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedOrder:
    """An order that waits for whoever moves its run.

    Attributes:
        id: names it, also in the events that carry it out, so that it is never carried out twice.
        body: the order, in the engine's own words.
    """

    id: str
    run: RunId
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Whether a daemon moves a run now.

    Attributes:
        token: of the run's newest claim.
    """

    token: int
    held: bool


class Orders(Protocol):
    """A letter box that the daemons on one database share. Errors as `Journal`'s."""

    async def hold(self, run: RunId) -> Hold:
        """Say whether a daemon holds the run now. Raises NotFoundError."""
        ...

    async def append_unheld(self, events: Sequence[Event], *, state: RunState, after: Hold) -> bool:
        """Write events of a run that nobody holds, under a token of their own: the next after `after`.

        All or nothing, and only while nobody holds the run and nobody has held it since `after` was asked for; False
        otherwise. Whoever held the run before can append no more. Events that are there already, exactly so, are not
        written again: an answer may have been lost.
        """
        ...

    async def post(self, run: RunId, body: Mapping[str, Json]) -> PostedOrder:
        """Leave an order for whoever moves the run, and wake them if they are in this process."""
        ...

    async def waiting(self, runs: Collection[RunId]) -> tuple[PostedOrder, ...]:
        """Give the orders for these runs that have no answer yet, oldest first."""
        ...

    async def take(self, order: PostedOrder) -> bool:
        """Say, as who moves the run now, that an order is about to be carried out: nobody takes it back any more.

        False where it was taken back, or has an answer. May be said again, also by who moves the run next.
        """
        ...

    async def answer(self, order: PostedOrder, outcome: Mapping[str, Json]) -> None:
        """Say what became of an order. May be called twice; the first counts."""
        ...

    async def outcome(self, order: PostedOrder) -> Mapping[str, Json] | None:
        """Give what became of an order; None while nobody has said."""
        ...

    async def withdraw(self, order: PostedOrder) -> bool:
        """Take back an order that nobody has taken up. False where somebody has, or it has an answer.

        One that was thrown away with its run counts as taken back: nobody carries it out any more.
        """
        ...

    @property
    def seen(self) -> int:
        """Number of the newest news, for `news`: ask before looking."""
        ...

    def look(self) -> None:
        """Let who waits for news in this process look again: there is a run that was not asked for before."""
        ...

    async def news(self, seen: int) -> None:
        """Wait until there may be orders or answers after `seen`; a short time of the host where others may leave some.

        Where nobody else can, it may wait for ever.
        """
        ...
