"""What the service manager is told: ready, stopping, alive, and one line of state (sd_notify)."""

import asyncio
from collections.abc import Callable

from cysystemd.daemon import Notification, notify

_EVERY_SECONDS = 5.0


class Notifier:
    """Tells the service manager; says nothing where there is none."""

    def __init__(self, *, told: bool) -> None:
        """Take whether a service manager listens (`NOTIFY_SOCKET` is set)."""
        self._told = told

    def ready(self) -> None:
        """Say that the daemon serves."""
        self._tell(Notification.READY)

    def stopping(self) -> None:
        """Say that the daemon ends."""
        self._tell(Notification.STOPPING)

    def says(self, text: str) -> None:
        """Say in one line what the daemon does."""
        self._tell(Notification.STATUS, text)

    async def keep_alive(self, alive: Callable[[], bool], status: Callable[[], str]) -> None:
        """Feed the watchdog as long as `alive` says so; when it does not, the manager restarts the daemon."""
        while True:
            if alive():
                self._tell(Notification.WATCHDOG)
            self._tell(Notification.STATUS, status())
            await asyncio.sleep(_EVERY_SECONDS)

    def _tell(self, what: Notification, value: str | None = None) -> None:
        if self._told:
            notify(what, value)  # type: ignore[arg-type]  # the library leaves out that a constant takes no value
