"""Daemons that share a database: see them, and let one give its runs to the others."""

from drd.cli.common import DEFAULT, Common
from drd.cli.daemons_client import Daemons
from drd.cli.exits import Exit
from drd.cli.group import command_group


def list_(*, common: Common = DEFAULT) -> int:
    """List the daemons: host, release, state, runs that each holds, and its last heartbeat."""
    from drd.cli.daemons_view import daemons_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemons.of(common) as daemons:
        found = daemons.list()
    emit(common, found, lambda: (daemons_sheet(words_of(common), found),))
    return Exit.OK


def drain(daemon: str | None = None, *, yes: bool = False, common: Common = DEFAULT) -> int:
    """Let a daemon take no more runs, and give back those it has once what is in the air has landed.

    Args:
        daemon: its name, as `drd daemon list` shows it; left out, the one that answers.
        yes: also where no other daemon takes runs, so that they stand still.
    """
    from drd.cli.daemons_view import daemons_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemons.of(common) as daemons:
        found = daemons.drain(daemon, sure=yes)
    emit(common, found, lambda: (daemons_sheet(words_of(common), [found]),))
    return Exit.OK


def resume(daemon: str | None = None, *, common: Common = DEFAULT) -> int:
    """Let a daemon take runs again.

    Args:
        daemon: its name, as `drd daemon list` shows it; left out, the one that answers.
    """
    from drd.cli.daemons_view import daemons_sheet
    from drd.cli.output import emit
    from drd.cli.words import words_of

    with Daemons.of(common) as daemons:
        found = daemons.resume(daemon)
    emit(common, found, lambda: (daemons_sheet(words_of(common), [found]),))
    return Exit.OK


DAEMON = command_group(
    "daemon", "Daemons that share a database: see them, and let one give its runs to the others.", list_, drain, resume
)
