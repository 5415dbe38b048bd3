"""Events as rows, and back."""

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drd.domain.canonical import digest
from drd.domain.errors import PermanentError
from drd.domain.events import FORMAT, GENESIS, Event, Kind, first_broken
from drd.domain.ids import RunId, StepId
from drd.store.rows import event_of, event_row, instant, instant_text, json_text
from drd.store.tables import EVENTS
from tests.contract.store.sample import NOON

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the zone is given beside


@given(
    payload=st.dictionaries(TEXTS, JSON, max_size=4), at=INSTANTS, reason=TEXTS, kind=st.sampled_from(Kind), step=TEXTS,
    form=st.integers(1, FORMAT),
)  # fmt: skip
def test_a_sealed_event_comes_back_as_it_was(  # noqa: PLR0917 - hypothesis gives one argument a name
    payload: dict[str, Any], at: datetime, reason: str, kind: Kind, step: str, form: int
) -> None:
    """So its hash verifies for ever, also in the form that an older drd wrote."""
    event = Event(
        run=RunId("r"), sequence=1, kind=kind, at=at, step=StepId(step), payload=payload, reason=reason, format=form
    ).sealed(GENESIS)
    row = event_row(event)

    again = event_of([row[column.name] for column in EVENTS.columns])

    assert again == event
    assert first_broken([again]) is None
    assert digest(again.to_json()) == again.hash


@pytest.mark.parametrize(("column", "value"), [("format", FORMAT + 1), ("kind", "step.dreamt")])
def test_what_a_newer_version_wrote_is_refused(column: str, value: object) -> None:
    """Old code must not guess what an event means; the error says who can read it."""
    row = event_row(Event(run=RunId("r"), sequence=1, kind=Kind.RUN_CLAIMED, at=NOON).sealed(GENESIS)) | {column: value}

    with pytest.raises(PermanentError, match="newer drd") as raised:
        event_of([row[each.name] for each in EVENTS.columns])

    assert (raised.value.code, raised.value.target) == ("journal-newer", "r")
    assert "start the newer drd" in raised.value.hint


@given(first=INSTANTS, second=INSTANTS)
def test_instants_sort_as_texts_as_they_do_in_time(first: datetime, second: datetime) -> None:
    """The database compares texts."""
    one, two = instant_text(first), instant_text(second)

    assert one is not None
    assert two is not None
    assert (one < two) == (first < second)
    assert instant(one) == first


def test_frozen_mappings_and_tuples_are_json() -> None:
    """Payloads may be shared without a copy."""
    assert json_text(MappingProxyType({"a": (1, MappingProxyType({}))})) == '{"a":[1,{}]}'


@pytest.mark.parametrize("value", [timedelta(1), b"", {1, 2}, float("nan")])
def test_what_is_not_json_is_refused(value: object) -> None:
    """Before it is written."""
    with pytest.raises((TypeError, ValueError)):
        json_text(value)
