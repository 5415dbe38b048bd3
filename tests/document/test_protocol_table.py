"""docs/resilience.md says of every action how it is found again."""

from drd.daemon.discovery import actions
from tests.document.protocol_table import table, written


def test_the_table_of_the_step_protocol_is_what_the_actions_say() -> None:
    """Write it anew with `python -m tests.document.protocol_table`."""
    assert written() == table()


def test_every_action_says_how_it_is_found() -> None:
    """A look without words would leave its row half empty."""
    rows = [line.split(" | ") for line in table().splitlines()[2:]]

    assert len(rows) == len(list(actions()))
    assert [row[0] for row in rows if len(row) != 3 or len(row[2].rstrip(" |").split(". ")) < 2] == []
