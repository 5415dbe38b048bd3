"""Questions that Azure itself asks guests, such as Traffic Manager's health probes.

The provider that probes knows networks and no machines; the front knows what answers. They meet here: the assembly puts
the front's answer in. Without one nothing answers.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One question: which addresses and port, in HTTP or only TCP, what it expects, and at which instant it is asked.

    `tag` is the service tag that the question comes from, as security rules name it.
    """

    addresses: tuple[str, ...]
    port: int
    protocol: str
    path: str
    tag: str
    at: datetime
    statuses: tuple[range, ...] = (range(200, 201),)


@dataclass(slots=True, kw_only=True)
class Probes:
    """Asks, through whoever was put in."""

    answer: Callable[[Probe], bool] | None = None

    def ask(self, probe: Probe) -> bool:
        """Tell whether the guest answered as expected."""
        return self.answer is not None and self.answer(probe)
