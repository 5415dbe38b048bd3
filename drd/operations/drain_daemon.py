"""Let a daemon give its runs to the others, and let it take runs again."""

from dataclasses import dataclass

from drd.domain.actor import Actor, Role
from drd.domain.daemon_state import DaemonState
from drd.domain.errors import NotFoundError, RefusedError
from drd.ports.daemons import DaemonCard, Daemons


@dataclass(frozen=True, slots=True, kw_only=True)
class DrainWish:
    """What is wanted of which daemon.

    Attributes:
        daemon: its name; empty for the one that was asked.
        drain: False to let it take runs again.
        sure: also where nobody is left to take its runs.
    """

    daemon: str = ""
    drain: bool = True
    sure: bool = False


class DrainDaemon:
    """Tells a daemon, through the database that all of them share."""

    def __init__(self, daemons: Daemons) -> None:
        """Take where they are known."""
        self._daemons = daemons

    async def __call__(self, actor: Actor, wish: DrainWish) -> DaemonCard:
        """Write what is wanted; the daemon hears it with its next heartbeat. May be called twice.

        Raises:
            ForbiddenError: the actor is no administrator.
            NotFoundError: there is no such daemon, or it is gone.
            RefusedError: nobody would be left to take its runs.
        """
        actor.must_have(Role.ADMIN)
        cards = await self._daemons.list()
        card = _meant(cards, wish.daemon)
        if not wish.drain:
            await self._daemons.resume(card.id)
        elif wish.sure or any(each.state is DaemonState.SERVING for each in cards if each.id != card.id):
            await self._daemons.drain(card.id)
        else:
            raise RefusedError(
                "no other daemon takes runs: those of this one would stand still",
                target=card.id,
                hint="start another daemon first, or say --yes: `drd daemon resume` lets it go on",
                code="only-daemon",
            )
        return _meant(await self._daemons.list(), card.id)


def _meant(cards: tuple[DaemonCard, ...], name: str) -> DaemonCard:
    found = next((card for card in cards if (card.id == name if name else card.own)), None)
    if found is None or found.state is DaemonState.GONE:
        raise NotFoundError("there is no such daemon", target=name, hint="`drd daemon list` shows them")
    return found
