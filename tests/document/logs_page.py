"""Writes docs/logs.md from the catalogue of events: `python -m tests.document.logs_page`."""

from collections.abc import Iterator
from pathlib import Path

from drd.daemon.log_events import LOG_EVENTS, LogEvent
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "logs.md"

_HEAD = """# Logs

Every event that the daemon logs, written from the code by `python -m tests.document.logs_page`; tests compare the page
with the catalogue, and the catalogue with every line of code that logs.

The log goes to the daemon's standard error: one JSON object a line in service, words on a terminal
(`logging: {format: auto, level: info}` in the settings). `journalctl -u drd -o cat | jq 'select(.run == "r-...")'`
gives what was said of one run, `jq 'select(.event == "run ended")'` one line for each run.

Every line has `event`, `level` and `timestamp` (the host's time, UTC). A line that is written while a run is in hand
also has `run`, `tenant`, where it is one step's `step`, and `trace_id`: the run's trace, which is made from the id of
the run and is the same in every daemon and every log, also where nobody collects traces ([tracing](tracing.md)).
A line that is written while the API answers has `request`, which the answer's header `x-request-id` names too.
`exception` is a traceback in one member. Members with a star are left out where they would say nothing.

Each step and each run has **one canonical line**, at its end, with all that matters of it; durations there are in
seconds of world time. It comes once, from the daemon that wrote the end into the journal; a daemon that is killed in
between loses the line, never the journal. What looks like a secret is written as stars, and addresses are told without
their queries. Libraries are heard from `warning` on, in the same form; their events are their own words and are not
listed here.
"""


def _row(event: LogEvent) -> str:
    fields = [*(f"`{name}`" for name in event.fields), *(f"`{name}`\\*" for name in event.optional)]
    levels = " or ".join("error" if level == "exception" else level for level in event.levels)
    return f"| {event.name} | {levels} | {', '.join(fields) or '-'} | {event.means} |"


def _part(heading: str, events: tuple[LogEvent, ...]) -> Iterator[str]:
    yield from ("", f"## {heading}", "", "| event | level | members | meaning |", "|---|---|---|---|")
    yield from map(_row, events)


def page() -> str:
    """Give the page as it should be."""
    return _HEAD + "\n".join(line for heading, events in LOG_EVENTS.items() for line in _part(heading, events)) + "\n"


def main(place: Path = PAGE) -> None:
    """Write the page."""
    place.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
