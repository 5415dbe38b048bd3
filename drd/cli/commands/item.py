"""Protected items: machines and other things that have recovery points."""

from drd.cli.client import Daemon
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group


def list_(*, service: str | None = None, common: Common = DEFAULT) -> int:
    """List protected items as last seen.

    Args:
        service: only those of this service.
    """
    from drd.cli.estate_view import items_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        items = daemon.items(service, common.tenant)
    emit(common, items, lambda: (items_sheet(words_of(common), items),))
    return Exit.OK


def points(item: str, *, common: Common = DEFAULT) -> int:
    """Show the recovery points of an item, newest first."""
    from drd.cli.estate_view import points_sheets
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemon.of(common) as daemon:
        shown, now = daemon.points(item, common.tenant), daemon.state().now
    emit(common, shown, lambda: points_sheets(words_of(common), shown, now))
    return Exit.OK


ITEM = command_group("item", "Protected items and their recovery points.", list_, points)
