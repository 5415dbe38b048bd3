"""What dashboards ask: it parses, it exists, it does not double when a lease goes on, and never is called never."""

import re

import pytest

from tests.contract.dashboards.exported import exported
from tests.contract.dashboards.expressions import parsed, queries, reads

ONE_OF_SEVERAL = {"max", "min"}
COUNTS = re.compile(r"(> bool 1\)|< 1e9\))$")
"""The end of a query that compares: a number of services, or a line without those that have nothing."""


def test_every_query_parses() -> None:
    """As Prometheus would; all of them are looked at."""
    asked = list(queries())

    assert len(asked) > 100
    for query in asked:
        assert parsed(query.expr) is not None, query.place


def test_a_query_that_is_none_is_seen() -> None:
    """The parser refuses it."""
    with pytest.raises(ValueError):  # noqa: PT011 - the words are the parser's own
        parsed('max by (tenant (drd_x{tenant=~"$tenant"})')


def test_no_figure_of_the_estate_doubles_when_another_daemon_tells_it() -> None:
    """For a moment two daemons tell the same series: each is read through a maximum or minimum over daemons."""
    known = exported()
    for query in queries():
        for read in reads(parsed(query.expr)):
            if read.family in known and known[read.family].estate:
                assert read.aggregation in ONE_OF_SEVERAL, (query.place, read.family)
                assert "instance" not in read.by, (query.place, read.family)


def test_a_timestamp_of_never_is_called_never() -> None:
    """Where 0 stands for never, a query leaves it out, or its column or panel has a word for what becomes of it."""
    known = exported()
    looked = 0
    for query in queries():
        if not any(read.family in known and known[read.family].never for read in reads(parsed(query.expr))):
            continue
        looked += 1
        words = query.words()
        if "* 1000" in query.expr:
            assert "0" in words, query.place
        elif not COUNTS.search(query.expr):
            assert "> 0" in query.expr, query.place
            assert "1e9" not in query.expr or words.get("1000000000") == "never", query.place

    assert looked > 20
