"""Asks the daemon what collections saw of vaults."""

from drd.api.wire.inventory import InventoryShape, VaultShape
from drd.cli.client import Connected, part


class Inventory(Connected):
    """Asks for facts and their ages."""

    def show(self, vault: str, tenant: str | None) -> list[VaultShape]:
        """Ask what is known of a vault, with the lines of its lists."""
        return self._ask(list[VaultShape], "GET", f"/inventory/{part(vault)}", query={"tenant": tenant})

    def list(self, tenant: str | None) -> list[InventoryShape]:
        """Ask what is known of every vault."""
        return self._ask(list[InventoryShape], "GET", "/inventory", query={"tenant": tenant})
