"""What a guest's shell does with a script: it understands `echo`, `exit N`, and takes every other line as run."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a script printed and its exit code."""

    output: str
    exit_code: int


def run_script(lines: Sequence[str]) -> Outcome:
    """Return the outcome of a script, the same for the same lines."""
    printed: list[str] = []
    for line in lines:
        word, _, rest = line.strip().partition(" ")
        if word in {"echo", "Write-Output"}:
            printed.append(rest.strip("\"'"))
        elif word == "exit" and rest.strip().isdigit():
            return Outcome(output="\n".join(printed), exit_code=int(rest))
    return Outcome(output="\n".join(printed), exit_code=0)
