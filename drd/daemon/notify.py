"""What the service manager is told: ready, stopping, alive, and one line of state (sd_notify)."""

import asyncio
from collections.abc import Callable

from cysystemd.daemon import Notification, notify


def tell_ready() -> None:
    """Say that the daemon serves. Without a service manager nothing happens."""
    notify(Notification.READY)


def tell_stopping() -> None:
    """Say that the daemon ends."""
    notify(Notification.STOPPING)


def tell_status(line: str) -> None:
    """Give the line that `systemctl status` shows."""
    notify(Notification.STATUS, line)


async def keep_alive(alive: Callable[[], bool], *, every_seconds: float, status: Callable[[], str]) -> None:
    """Feed the watchdog as long as `alive` says so; when it does not, the service manager restarts the daemon."""
    while True:
        if alive():
            notify(Notification.WATCHDOG)
        tell_status(status())
        await asyncio.sleep(every_seconds)
