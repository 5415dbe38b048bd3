"""Inventory: what collections saw of every vault, and how old it is."""

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.cli.inventory_client import Inventory


def list_(*, common: Common = DEFAULT) -> int:
    """List items, points, policies, jobs and posture of every vault, each with its age. 7 when something is unknown."""
    from drd.cli.inventory_view import inventory_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Inventory.of(common) as inventory:
        rows = inventory.list(common.tenant)
    emit(common, rows, lambda: (inventory_sheet(words_of(common), rows),))
    return Exit.OK if all(each.freshness == "fresh" for each in rows) else Exit.MISSED


def show(vault: str, *, common: Common = DEFAULT) -> int:
    """Show what is known of a vault: its items, its policies, and its jobs of the last day.

    Args:
        vault: its name, or its whole id.
    """
    from drd.cli.inventory_view import vault_sheets
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Inventory.of(common) as inventory:
        shown = inventory.show(vault, common.tenant)
    emit(common, shown, lambda: vault_sheets(words_of(common), shown))
    return Exit.OK


INVENTORY = command_group("inventory", "What drd knows of vaults, and how old it is.", list_, show)
