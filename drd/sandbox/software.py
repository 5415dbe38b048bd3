"""What was installed in machines: extensions announce it, and whoever depends on it listens.

Compute runs extensions and knows nothing of what they install; Azure Virtual Desktop makes a session host out of an
agent and a registration token and knows nothing of how they got there. They meet here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """One extension that ended well on a machine; `protected` is what the wire never shows again."""

    machine: str
    name: str
    publisher: str
    type: str
    settings: Mapping[str, Any]
    protected: Mapping[str, Any]
    at: datetime
    by: str


Listener = Callable[[Installed], None]
"""Told once of each installation, at the instant at which it ended; raising ArmError fails the extension."""


@dataclass(slots=True)
class Software:
    """Announces installations to those who listen, in the order in which they came."""

    listeners: list[Listener] = field(default_factory=list)

    def listen(self, listener: Listener) -> None:
        """Be told of every installation from now on."""
        self.listeners.append(listener)

    def announce(self, installed: Installed) -> None:
        """Tell everybody who listens.

        Raises:
            ArmError: what was installed refuses its settings; the extension has failed.
        """
        for listener in self.listeners:
            listener(installed)
