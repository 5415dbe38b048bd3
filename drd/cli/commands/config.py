"""The settings of this installation: whether they are right, and where each comes from."""

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.cli.places import Config, config_path


def check(*, config: Config = None, common: Common = DEFAULT) -> int:
    """Check settings, roles and catalogues; every fault with its place. 2 on faults, 7 on findings."""
    from drd.cli.checked_view import told
    from drd.daemon.offline import check_config

    return told(common, check_config(config_path(config)), "checked-config")


def show(*, config: Config = None, common: Common = DEFAULT) -> int:
    """Show every setting and where it comes from; secrets as stars."""
    from drd.cli.output import Sheet, emit
    from drd.cli.words import words_of
    from drd.daemon.offline import show_config

    words = words_of(common)
    settings = show_config(config_path(config))
    data = [{"key": each.key, "value": each.value, "source": each.source} for each in settings]
    headings = tuple(words.say(f"heading-{name}") for name in ("key", "value", "source"))
    rows = tuple((each.key, each.value, each.source) for each in settings)
    emit(common, data, lambda: (Sheet(headings, rows),))
    return Exit.OK


CONFIG = command_group("config", "The settings of this installation.", check, show)
