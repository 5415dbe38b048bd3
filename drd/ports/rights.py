"""What an identity may do, and which namespaces a subscription may use."""

from collections.abc import Mapping
from typing import Protocol

from drd.domain.grants import Grant
from drd.domain.ids import ArmId
from drd.ports.capabilities import Capability


class Rights(Protocol):
    """Asks about the identity itself. Changes nothing."""

    async def held(self, scope: ArmId) -> tuple[Grant, ...]:
        """Give the roles that the asking identity holds at a subscription or a resource group, inherited ones too."""
        ...

    async def registered(self, subscription: str) -> Mapping[str, str]:
        """Give the state of every namespace's registration, by its name in lower case: `Registered` and others."""
        ...


RIGHTS: Capability[Rights] = Capability("rights")
