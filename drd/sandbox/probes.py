"""Questions that Azure itself asks guests, such as Traffic Manager's health probes, and that guests ask the world.

The provider that probes knows networks and no machines; the front knows what answers. They meet here: the assembly puts
the front's answer in. Without one nothing answers. Likewise compute runs scripts that try to reach others, and knows no
networks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.state import Resource


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
    way_out: Callable[[Resource, str, int], bool] | None = None

    def ask(self, probe: Probe) -> bool:
        """Tell whether the guest answered as expected."""
        return self.answer is not None and self.answer(probe)

    def gets_out(self, machine: Resource, host: str, port: int) -> bool:
        """Tell whether a machine reaches a host outside its network."""
        return self.way_out is not None and self.way_out(machine, host, port)
