"""This process, as drills may end it: who starts it again, and an end without any goodbye."""

import contextlib
import os
import secrets
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from drd.settings.settings import Settings

_KILLED = 128 + signal.SIGKILL


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConductor:
    """One life of this process."""

    restarted_by: str
    boot: str = field(default_factory=lambda: secrets.token_hex(4))

    async def end(self) -> NoReturn:
        """End at once: nothing is closed, written or said any more."""
        with contextlib.suppress(OSError):
            os.kill(os.getpid(), signal.SIGKILL)
        # The first process of a container is spared its own SIGKILL, and a filter may refuse the call.
        os._exit(_KILLED)


def conductor_of(settings: Settings, environment: Mapping[str, str]) -> HostConductor:
    """Tell who starts this process again: as the settings say, else whoever is known to have started it."""
    said = settings.file.daemon.restarted
    if said is not None:
        return HostConductor(restarted_by="settings" if said else "")
    managers = {"NOTIFY_SOCKET": "systemd", "KUBERNETES_SERVICE_HOST": "Kubernetes"}
    return HostConductor(restarted_by=next((who for name, who in managers.items() if environment.get(name)), ""))
