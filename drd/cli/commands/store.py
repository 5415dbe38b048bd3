"""The store: whether it is whole, which copies there are, and how one is put in its place. Needs no daemon."""

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.cli.places import Config, config_path


def check(*, config: Config = None, common: Common = DEFAULT) -> int:
    """Look whether the store is whole, inside and out; changes nothing. 2 when it is damaged, 7 without a good copy."""
    from drd.cli.checked_view import told
    from drd.daemon.storekeeping import check_store

    return told(common, check_store(config_path(config)), "checked-store")


def snapshots(*, config: Config = None, common: Common = DEFAULT) -> int:
    """List the copies of the store, newest first, and whether each is whole."""
    from drd.cli.output import Sheet, emit
    from drd.cli.words import words_of
    from drd.daemon.storekeeping import list_copies

    words = words_of(common)
    copies = list_copies(config_path(config))
    data = [
        {"name": each.name, "taken-at": each.taken_at.isoformat(), "size": each.size, "whole": each.whole}
        for each in copies
    ]
    headings = tuple(words.say(f"heading-{name}") for name in ("copy", "taken-at", "size", "whole"))
    rows = tuple(
        (
            each.name,
            f"{each.taken_at:%Y-%m-%d %H:%M}Z",
            f"{each.size / 2**20:.1f} MiB",
            words.say("yes" if each.whole else "no"),
        )
        for each in copies
    )
    emit(common, data, lambda: (Sheet(headings, rows),))
    return Exit.OK


def restore(name: str = "", *, as_it_lies: bool = False, config: Config = None, common: Common = DEFAULT) -> int:
    """Put a copy in the store's place. The old files are kept, and every run that is not over asks a person first.

    Args:
        name: of the copy; the newest good one by default.
        as_it_lies: no copy: believe the files that are there, or a PostgreSQL database that its server restored.
    """
    from drd.cli.output import emit, tell
    from drd.cli.words import words_of
    from drd.daemon.storekeeping import restore_store

    words = words_of(common)
    done = restore_store(config_path(config), name, as_it_lies=as_it_lies)
    data = {
        "parked": list(done.parked),
        "damaged": list(done.damaged),
        "replaced": str(done.aside) if done.aside else None,
    }
    emit(common, data, lambda: ())
    tell(common, words.say("restored-store", aside=str(done.aside or "-")))
    for run in done.parked:
        tell(common, words.say("restored-run", run=run))
    for run in done.damaged:
        tell(common, words.say("restored-damaged", run=run))
    return Exit.OK


STORE = command_group("store", "The store: check it, its copies, and restore one.", check, snapshots, restore)
