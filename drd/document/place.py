"""Where something stands in a file, and what is wrong there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

Path = tuple[str | int, ...]

_WIDTH = 110
_UNPRINTABLE = re.compile(
    "[^\\x20-\\x7e\\xa0-\\u061b\\u061d-\\u200d\\u2010-\\u2027\\u202f-\\u2065\\u206a-\\ud7ff\\ue000-\\U0010ffff]"
)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """One position in a file.

    Attributes:
        file: the file's name as the reader was given it.
        line: counted from 1.
        column: counted from 1, in characters.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        """Give the form that editors and terminals turn into a link."""
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in a file.

    Attributes:
        place: where.
        message: what is wrong, in one line without the place.
        hint: what the writer of the file can do about it.
        source: the line of the file, for the caret; empty where there is none.
    """

    place: Place
    message: str
    hint: str
    source: str = ""

    def __str__(self) -> str:
        """Give place, message and hint in one line."""
        return f"{self.place}: {self.message} (hint: {self.hint})"

    def rendered(self) -> str:
        """Give the fault as a person reads it: place and message, the line with a caret, the hint.

        Characters that could move a terminal's cursor or turn its writing direction are shown as `?`.
        """
        lines = [f"{self.place}: {self.message}"]
        if self.source:
            lines += _caret(self.source, self.place)
        return "\n".join([*lines, f"  hint: {self.hint}"])

    def with_source(self, lines: Sequence[str]) -> "Fault":
        """Give the same fault with its line of the file, where the file has that line."""
        index = self.place.line - 1
        return replace(self, source=lines[index]) if 0 <= index < len(lines) else self


class Refused(Exception):
    """A file that cannot be used, with everything that is wrong with it.

    Attributes:
        faults: at least one, in the order of the file.
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Keep the faults in the order of the file."""
        self.faults: tuple[Fault, ...] = tuple(sorted(faults, key=lambda fault: fault.place))
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def rendered(self) -> str:
        """Give all faults as a person reads them, one under the other."""
        return "\n".join(fault.rendered() for fault in self.faults)


def _caret(source: str, place: Place) -> list[str]:
    """Show the line and a caret under the place, cut to a window around it where the line is long."""
    first = 0 if place.column <= _WIDTH - 20 else place.column - _WIDTH // 2
    window = _UNPRINTABLE.sub("?", source[first : first + _WIDTH])
    number = f"{place.line:>6} | "
    return [f"{number}{window}", f"{' ' * (len(number) - 2)}| {' ' * (place.column - 1 - first)}^"]
