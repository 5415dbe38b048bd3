"""What a script in a guest reports in figures, beside its exit code: lines such as `drd: checked=120 differing=2`."""

import re
from collections.abc import Mapping

_LINE = re.compile(r"^drd:((?: +[a-z][a-z0-9-]{0,39}=\d{1,12})+) *$", re.MULTILINE)
_MOST = 40


def reported_figures(output: str) -> Mapping[str, int]:
    """Give the figures of a script's output by name; of one that is told twice the last counts, and no more than forty.

    A line that does not look like a report is no report: scripts may print what they like.
    """
    found: dict[str, int] = {}
    for line in _LINE.findall(output):
        for each in line.split():
            name, _, number = each.partition("=")
            if name in found or len(found) < _MOST:
                found[name] = int(number)
    return found


def beyond(figures: Mapping[str, int], tolerances: Mapping[str, int]) -> tuple[str, ...]:
    """Say, one sentence each, which figures are larger than what is tolerated. One that nobody told is not judged."""
    return tuple(
        f"{name} is {figures[name]}, at most {most} is tolerated"
        for name, most in tolerances.items()
        if figures.get(name, 0) > most
    )
