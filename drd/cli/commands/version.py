"""The release of drd."""

import platform
import sys

from drd import __version__
from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import lone_command


def version(*, common: Common = DEFAULT) -> int:
    """Show the release of drd and of Python."""
    if common.output == "table" and common.query is None:
        sys.stdout.write(f"drd {__version__} (Python {platform.python_version()})\n")
        return Exit.OK
    from drd.cli.output import emit

    emit(common, {"drd": __version__, "python": platform.python_version()}, lambda: ())
    return Exit.OK


VERSION = lone_command("version", version)
