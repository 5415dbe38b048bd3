"""docs/metrics.md says what the code exports, no more and no less."""

import re

import promql_parser
import pytest

from tests.document.metrics_page import EXAMPLES, FILES, GROUPS, LABELS, NAME, PAGE, families, labels_of, page


def test_the_page_of_metrics_is_what_the_code_exports() -> None:
    """Write it anew with `python -m tests.document.metrics_page`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_family_in_the_code_is_on_the_page_once() -> None:
    """A family that the page's sample leaves silent would be missing, and so would a file under no heading."""
    sources = {source.stem: source.read_text(encoding="utf-8") for source in FILES.glob("*.py")}
    named = {name for text in sources.values() for name in NAME.findall(text)}
    rows = re.findall(r"^\| `(drd_[a-z_]+)` \| (\w+) \| (.+) \| (.+\.) \|$", page(), flags=re.MULTILINE)
    shown = [name.removesuffix("_total") for name, *_ in rows]

    assert named - set(shown) == set()
    assert len(shown) == len(set(shown)) == len(families())
    assert {name for names in GROUPS.values() for name in names} == sources.keys() - {"__init__"}


def test_every_label_is_explained() -> None:
    """And none that no family has."""
    assert {label for family in families().values() for label in labels_of(family)} == LABELS.keys()


@pytest.mark.parametrize("said", EXAMPLES)
def test_an_example_asks_for_what_is_exported(said: str) -> None:
    """As Prometheus itself reads it."""
    promql_parser.parse(EXAMPLES[said])
    told = {family.name for family in families().values()}
    asked = {name.removesuffix("_bucket") for name in re.findall(r"drd_[a-z_]+", EXAMPLES[said])}

    assert asked
    assert asked <= told
