"""The machines that a subscription holds, with their tags: what a first catalogue is drafted from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenMachine:
    """A machine in a list."""

    id: ArmId
    location: str
    tags: Mapping[str, str] = field(default_factory=dict)


class SeenMachines(Protocol):
    """Lists machines."""

    async def list(self, subscription: str) -> tuple[SeenMachine, ...]:
        """Give every machine of a subscription that the identity may read, by one list."""
        ...


SEEN_MACHINES: Capability[SeenMachines] = Capability("seen-machines")
