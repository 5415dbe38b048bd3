"""Writes the table of controls into docs/resilience.md from the code: `python -m tests.document.controls_table`."""

from drd.domain.lifecycle import TABLE, Request, RunState
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "resilience.md"
OPEN = [state for state in RunState if not state.final]
"""States in which anything can be asked; in the final ones nothing can."""


def table() -> str:
    """Give the table: a line for each request, a column for each state, and what each refusal means."""
    reasons = sorted({refusal.reason for state in OPEN for refusal in TABLE[state].values() if refusal is not None})
    lines = [f"| request | {' | '.join(state.value for state in OPEN)} |", f"|---|{'---|' * len(OPEN)}"]
    for request in Request:
        cells = [TABLE[state][request] for state in OPEN]
        told = ["yes" if cell is None else f"no ({reasons.index(cell.reason) + 1})" for cell in cells]
        lines.append(f"| `{request.value}` | {' | '.join(told)} |")
    damaged = len(reasons) + 1
    lines.append(f"| `abandon` | {' | '.join([f'damaged ({damaged})'] * len(OPEN))} |")
    reasons.append(
        "only where the run's journal is damaged, and then nothing else can be asked; any other is cancelled"
    )
    lines += ["", *(f"{number}. {reason}" for number, reason in enumerate(reasons, start=1))]
    return "\n".join(lines) + "\n"


def _written(page: str, text: str) -> str:
    head, _, rest = page.partition("| request | ")
    _, _, tail = rest.partition("\n<!-- end of the table -->")
    return f"{head}{text}\n<!-- end of the table -->{tail}"


if __name__ == "__main__":
    PAGE.write_text(_written(PAGE.read_text(encoding="utf-8"), table()), encoding="utf-8")
