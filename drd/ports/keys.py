"""Keys that vaults are encrypted with, as they are seen from outside: no key is used, and none is read."""

from typing import Protocol

from drd.domain.vault_key import VaultKey
from drd.ports.capabilities import Capability


class Keys(Protocol):
    """Looks at keys. A question: it changes nothing."""

    async def look(self, key: str, *, subscription: str) -> VaultKey | None:
        """Give what is known of the key that a vault names by its address, in a key vault of this subscription.

        None where nobody can say: it is kept elsewhere, or in a way that is not looked at. Raises as every question.
        """
        ...


KEYS: Capability[Keys] = Capability("keys")
