"""The `drd` command: finds its command groups by their files, and turns every error into one message and one code."""

import sys
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App, CycloptsError

from drd.cli.exits import Exit

_COMMANDS = Path(__file__).with_name("commands")


def build_app() -> App:
    """Build the command tree. A group's file is read only when it is typed, or when its help is."""
    from drd import __version__

    app = App(
        name="drd",
        version=__version__,
        help="Prove that backups can be restored, rehearse recovery, and bring services back in the recovery region.",
        help_epilogue="Exit codes: 0 ok, 1 failure, 2 usage or invalid file, 3 not found, 4 not allowed, 5 conflict, "
        "6 run did not succeed, 7 objective missed or findings, 8 still running, 130 interrupted. "
        "An unknown code is a failure.",
        result_action="return_value",
    )
    for path in sorted(_COMMANDS.glob("[a-z]*.py")):
        name = path.stem
        about = _first_line(path)
        app.command(f"drd.cli.commands.{name}:{name.upper()}", name=name.replace("_", "-"), help=about)
    return app


def _first_line(path: Path) -> str:
    """Give what a group's file says of itself, without importing it."""
    with path.open(encoding="utf-8") as file:
        return file.readline().strip().strip('"')


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code. What went wrong is on stderr."""
    app = build_app()
    try:
        result = app(arguments, exit_on_error=False, print_error=False)
    except CycloptsError as error:
        return _misused(error, arguments)
    except KeyboardInterrupt:
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.OK
    except Exception as error:  # noqa: BLE001 - main: the last place, where every error becomes a message and a code
        from drd.cli.telling import tell_error

        return tell_error(error, arguments)
    return int(result) if isinstance(result, int) else Exit.OK


def _misused(error: CycloptsError, arguments: Sequence[str]) -> int:
    from drd.cli.faults import usage_error
    from drd.cli.telling import tell_error

    return tell_error(usage_error(str(error), "add --help to see what fits"), arguments)
