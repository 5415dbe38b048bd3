"""The table of docs/resilience.md that says how each action is found again. Run it to write the table anew."""

import inspect
from collections.abc import Iterator

from drd.daemon.discovery import actions
from drd.ports.action import Doubt
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "resilience.md"
_BEGIN = "| action | class | how a look finds it |"
_WORDS = {
    Doubt.PUT_BY_NAME: "put by name",
    Doubt.ADOPTABLE: "adoptable",
    Doubt.AMBIGUOUS: "ambiguous",
}


def table() -> str:
    """Give the table as it should be: one row an action, in its own words."""
    return "\n".join([_BEGIN, "|---|---|---|", *_rows()]) + "\n"


def _rows() -> Iterator[str]:
    for verb in sorted(actions(), key=lambda verb: verb.name):
        words = inspect.getdoc(type(verb.action).look) or ""
        says = " ".join(words.partition("\n\n")[0].split())
        own = " ".join((inspect.getdoc(type(verb.action)) or "").partition("\n\n")[0].split())
        yield f"| `{verb.name}` | {_WORDS[verb.action.doubt]} | {own} {says} |"


def written() -> str:
    """Give the table that stands on the page."""
    text = PAGE.read_text(encoding="utf-8")
    return text[text.index(_BEGIN) :].partition("\n\n")[0] + "\n"


if __name__ == "__main__":
    PAGE.write_text(PAGE.read_text(encoding="utf-8").replace(written(), table()), encoding="utf-8")
