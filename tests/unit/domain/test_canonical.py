"""One way to write JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drd.domain.canonical import canonical_json, digest
from drd.domain.plan import Phase

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


class Frozen(Mapping[str, Any]):
    """A mapping that is no dict."""

    def __getitem__(self, key: str) -> Any:
        return {"b": 1, "a": 2}[key]

    def __iter__(self) -> Iterator[str]:
        return iter(("b", "a"))

    def __len__(self) -> int:
        return 2


class Row(Sequence[int]):
    """A sequence that is no list."""

    def __getitem__(self, index: Any) -> Any:
        return [3, 1][index]

    def __len__(self) -> int:
        return 2


def test_members_are_sorted_and_nothing_is_spaced() -> None:
    """As RFC 8785 says."""
    assert canonical_json({"b": [1, True, None], "a": "é"}) == '{"a":"é","b":[1,true,null]}'


def test_members_are_sorted_by_utf_16_not_by_code_point() -> None:
    """An emoji sorts before a private-use character, because its first half does."""
    assert canonical_json({"\ue000": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ue000":1}'


def test_other_mappings_and_sequences_are_written_alike() -> None:
    """What a fact is kept in does not change its hash."""
    assert canonical_json(Frozen()) == '{"a":2,"b":1}'
    assert canonical_json(Row()) == "[3,1]"
    assert digest((1, 2)) == digest([1, 2])


@pytest.mark.parametrize("value", [1.5, {"a": float("nan")}, [object()], 2**53, -(2**53), b"bytes", {1: "a"}])
def test_what_has_several_spellings_is_refused(value: Any) -> None:
    """Floats, huge integers, bytes and odd names."""
    with pytest.raises(TypeError):
        canonical_json(value)


@given(values)
def test_every_json_reads_back_and_hashes_alike_whatever_its_order(value: Any) -> None:
    """Writing loses nothing."""
    read = json.loads(canonical_json(value))

    assert read == value
    assert digest(read) == digest(value)


def test_names_beyond_ascii_and_words_of_a_list_of_words_take_the_long_way_to_the_same_text() -> None:
    """The short way is only taken where both give the same."""
    assert canonical_json({"é": 1, "a": {"z": Phase.MAIN, "b": (1, "x")}}) == '{"a":{"b":[1,"x"],"z":"main"},"é":1}'
