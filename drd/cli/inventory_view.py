"""What is known of vaults for people. Unknown is shown as unknown, with its age."""

from collections.abc import Sequence

from drd.api.wire.inventory import InventoryShape, VaultShape
from drd.cli.ages import ago, at
from drd.cli.output import NONE, Sheet
from drd.cli.words import Words


def inventory_sheet(words: Words, rows: Sequence[InventoryShape]) -> Sheet:
    """List facts and their ages."""
    headings = ("vault", "mechanism", "facts", "count", "age", "known", "trouble")
    lines = tuple(
        (
            each.name,
            each.mechanism or NONE,
            words.say(f"facts-{each.what}"),
            _count(each),
            ago(words, each.age_seconds) if each.seen_at else words.say("never"),
            words.say("yes") if each.freshness == "fresh" else words.say("unknown"),
            each.trouble or NONE,
        )
        for each in rows
    )
    return Sheet(tuple(words.say(f"heading-{name}") for name in headings), lines)


def _count(row: InventoryShape) -> str:
    return f"{row.total} / {row.total + row.missing}" if row.what == "points" else str(row.total)


def vault_sheets(words: Words, shown: Sequence[VaultShape]) -> list[Sheet]:
    """Show a vault, and what its lists hold."""
    headings = tuple(words.say(f"heading-{name}") for name in ("facts", "named", "state", "tells", "time"))
    lines = tuple(
        (words.say(f"facts-{each.row.what}"), entry.name, entry.state or NONE, entry.about or NONE, at(entry.at, NONE))
        for each in shown
        for entry in each.entries
    )
    return [inventory_sheet(words, [each.row for each in shown]), Sheet(headings, lines)]
