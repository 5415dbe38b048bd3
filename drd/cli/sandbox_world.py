"""The world of a running sandbox as a whole: its time, its snapshot, what is left over, and back to the beginning."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group
from drd.domain.errors import ConflictError

if TYPE_CHECKING:
    from drd.cli.output import Sheet
    from drd.cli.words import Words

Url = Annotated[str, Parameter(env_var="DRD_SANDBOX_URL")]


def show(*, url: Url, common: Common = DEFAULT) -> int:
    """Show a running sandbox's time, and how fast it runs.

    Args:
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.sandbox_client import ask

    return _told(common, ask(url, "GET", "/time"))


def advance(span: str, *, url: Url, common: Common = DEFAULT) -> int:
    """Move a running sandbox's time on, at once; a daemon beside it is not told.

    Args:
        span: how far (90s, 15m, 6h, 2d).
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.sandbox_client import ask

    return _told(common, ask(url, "POST", "/time", {"advance": span}))


def speed(times: float, *, url: Url, common: Common = DEFAULT) -> int:
    """Change how fast a running sandbox's time runs; a daemon beside it is not told.

    Args:
        times: how many times as fast as the host's; 0 lets it stand still until it is advanced.
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.sandbox_client import ask

    return _told(common, ask(url, "POST", "/time", {"speed": times}))


def leftovers(*, url: Url, common: Common = DEFAULT) -> int:
    """List what was made in a running sandbox since it began and is still there, and test failovers that are open.

    Args:
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.output import emit
    from drd.cli.sandbox_client import ask
    from drd.cli.words import words_of

    answer = ask(url, "GET", "/leftovers")
    emit(common, answer, lambda: (_leftovers_sheet(words_of(common), answer),))
    return Exit.OK


def snapshot(file: Path, *, url: Url, common: Common = DEFAULT) -> int:
    """Keep a running sandbox's world in a file; `drd sandbox start --restore FILE` goes on from there.

    Args:
        file: where; one that is there is not overwritten.
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.sandbox_client import fetch

    text = fetch(url, "/snapshot")
    try:
        with file.open("x", encoding="ascii") as out:
            out.write(text)
    except FileExistsError as error:
        message = "the file is there already"
        raise ConflictError(message, target=str(file), hint="choose another name") from error
    except OSError as error:
        message = f"the file cannot be written: {error.strerror}"
        raise ConflictError(message, target=str(file), hint="check the folder and its rights") from error
    return _told(common, {"file": str(file), "bytes": len(text)})


def reset(*, url: Url, common: Common = DEFAULT) -> int:
    """Bring a running sandbox back to what it began with; its time goes on, its journal begins anew.

    Args:
        url: the sandbox's address, as `drd dev` prints it.
    """
    from drd.cli.sandbox_client import ask

    return _told(common, ask(url, "POST", "/reset"))


def _told(common: Common, answer: Mapping[str, Any]) -> int:
    from drd.cli.output import Sheet, emit

    emit(common, dict(answer), lambda: (Sheet((), tuple((name, str(value)) for name, value in answer.items())),))
    return Exit.OK


def _leftovers_sheet(words: "Words", answer: Mapping[str, Any]) -> "Sheet":
    from drd.cli.output import Sheet

    headings = tuple(words.say(f"heading-{name}") for name in ("time", "maker", "resource", "tags"))
    rows = tuple(
        (
            str(each["created-at"]),
            each["created-by"],
            each["id"],
            ", ".join(f"{name}={value}" for name, value in each["tags"].items()),
        )
        for each in answer["leftovers"]
    )
    notes = tuple(
        words.say("open-test-failover", machine=each["machine"]) for each in answer["open-test-failovers"]
    ) or (() if rows else (words.say("nothing-left"),))
    return Sheet(headings, rows, notes=notes)


TIME = command_group("time", "The time of a running sandbox's world.", show, advance, speed)
