"""The page about evidence names every member of a record."""

import re

from drd.domain.evidence import FIELDS
from tests.architecture.source import ROOT


def test_every_member_of_a_record_has_its_line() -> None:
    """And the page names none that no record has."""
    page = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8").split("## The record, member by member\n")[1]
    named = {
        name
        for line in page.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`([^`]+)`", line.split("|")[1])
    }

    assert named == set(FIELDS)
