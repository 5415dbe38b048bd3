"""The process that moves runs: whether somebody starts it again, and how it ends on purpose."""

from typing import NoReturn, Protocol


class Conductor(Protocol):
    """This daemon's own process."""

    @property
    def boot(self) -> str:
        """Name of this life of the process; the next one has another."""
        ...

    @property
    def restarted_by(self) -> str:
        """Who starts the process again when it ends; empty where nobody is known to."""
        ...

    async def end(self) -> NoReturn:
        """End the process here and now, as a power cut would: nothing is closed, written or said any more."""
        ...
