"""The page that a run of the benchmarks writes: its parts are replaced one by one, each can be measured alone."""

import re
from collections.abc import Sequence
from pathlib import Path

from benchmarks.databases import Site
from benchmarks.steps import FORMS, GOALS, STEPS, Result

PAGE = Path("docs/benchmarks.md")

_FRAME = """# Benchmarks

Written by `make bench`, never by hand. Figures are of one run on the machine named below; on another one, run it there.

## Where

<!-- where -->
<!-- /where -->

## Steps that do nothing

A plan of {steps:,} steps whose action does nothing, so that what remains is the price of the engine itself. drd runs
it through its own engine and store, on the database named, exactly as the daemon does, without anybody watching the
run: from the order to the last event on disk, the hash of the plan included. Each tool runs in a process of its own,
those that stay up after a run of five steps.
Ansible's and Chaos Toolkit's times are those of the whole program, less those of the same program with one step; they
use no database. Beside each figure stands what the disk itself did in that minute: writes of 4 KiB, each brought to it.

### On SQLite

<!-- steps-sqlite -->
<!-- /steps-sqlite -->

### On PostgreSQL

<!-- steps-postgresql -->
<!-- /steps-postgresql -->

## A killed run

<!-- resume -->
<!-- /resume -->

## Memory of a long run

<!-- memory -->
<!-- /memory -->

## Dispatch

<!-- dispatch -->
<!-- /dispatch -->

## Many runs in one daemon

<!-- many-runs -->
<!-- /many-runs -->

## Metrics of large estates

Scrapes of a daemon's own metrics port, over HTTP from another process, with the estate in its store: of each item 60
recovery points, and one item in twenty without a point that is young enough. Times are of the whole answer, median of
15 with pauses in between; the load of the machine stands beside them, because it counts.

<!-- scrapes -->
<!-- /scrapes -->

## Start of the command line

<!-- start -->
<!-- /start -->

## The demo

<!-- demo -->
<!-- /demo -->

## The sandbox

Through the official SDK with a transport that needs no network, and over HTTP to a process of its own; without
throttling, which would measure Azure's limits instead.

<!-- sandbox -->
<!-- /sandbox -->
"""


_PART = re.compile(r"<!-- (?P<name>[a-z-]+) -->\n(?P<text>.*?)<!-- /(?P=name) -->", re.DOTALL)


def put(part: str, text: str) -> None:
    """Replace one part of the page. The others stay as they were measured last, in the page's newest frame."""
    old = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    known = {match["name"]: match["text"] for match in _PART.finditer(old)} | {part: text.strip() + "\n"}

    def kept(match: re.Match[str]) -> str:
        name = match["name"]
        return f"<!-- {name} -->\n{known.get(name) or 'Not measured yet.' + chr(10)}<!-- /{name} -->"

    PAGE.write_text(_PART.sub(kept, _FRAME.format(steps=STEPS)), encoding="utf-8")


def steps_table(site: Site, results: Sequence[Result]) -> str:
    """Lay out the contest, one table for each form."""
    tables = [_form_table(site, form, [each for each in results if each.form == form]) for form in FORMS]
    return "\n\n".join([f"{site.name}: {site.told}.", *tables])


def _form_table(site: Site, form: str, results: Sequence[Result]) -> str:
    own = next(each for each in results if each.contender.name == "drd")
    summary = (
        f"Goal of drd: {GOALS[site.name, form]:,} steps/s. The disk itself, in the same run: "
        f"{own.syncs_per_second:,.0f} writes of 4 KiB with fsync a second. "
        f"drd wrote {own.events:,} events for {STEPS:,} steps, at {own.cpu_us_per_event:,.0f} µs of CPU an event; "
        f"its best of {own.contender.times} was {own.best_per_second:,.0f} steps/s."
    )
    lines = [
        f"#### {form.replace('-', ' ').capitalize()}",
        "",
        summary,
        "",
        "| tool | steps/s | drd is | peak memory | disk's fsync/s | on disk when a step has ended |",
        "|---|---:|---:|---:|---:|---|",
    ]
    lines += [
        f"| {each.contender.name} | {each.per_second:,.0f} | {_ratio(own, each)} | {each.peak_mib:,.0f} MiB "
        f"| {each.syncs_per_second:,.0f} | {each.contender.durable} |"
        for each in results
    ]
    return "\n".join(lines)


def _ratio(own: Result, other: Result) -> str:
    if own is other:
        return "-"
    ratio = own.per_second / other.per_second
    return f"{ratio:.1f} times as fast" if ratio >= 1 else f"{1 / ratio:.1f} times slower"
