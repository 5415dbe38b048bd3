"""Names of requests."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from drd.engine.requests import request_id

OURS = UUID("6f6a1d4e-6c4c-5a53-9d2b-5d3f0f0f7c11")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_request_is_named_as_the_standard_says_and_as_it_always_was(operation: str) -> None:
    """A run that was begun by an older drd finds its requests at the other side."""
    assert request_id(operation) == str(uuid5(OURS, operation))
