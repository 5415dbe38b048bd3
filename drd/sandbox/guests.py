"""Guests: what runs inside the machines. A guest belongs to a lineage of disks, not to a machine."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """What answers inside a machine: its ports, by what they speak (`http`, `https`, or `tcp` with a greeting).

    `lineage` is the id of the machine that the guest was first installed on; every copy of its disks carries it.
    `addresses` are the private addresses it has had or will have, so that the drill front finds its copy.
    `needs` names what it must reach to be healthy, as `host:port`.
    """

    lineage: str
    name: str
    service: str
    ports: Mapping[int, str]
    addresses: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Guests:
    """The guests of the estate, by lineage, and which of them are sick."""

    by_lineage: dict[str, Guest] = field(default_factory=dict)
    sick: set[str] = field(default_factory=set)

    def add(self, guest: Guest) -> None:
        """Add a guest."""
        self.by_lineage[guest.lineage.casefold()] = guest

    def of(self, lineage: str) -> Guest | None:
        """Return the guest of a lineage, or None: a machine whose disks carry none answers nothing."""
        return self.by_lineage.get(lineage.casefold())

    def set_health(self, name: str, *, healthy: bool) -> bool:
        """Make a guest well or sick, with all copies of it; False when no guest has the name."""
        for lineage, guest in self.by_lineage.items():
            if guest.name.casefold() == name.casefold():
                (self.sick.discard if healthy else self.sick.add)(lineage)
                return True
        return False

    def is_sick(self, guest: Guest) -> bool:
        """Tell whether a guest was made sick: it answers, but not well."""
        return guest.lineage.casefold() in self.sick

    def at(self, address: str) -> Guest | None:
        """Return the guest that is known under an address, or None."""
        return next((guest for guest in self.by_lineage.values() if address in guest.addresses), None)
