"""The release of drd."""

import platform
import sys

from drd import __version__
from drd.cli.group import lone_command


def version() -> int:
    """Show the release of drd and of Python."""
    sys.stdout.write(f"drd {__version__} (Python {platform.python_version()})\n")
    return 0


VERSION = lone_command("version", version)
