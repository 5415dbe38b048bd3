"""List the daemons that share this one's database."""

from drd.domain.actor import Actor
from drd.ports.daemons import DaemonCard, Daemons


class ListDaemons:
    """Reads who serves, drains, or was not heard of."""

    def __init__(self, daemons: Daemons) -> None:
        """Take where they are known."""
        self._daemons = daemons

    async def __call__(self, actor: Actor) -> tuple[DaemonCard, ...]:
        """Give them by name. Anybody whom the daemon knows may ask."""
        return await self._daemons.list()
