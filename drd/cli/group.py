"""How a command file becomes a group: its functions are its commands, named as they are called."""

from collections.abc import Callable
from typing import Any

from cyclopts import App

Command = Callable[..., Any]


def command_group(name: str, about: str, *commands: Command | App) -> App:
    """Make a group of commands and of groups; `list_` becomes `list`, `region_down` becomes `region-down`."""
    app = App(name=name, help=about)
    for command in commands:
        if isinstance(command, App):
            app.command(command)
            continue
        app.command(command, name=command.__name__.strip("_").replace("_", "-"))
    return app


def lone_command(name: str, command: Command) -> App:
    """Make a command that has no others under it."""
    app = App(name=name, help=command.__doc__)
    app.default(command)
    return app
