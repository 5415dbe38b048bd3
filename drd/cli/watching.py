"""Watching a run: a live screen on a terminal, one line per event otherwise, NDJSON when JSON is asked for."""

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self

from drd.api.wire.runs import RunDetailShape
from drd.cli.attention import due_lines
from drd.cli.client import Daemon
from drd.cli.common import Common
from drd.cli.drill_view import drill_rows, pending
from drd.cli.event_view import QUIET, EventLines
from drd.cli.exits import Exit
from drd.cli.faults import CommandError
from drd.cli.following import Follower, Pace, Sight
from drd.cli.outcome import exit_of_run, is_over, is_unconfirmed
from drd.cli.output import Sheet, lines_of, safe, show, tell
from drd.cli.run_view import figures_sheets, now_sheet, state_of
from drd.cli.words import Words, words_of
from drd.domain.events import BY_PLAN
from drd.domain.plan import Mode


class Watcher(Protocol):
    """Shows what each look at a run saw."""

    def see(self, sight: Sight) -> None:
        """Show it."""
        ...


class JsonLines:
    """Writes each event as one JSON object a line."""

    def see(self, sight: Sight) -> None:
        """Write what is new."""
        for event in sight.fresh:
            sys.stdout.write(event.model_dump_json() + "\n")
        sys.stdout.flush()


class TextLines:
    """Writes each event as one line, and what waits for a person when it begins to wait."""

    def __init__(self, words: Words, *, write: Callable[[str], object] | None = None) -> None:
        """Take the language, and where lines go: stdout unless said otherwise."""
        self._words = words
        self._write = write or sys.stdout.write
        self._told: set[str] = set()

    def see(self, sight: Sight) -> None:
        """Write what is new."""
        lines = EventLines(self._words, sight.run)
        for event in sight.fresh:
            self._write(lines.say(event) + "\n")
        waiting = due_lines(self._words, sight.run)
        for line in waiting:
            if line not in self._told:
                self._write(safe(line) + "\n")
        self._told = set(waiting)
        sys.stdout.flush()


class Milestones:
    """Says what a stranger needs to see: what was done, what failed, who was asked."""

    def __init__(self, words: Words, say: Callable[[str], None]) -> None:
        """Take the language, and who takes lines."""
        self._words = words
        self._say = say

    def see(self, sight: Sight) -> None:
        """Say what is new."""
        lines = EventLines(self._words, sight.run)
        for event in sight.fresh:
            if event.kind not in QUIET and not event.payload.get(BY_PLAN):
                self._say(lines.say(event))


class Screen:
    """Draws the run anew in place: on top what a person must do, below a line for each run."""

    def __init__(self, common: Common, words: Words) -> None:
        """Take what decides how it looks."""
        from rich.console import Console
        from rich.live import Live

        self._words = words
        self._console = Console(no_color=common.no_color, highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=False)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last picture where it is."""
        self._live.__exit__(kind, error, trace)

    def see(self, sight: Sight) -> None:
        """Draw."""
        from rich.console import Group
        from rich.text import Text

        waiting = [Text(safe(line), style="bold yellow") for line in due_lines(self._words, sight.run)]
        self._live.update(Group(*waiting, drawn(now_sheet(self._words, sight.run, sight.now))), refresh=True)


def drawn(sheet: Sheet) -> Any:  # noqa: ANN401 - rich's table, which is imported only when drawn
    """Give a table for a live screen."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in sheet.headings:
        table.add_column(heading, overflow="ellipsis", no_wrap=True)
    for row in sheet.rows:
        table.add_row(*(Text(safe(cell), style=sheet.tones.get(cell, "")) for cell in row))
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What `drd run start` and `drd run watch` share."""

    common: Common
    seconds: float | None = None
    pace: Pace = field(default_factory=Pace)

    def follow(self, daemon: Daemon, run: str) -> Exit:
        """Show a run until it is over, the time is up, or Ctrl-C; gives the exit code. Ctrl-C ends no run."""
        words = words_of(self.common)
        newest: RunDetailShape | None = None
        try:
            with self._watcher(words) as watcher:
                for sight in Follower(daemon, run, self.pace, silent=self._silent(words)).sights(seconds=self.seconds):
                    self._tell_pending(words, newest, sight.run)
                    newest = sight.run
                    watcher.see(sight)
        except KeyboardInterrupt:
            tell_detached(self.common, words, run, newest)
            return Exit.INTERRUPTED
        if newest is None:
            return Exit.UNFINISHED
        self._sum_up(words, newest)
        return exit_of_run(newest)

    def _tell_pending(self, words: Words, before: RunDetailShape | None, run: RunDetailShape) -> None:
        """Say once that a drill is over, and that it has no verdict yet."""
        if pending(words, run) and (before is None or not is_unconfirmed(before.run)):
            tell(self.common, pending(words, run))

    def _silent(self, words: Words) -> Callable[[CommandError], None]:
        return lambda _error: tell(self.common, words.say("silent"))

    def _watcher(self, words: Words) -> AbstractContextManager[Watcher]:
        if self.common.output == "json":
            return nullcontext(JsonLines())
        if sys.stdout.isatty():
            return Screen(self.common, words)
        return nullcontext(TextLines(words))

    def _sum_up(self, words: Words, run: RunDetailShape) -> None:
        if self.common.output == "json":
            return
        if not is_over(run):
            tell_detached(self.common, words, run.run.id, run)
            return
        show(self.common, figures_sheets(words, run))
        tell(self.common, words.say("ended", run=run.run.id, state=state_of(words, run.run)))
        for heading, said in drill_rows(words, run)[:1]:
            tell(self.common, f"{heading}  {said}")


def tell_detached(common: Common, words: Words, run: str, seen: RunDetailShape | None) -> None:
    """Say that the run goes on, how to watch it again and how to end it."""
    run = seen.run.id if seen else run
    if seen is not None and is_unconfirmed(seen.run):
        again = Sheet((), ((words.say("again"), f"drd run watch {run}"),))
        tell(common, "\n".join([pending(words, seen), *lines_of(again)]))
        return
    is_drill = seen is None or seen.run.mode is Mode.DRILL
    confirm = "" if seen is None or is_drill else f" --confirm {seen.run.service or seen.run.tenant}"
    rows = (
        (words.say("again"), f"drd run watch {run}"),
        (words.say("end-it"), f"drd run cancel {run}{confirm} --reason ..."),
    )
    tell(common, "\n".join([words.say("goes-on", run=run), *lines_of(Sheet((), rows))]))
