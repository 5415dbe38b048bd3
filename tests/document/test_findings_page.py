"""The page of findings is the codes."""

import re

from drd.domain.finding_codes import CODES
from drd.domain.language import Language
from tests.architecture.source import ROOT
from tests.document.findings_page import PAGE, PARTS, page

_CODE = re.compile(r"^[a-z]+(-[a-z]+)+$")
_MAKES = re.compile(r"""found\(\s*"([a-z-]+)"|unknown\(\s*"([a-z-]+)\"""")


def test_the_page_is_as_the_codes_are() -> None:
    """Write it anew with `python -m tests.document.findings_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_code_stands_once_and_says_everything() -> None:
    """In three languages, with what it means and what to do."""
    every = [each for codes in PARTS.values() for each in codes]

    assert len({each.code for each in every}) == len(every) == len(CODES)
    assert [each.code for each in every if not _CODE.match(each.code)] == []
    assert [each.code for each in every if each.title.missing() or not each.means or not each.do] == []
    assert {len(each.title.to_json()) for each in every} == {len(Language)}


def test_readiness_makes_no_finding_without_a_code() -> None:
    """A code that nobody documented would be an error on the day that it is found."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "drd" / "readiness").glob("*.py")]
    made = {code for text in texts for pair in _MAKES.findall(text) for code in pair if code}

    assert len(made) > 30
    assert made <= CODES.keys()
