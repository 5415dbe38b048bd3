"""What happens to a sandbox's Azure, step by step: scenarios listed and played, under `drd sandbox scenario`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group

Url = Annotated[str, Parameter(env_var="DRD_SANDBOX_URL")]


def list_(*, url: Url, common: Common = DEFAULT) -> int:
    """Show the scenarios that ship.

    Args:
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.output import Sheet, emit
    from drd.cli.sandbox_client import ask
    from drd.cli.words import words_of

    found = ask(url, "GET", "/scenarios")["scenarios"]
    words = words_of(common)
    headings = tuple(words.say(f"heading-{name}") for name in ("scenario", "title", "about"))
    rows = tuple((each["name"], words.of(each["title"]), words.of(each["about"])) for each in found)
    emit(common, found, lambda: (Sheet(headings, rows),))
    return Exit.OK


def run(scenario: str, *, url: Url, common: Common = DEFAULT) -> int:
    """Play a scenario in a running sandbox, from now on, in world time.

    Args:
        scenario: the name of one that ships, or a file.
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.output import Sheet, emit
    from drd.cli.sandbox_client import ask, order_of
    from drd.cli.words import words_of

    path = Path(scenario)
    is_file = path.suffix in {".yaml", ".yml"} or len(path.parts) > 1
    answer = ask(url, "POST", "/scenarios", order_of(path if is_file else None, {"name": scenario}))
    words = words_of(common)
    headings = tuple(words.say(f"heading-{name}") for name in ("time", "happens"))
    rows = tuple((str(each["at"]), str(each["does"])) for each in answer["steps"])
    emit(common, answer, lambda: (Sheet(headings, rows, title=str(answer["scenario"])),))
    return Exit.OK


SCENARIO = command_group("scenario", "What happens to a sandbox's Azure, step by step.", list_, run)
