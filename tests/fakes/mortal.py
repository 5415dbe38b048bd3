"""A process that a drill may end: answers the port `Conductor`."""

import asyncio
from typing import NoReturn


class Mortal:
    """One life of a daemon; `died` is set where a real one would be gone."""

    def __init__(self, boot: str = "boot-1", *, restarted_by: str = "systemd") -> None:
        """Live."""
        self.boot = boot
        self.restarted_by = restarted_by
        self.died = asyncio.Event()

    async def end(self) -> NoReturn:
        """Do nothing any more, for ever; whoever tests ends the rest."""
        self.died.set()
        while True:
            await asyncio.Event().wait()
