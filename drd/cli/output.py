"""How results are written: data on stdout in four forms, everything else on stderr."""

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drd.cli.client import plain
from drd.cli.common import Common
from drd.cli.faults import usage_error

NONE = "-"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table for people. `title` and `notes` stand around it, and are empty where there are none."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    notes: tuple[str, ...] = ()
    tones: Mapping[str, str] = field(default_factory=dict)
    """Style of cells by what they say; the words say everything, the colour only helps."""


Drawn = Callable[[], Iterable[Sheet]]


def emit(common: Common, result: Any, drawn: Drawn) -> None:  # noqa: ANN401 - shapes or JSON of any shape
    """Write a result as the common options say.

    Args:
        common: the form, and the query over the data.
        result: a shape, shapes, or plain JSON data.
        drawn: gives the tables for people; not called for other forms, nor where a query picked something else.

    Raises:
        CommandError: the query cannot be used.
    """
    data = plain(result)
    if common.query is not None:
        data = queried(data, common.query)
    if common.output == "json":
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    elif common.output == "yaml":
        from drd.document.writer import dump

        sys.stdout.write(dump(data))
    elif common.output == "tsv":
        sys.stdout.write("".join("\t".join(_cell(each) for each in row) + "\n" for row in _rows(data)))
    else:
        show(common, drawn() if common.query is None else (_sheet(data),))


def queried(data: Any, query: str) -> Any:  # noqa: ANN401 - JSON of any shape
    """Pick from data by JMESPath. Raises CommandError."""
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        return jmespath.search(query, data)
    except JMESPathError as error:
        message = str(error).splitlines()[0]
        raise usage_error(
            f"the query cannot be used: {message}", "see https://jmespath.org for the language"
        ) from error


def _rows(data: Any) -> list[list[Any]]:  # noqa: ANN401 - JSON of any shape
    if isinstance(data, Mapping):
        return [list(data.values())]
    if not isinstance(data, list):
        return [[data]]
    return [
        list(each.values()) if isinstance(each, Mapping) else each if isinstance(each, list) else [each]
        for each in data
    ]


def _sheet(data: Any) -> Sheet:  # noqa: ANN401 - JSON of any shape
    rows = tuple(tuple(_cell(each) for each in row) for row in _rows(data))
    first = data[0] if isinstance(data, list) and data else data
    headings = tuple(str(key).upper() for key in first) if isinstance(first, Mapping) else ()
    return Sheet(headings, rows)


def _cell(value: Any) -> str:  # noqa: ANN401 - JSON of any shape
    if value is None:
        return ""
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return safe(text)


def safe(text: str) -> str:
    """Replace what could move a terminal's cursor or break a line."""
    return text if text.isprintable() else "".join(each if each.isprintable() else " " for each in text)


def show(common: Common, sheets: Iterable[Sheet]) -> None:
    """Write tables: drawn on a terminal; on a pipe plain and whole, in columns."""
    is_terminal = sys.stdout.isatty()
    for number, sheet in enumerate(sheets):
        lead = "\n" if number else ""
        if is_terminal:
            _draw(common, sheet, lead)
        else:
            sys.stdout.write(lead + "".join(f"{line}\n" for line in lines_of(sheet)))


def lines_of(sheet: Sheet) -> list[str]:
    """Give a table as plain lines: columns as wide as their widest cell, nothing cut."""
    table = [each for each in (sheet.headings, *sheet.rows) if each]
    widths = [max(len(cell) for cell in column) for column in zip(*_even(table), strict=True)]
    body = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in _even(table)
    ]
    return [*([sheet.title] if sheet.title else []), *body, *sheet.notes]


def fitted(table: Sequence[tuple[str, ...]], room: int) -> list[int]:
    """Give each column its width on a terminal.

    Names are copied from tables, so no word is broken while there is room. Where there is not, the widest columns give
    way; the first one, by which a line is called, and those that hold sentences keep more than the others.
    """
    columns = list(zip(*_even(table), strict=True))
    wanted = [max(len(cell) for cell in column) for column in columns]
    widths = [max((len(word) for cell in column for word in _words(cell)), default=0) for column in columns]
    keeps = [_SENTENCE_KEEPS if longest >= 2 * width else 1.0 for longest, width in zip(wanted, widths, strict=True)]
    if widths[0] <= _NAME:
        keeps[0] = _NAME_KEEPS
    places = range(len(widths))
    room -= _GAP * len(columns)
    while sum(widths) > room and max(widths) > 1:
        widths[max((each for each in places if widths[each] > 1), key=lambda each: widths[each] / keeps[each])] -= 1
    while sum(widths) < min(room, sum(wanted)):
        widths[max(places, key=lambda place: wanted[place] / max(widths[place], 1))] += 1
    return widths


def _words(cell: str) -> list[str]:
    """Give what should stay on one line: a word, or a short cell such as `9m 6s`."""
    return cell.split() if len(cell) > _SHORT else [cell]


_GAP = 2
_SHORT = 8
_NAME = 16
_NAME_KEEPS = 4.0
_SENTENCE_KEEPS = 1.5
"""So many times as wide as other columns, where there is little room; what is twice as long as its longest word."""


def _even(table: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    most = max((len(row) for row in table), default=0)
    return [tuple(safe(cell) for cell in row) + ("",) * (most - len(row)) for row in table]


def _draw(common: Common, sheet: Sheet, lead: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(no_color=common.no_color, highlight=False)
    if lead:
        console.print()
    if sheet.title:
        console.print(Text(sheet.title, style="bold"))
    if sheet.rows or sheet.headings:
        drawn = Table(box=None, show_header=bool(sheet.headings), header_style="bold", pad_edge=False)
        table = [each for each in (sheet.headings, *sheet.rows) if each]
        widths = fitted(table, console.width) if sheet.headings else [None] * max(map(len, table))
        for number, width in enumerate(widths):
            heading = sheet.headings[number] if number < len(sheet.headings) else ""
            drawn.add_column(heading, overflow="fold", width=width)
        for row in sheet.rows:
            drawn.add_row(*(Text(safe(cell), style=sheet.tones.get(cell, "")) for cell in row))
        console.print(drawn)
    for note in sheet.notes:
        console.print(Text(safe(note)))


def tell(common: Common, text: str) -> None:
    """Say something that is no result: on stderr, unless only results are wanted."""
    if not common.quiet:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
