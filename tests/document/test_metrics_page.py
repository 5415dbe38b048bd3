"""docs/metrics.md says what the code exports, no more and no less."""

import re

from tests.architecture.source import ROOT
from tests.document.metrics_page import PAGE, page

NAME = re.compile(r'"(drd_[a-z_]+)"')


def test_the_page_of_metrics_is_what_the_code_exports() -> None:
    """Write it anew with `python -m tests.document.metrics_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_family_in_the_code_is_on_the_page() -> None:
    """A family that the page's sample leaves silent would be missing from it."""
    sources = [*(ROOT / "drd" / "metrics").rglob("*.py")]
    named = {name for source in sources for name in NAME.findall(source.read_text(encoding="utf-8"))}
    shown = {name.removesuffix("_total") for name in re.findall(r"^\| `(drd_[a-z_]+)`", page(), flags=re.MULTILINE)}

    assert named - shown == set()
