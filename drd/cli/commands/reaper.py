"""The reaper: removes what drills left behind, under an identity of its own, with or without the daemon's database."""

from typing import TYPE_CHECKING

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import lone_command
from drd.cli.places import Config, config_path

if TYPE_CHECKING:
    from drd.daemon.reaper import Pass


def reaper(
    *,
    dry_run: bool = False,
    without_store: bool = False,
    every: str | None = None,
    config: Config = None,
    common: Common = DEFAULT,
) -> int:
    """Remove what drills left behind, and report what may not be removed. 7 when a person has to look.

    Needs no daemon. By the ledger: what runs made that are over, or expired. Without the ledger: whole resource groups
    that are expired and whose seal fits.

    Args:
        dry_run: say what would be removed, and remove nothing.
        without_store: do not look into the daemon's database.
        every: stay, and pass again after so long, such as 5m; left out, pass once.
    """
    from drd.cli.output import emit
    from drd.cli.reaper_view import pass_sheet
    from drd.cli.words import words_of
    from drd.daemon.reaper import ReaperWish, reap
    from drd.domain.durations import parse_duration

    words = words_of(common)
    wish = ReaperWish(
        config=config_path(config),
        dry=dry_run,
        without_store=without_store,
        every=None if every is None else parse_duration(every),
    )

    def tell(passed: "Pass") -> None:
        emit(common, passed.to_json(), lambda: (pass_sheet(words, passed.to_json()),))

    return Exit.OK if reap(wish, tell) else Exit.MISSED


REAPER = lone_command("reaper", reaper)
