"""A list that cannot be read is no empty list: from an empty one absence would be concluded, and something sent."""

from typing import Any

import pytest

from drd.domain.errors import UNREADABLE, TransientError
from drd.providers.azure.rest import Reply, _values


@pytest.mark.parametrize("body", [{}, {"value": 7}, {"value": None}, {"value": {"a": 1}}, {"other": []}])
def test_a_page_without_a_list_is_asked_for_again(body: dict[str, Any]) -> None:
    """Transient, with a hint, and never an answer."""
    with pytest.raises(TransientError) as refusal:
        _values(Reply(status=200, body=body), "list jobs", "vault")
    assert refusal.value.hint
    assert refusal.value.code == UNREADABLE


def test_a_page_with_an_empty_list_is_empty() -> None:
    """That is an answer."""
    assert _values(Reply(status=200, body={"value": []}), "list jobs", "vault") == []
