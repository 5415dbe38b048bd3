"""Writes docs/findings.md from the codes themselves: `python -m tests.document.findings_page`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from drd.domain.codes_of_drills import CODES_OF_DRILLS
from drd.domain.codes_of_estate import CODES_OF_ESTATE
from drd.domain.codes_of_inventory import CODES_OF_INVENTORY
from drd.domain.codes_of_ladder import CODES_OF_LADDER
from drd.domain.codes_of_proofs import CODES_OF_PROOFS
from drd.domain.codes_of_runbooks import CODES_OF_RUNBOOKS
from drd.domain.codes_of_schedules import CODES_OF_SCHEDULES
from drd.domain.findings import FindingCode
from tests.architecture.source import ROOT

PAGE = ROOT / "docs" / "findings.md"

PARTS: Mapping[str, Sequence[FindingCode]] = {
    "Runbooks": CODES_OF_RUNBOOKS,
    "Tenants, services and items": CODES_OF_ESTATE,
    "Recovery points, vaults and their proof": CODES_OF_LADDER,
    "What is proven by itself": CODES_OF_PROOFS,
    "Ends of drills": CODES_OF_DRILLS,
    "Schedules": CODES_OF_SCHEDULES,
    "What could not be read": CODES_OF_INVENTORY,
}

_HEAD = """# Findings

Every code that a finding can have, written from the code by `python -m tests.document.findings_page`; a test compares
both. `drd readiness list` shows what is found now, worst first; [readiness](readiness.md) says when and how drd looks.

**critical**: a recovery would fail, or lose what was promised not to be lost. **warning**: it may fail or miss its
objective, or nobody knows. **info**: to be bettered. A code that ends in `-unknown` says that something could not be
told: no right, no answer, or too old an answer. That is never shown as good. A finding may be worse or milder than its
code usually is; it says so itself.
"""


def _part(name: str, codes: Sequence[FindingCode]) -> Iterator[str]:
    yield f"## {name}\n"
    for each in codes:
        title = each.title
        yield f"### {each.code}\n"
        yield f"*{each.severity.value}*: {title.en}. nl: {title.nl}. fr: {title.fr}.\n"
        yield f"{each.means}\n"
        yield f"**What to do.** {each.do}\n"


def page() -> str:
    """Give the page as it should be."""
    return _HEAD + "\n" + "\n".join(line for name, codes in PARTS.items() for line in _part(name, codes))


def main(place: Path = PAGE) -> None:
    """Write the page."""
    place.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
