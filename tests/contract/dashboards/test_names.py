"""What dashboards name is there: families, labels, and what legends show."""

import re

from tests.contract.dashboards.exported import exported
from tests.contract.dashboards.expressions import parsed, queries, reads


def test_every_family_and_label_exists() -> None:
    """No panel stays empty for a name that drd does not export."""
    known = exported()
    unknown = set()
    for query in queries():
        for read in reads(parsed(query.expr)):
            series = known.get(read.family)
            missing = read.labels - series.labels if series else {"the family"}
            unknown |= {(query.place, read.family, label) for label in missing}

    assert unknown == set()


def test_every_label_that_is_shown_is_one_that_is_left() -> None:
    """A legend or a column names a label that the query kept."""
    known = exported()
    for query in queries():
        found = list(reads(parsed(query.expr)))
        kept = {label for read in found for label in read.by}
        there = {label for read in found for label in known[read.family].labels} | {"le"}
        named = set(re.findall(r"\{\{(\w+)\}\}", query.legend))
        assert named <= kept, query.place
        assert kept <= there, query.place
