"""The table of controls that people read is the one that the engine obeys."""

from tests.document.controls_table import PAGE, table


def test_the_page_says_what_the_code_allows() -> None:
    """A change of the table is written by `python -m tests.document.controls_table`."""
    assert table() in PAGE.read_text(encoding="utf-8")
