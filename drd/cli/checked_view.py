"""What checking files found, for people and for scripts."""

import sys
from typing import Protocol

from drd.cli.common import Common
from drd.cli.exits import Exit
from drd.cli.output import Sheet, emit, tell
from drd.cli.words import words_of


class Found(Protocol):
    """What was checked, and what was found: each text holds place, message, source line and hint."""

    @property
    def files(self) -> tuple[str, ...]:
        """What was checked."""
        ...

    @property
    def faults(self) -> tuple[str, ...]:
        """What makes a file unusable."""
        ...

    @property
    def findings(self) -> tuple[str, ...]:
        """What would make a recovery worse."""
        ...


def told(common: Common, found: Found, key: str) -> int:
    """Write what was found: 2 on faults, 7 on findings only, else 0. `key` names what was checked."""
    words = words_of(common)
    data = {"files": list(found.files), "faults": list(found.faults), "findings": list(found.findings)}
    texts = (*found.faults, *found.findings)
    emit(common, data, lambda: (Sheet((), (), notes=_apart(texts)),) if texts else ())
    counts = words.say(key, files=len(found.files), faults=len(found.faults), findings=len(found.findings))
    sys.stdout.flush()
    tell(common, counts)
    if found.faults:
        return Exit.USAGE
    return Exit.MISSED if found.findings else Exit.OK


def _apart(texts: tuple[str, ...]) -> tuple[str, ...]:
    lines: list[str] = []
    for text in texts:
        lines.extend([*([""] if lines else []), *text.splitlines()])
    return tuple(lines)
