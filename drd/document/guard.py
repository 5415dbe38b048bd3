"""Looks at the raw text before anything parses it: size, characters, levels, anchors, aliases, merges, tags.

The scan is linear and keeps nothing, so a hostile file costs no more than a good one of its size. It follows YAML's
rules for where a node may begin; the reader checks the same things once more on the parsed events, so a file that
slips past the scan is still refused.
"""

import re
from typing import NoReturn

from drd.document.place import Fault, Place, Refused

MAX_BYTES = 256 * 1024
MAX_LEVELS = 20
MAX_VALUES = 50_000

FORBIDDEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ufffe\\uffff\\ud800-\\udfff"  # control characters and halves of characters
    "\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069]"  # what hides or turns text around on a screen
)
_LEADING = re.compile(r"[ \t]*")
_SPACE = re.compile(r"[ \t]+")
_PLAIN = re.compile(r"(?:[^:#]|:(?=\S)|(?<=\S)#)+")
_PLAIN_IN_FLOW = re.compile(r"(?:[^:#,\[\]{}]|:(?=[^\s,\[\]{}])|(?<=\S)#)+")
_DOUBLE_END = re.compile(r'(?:[^"\\]|\\.)*"')
_SINGLE_END = re.compile(r"(?:[^']|'')*'(?!')")
_MARKER = re.compile(r"(?:---|\.\.\.)(?:\s|$)")
_REFUSED_NODES = {
    "&": ("anchors are not allowed", "write the value out where it is needed, or put the text in quotes"),
    "*": ("aliases are not allowed", "write the value out where it is needed, or put the text in quotes"),
    "!": ("tags are not allowed", "leave the tag out, or put the text in quotes"),
}


def decoded(raw: bytes, name: str) -> str:
    """Turn a file's bytes into text with line feeds only, and refuse what no drd file holds.

    Args:
        raw: the bytes; may be longer than allowed, only the length is looked at then.
        name: the file's name, for the faults.

    Raises:
        Refused: too large, not UTF-8, or with a control character.
    """
    if len(raw) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1024} KiB"
        _refuse(Place(file=name, line=1, column=1), message, "split it; `for-each` makes many steps from a few lines")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        good = raw[: error.start].decode("utf-8", errors="replace")
        place = _place_after(name, good)
        raise Refused([Fault(place=place, message="the file is not UTF-8", hint="save it as UTF-8 text")]) from error
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    found = FORBIDDEN.search(text)
    if found:
        code = f"U+{ord(found.group()):04X}"
        place = _place_after(name, text[: found.start()])
        _refuse(place, f"character {code} is not allowed", "delete it; retype the line if it is invisible", text)
    return text


def inspect(text: str, name: str) -> None:
    """Refuse a text that breaks a limit or uses a part of YAML that drd does not read.

    Raises:
        Refused: with the first place that is wrong.
    """
    _Scan(text, name).run()


def _place_after(name: str, good: str) -> Place:
    good = good.replace("\r\n", "\n")
    return Place(file=name, line=good.count("\n") + 1, column=len(good) - (good.rfind("\n") + 1) + 1)


def _refuse(place: Place, message: str, hint: str, text: str = "") -> NoReturn:
    lines = text.split("\n") if text else []
    raise Refused([Fault(place=place, message=message, hint=hint).with_source(lines)])


class _Scan:
    """One walk over the lines, with just enough state to know where a node may begin."""

    __slots__ = (
        "blocks",
        "flow",
        "fresh",
        "key",
        "line",
        "lines",
        "literal",
        "name",
        "number",
        "plain",
        "quote",
        "values",
    )

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.lines = text.split("\n")
        self.number = 0
        self.line = ""
        self.flow = 0
        self.blocks: list[tuple[int, str]] = []
        self.literal: int | None = None
        self.quote: re.Pattern[str] | None = None
        self.plain = False
        self.fresh = True
        self.key = 0
        self.values = 0

    def run(self) -> None:
        for number, line in enumerate(self.lines, start=1):
            self.number = number
            self.line = line
            start = self._start_of_line()
            if start is not None:
                self._scan_from(start)
        if not self.values:
            self._refuse_at(0, "the file is empty", "write the first key, `drd: ...`", number=1)

    def _start_of_line(self) -> int | None:
        """Say where on this line a node may begin; None when the whole line belongs to a text begun before."""
        leading = _LEADING.match(self.line)
        indent = leading.end() if leading else 0
        blank = indent == len(self.line)
        if self.literal is not None:
            if blank or indent > self.literal:
                return None
            self.literal = None
        if self.quote is not None:
            return self._end_of_quote(0)
        if blank:
            return None
        if "\t" in self.line[:indent]:
            self._refuse_at(self.line.index("\t"), "a tab in the indentation", "indent with spaces")
        self.fresh = True
        return self._after_marker() if indent == 0 else self._after_continuation(indent)

    def _after_marker(self) -> int:
        """Pass over the one `---` a document may begin with."""
        if self.line.startswith("%"):
            self._refuse_at(0, "directives are not allowed", "delete the line")
        marker = _MARKER.match(self.line)
        if marker is None:
            return self._after_continuation(0)
        if self.values or self.line.startswith("..."):
            self._refuse_at(0, "a second document begins here", "keep one document a file")
        return marker.end()

    def _after_continuation(self, indent: int) -> int:
        """Pass over a line that goes on with the plain text of the line before."""
        goes_on = self.plain and not self.flow and indent > (self.blocks[-1][0] if self.blocks else -1)
        self.plain = False
        if not goes_on or self.line[indent] == "#":
            return indent
        found = _PLAIN.match(self.line, indent)
        self.plain = True
        return found.end() if found else indent

    def _end_of_quote(self, start: int) -> int | None:
        found = self.quote.match(self.line, start) if self.quote else None
        if found is None:
            return None
        self.quote = None
        return found.end()

    def _scan_from(self, start: int) -> None:
        position: int | None = start
        end = len(self.line)
        while position is not None and position < end:
            char = self.line[position]
            if char in " \t":
                space = _SPACE.match(self.line, position)
                position = space.end() if space else position + 1
            elif char == "#" and (position == 0 or self.line[position - 1] in " \t"):
                return
            else:
                position = self._token(char, position)

    def _token(self, char: str, position: int) -> int | None:
        """Pass over one token and give the position behind it; None when it takes the rest of the line."""
        if char in "-?:" and self._is_indicator(position):
            return self._indicator(char, position)
        if self.flow and char in ",]}":
            self.flow -= char != ","
            return position + 1
        if self.fresh and not self.flow:
            self._dedent(position, "map")
        if not self.flow:
            self.key = self.key if not self.fresh else position
        self.fresh = False
        return self._node(char, position)

    def _node(self, char: str, position: int) -> int | None:
        if char in _REFUSED_NODES:
            message, hint = _REFUSED_NODES[char]
            self._refuse_at(position, message, hint)
        self.values += 1
        if self.values > MAX_VALUES:
            self._refuse_at(position, f"more than {MAX_VALUES} values", "split the file")
        if char in "[{":
            self.flow += 1
            self._check_levels(position)
            return position + 1
        if char in "\"'":
            self.quote = _DOUBLE_END if char == '"' else _SINGLE_END
            return self._end_of_quote(position + 1)
        if char in "|>" and not self.flow:
            self.literal = self.blocks[-1][0] if self.blocks else -1
            return None
        return self._plain_text(position)

    def _plain_text(self, position: int) -> int:
        found = (_PLAIN_IN_FLOW if self.flow else _PLAIN).match(self.line, position)
        end = found.end() if found else position + 1
        self.plain = not self.flow and end == len(self.line)
        if self.line.startswith("<<", position) and self.line[position:end].rstrip() == "<<":
            self._refuse_at(position, "merge keys are not allowed", "write the values out where they are needed")
        return end

    def _is_indicator(self, position: int) -> bool:
        after = self.line[position + 1 : position + 2]
        if after in {"", " ", "\t"}:
            return True
        behind_quote = self.line[position] == ":" and self.line[position - 1] in "\"'"
        return bool(self.flow) and (after in ",[]{}" or behind_quote)

    def _indicator(self, char: str, position: int) -> int:
        if self.flow:
            return position + 1
        if char == "-":
            self._dedent(position, "seq")
            self._open(position, "seq")
            self.fresh = True
        elif char == "?":
            self._dedent(position, "map")
            self._open(position, "map")
            self.fresh = True
        else:
            self._open(self.key, "map")
            self.fresh = False
        return position + 1

    def _dedent(self, column: int, kind: str) -> None:
        while self.blocks and self.blocks[-1][0] > column:
            self.blocks.pop()
        if kind == "map" and self.blocks and self.blocks[-1] == (column, "seq"):
            self.blocks.pop()

    def _open(self, column: int, kind: str) -> None:
        if not self.blocks or self.blocks[-1] != (column, kind):
            self.blocks.append((column, kind))
            self._check_levels(column)

    def _check_levels(self, column: int) -> None:
        if len(self.blocks) + self.flow > MAX_LEVELS:
            self._refuse_at(column, f"more than {MAX_LEVELS} levels deep", "flatten the structure")

    def _refuse_at(self, column: int, message: str, hint: str, *, number: int | None = None) -> NoReturn:
        place = Place(file=self.name, line=number or self.number, column=column + 1)
        raise Refused([Fault(place=place, message=message, hint=hint).with_source(self.lines)])
