"""Metrics: what drd exports, and the rules and dashboards that read it. Needs no daemon."""

import sys
from pathlib import Path

from drd.cli.common import DEFAULT, Common
from drd.cli.exits import Exit
from drd.cli.group import command_group


def list_(*, common: Common = DEFAULT) -> int:
    """List every metric family that this release exports: type, labels, meaning."""
    from drd.cli.output import Sheet, emit
    from drd.cli.words import words_of
    from drd.daemon.shipped import families

    words = words_of(common)
    found = families()
    data = [
        {"name": each.name, "type": each.type, "labels": list(each.labels), "meaning": each.meaning} for each in found
    ]
    headings = tuple(words.say(f"heading-{name}") for name in ("family", "type", "labels", "meaning"))
    rows = tuple((each.name, each.type, ", ".join(each.labels) or "-", each.meaning) for each in found)
    emit(common, data, lambda: (Sheet(headings, rows),))
    return Exit.OK


def rules(
    *,
    out: Path | None = None,
    pages: str = "",
    boards: str = "",
    overwrite: bool = False,
    common: Common = DEFAULT,
) -> int:
    """Print the recording rules and alerts as one file for Prometheus, or write them with samples into a folder.

    Args:
        out: the folder; rules.yaml, alerts.yaml, prometheus.yaml and alertmanager.yaml.
        pages: address under which you publish docs/alerts; it becomes the alerts' runbook_url.
        boards: address of your dashboards, up to and with /d; it becomes their dashboard_url.
        overwrite: replace files that say something else.
    """
    from drd.daemon.shipped import BOARDS, PAGES, one_file_of_rules
    from drd.daemon.shipped import rules as shipped

    files = shipped(pages=pages or PAGES, boards=boards or BOARDS)
    if out is not None:
        return _written(files, out, overwrite, common)
    sys.stdout.write(one_file_of_rules(files))
    return Exit.OK


def dashboards(*, out: Path | None = None, overwrite: bool = False, common: Common = DEFAULT) -> int:
    """List the dashboards for Grafana, or write them into a folder.

    Args:
        out: the folder.
        overwrite: replace files that say something else.
    """
    import json

    from drd.cli.output import Sheet, emit
    from drd.cli.words import words_of
    from drd.daemon.shipped import dashboards as shipped

    files = shipped()
    if out is not None:
        return _written(files, out, overwrite, common)
    words = words_of(common)
    titles = {name: str(json.loads(text)["title"]) for name, text in files.items()}
    data = [{"file": name, "title": title} for name, title in titles.items()]
    headings = (words.say("heading-file"), words.say("heading-title"))
    emit(common, data, lambda: (Sheet(headings, tuple(titles.items())),))
    return Exit.OK


def _written(files: dict[str, str], folder: Path, overwrite: bool, common: Common) -> int:  # noqa: FBT001 - an option
    from drd.cli.output import Sheet, emit
    from drd.cli.words import words_of
    from drd.daemon.shipped import write

    there = write(files, folder, overwrite=overwrite)
    heading = words_of(common).say("heading-file")
    emit(common, {"files": list(there)}, lambda: (Sheet((heading,), tuple((each,) for each in there)),))
    return Exit.OK


METRICS = command_group(
    "metrics", "What drd exports, and what reads it: rules, alerts, dashboards.", list_, rules, dashboards
)
