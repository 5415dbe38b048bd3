"""Lengths of time and instants, as people and files write them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drd.domain.durations import (
    canonical_duration,
    format_duration,
    format_exactly,
    format_instant,
    parse_duration,
    parse_instant,
)
from drd.domain.errors import PermanentError


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        (" 15m ", timedelta(minutes=15)),
        ("4h", timedelta(hours=4)),
        ("30d", timedelta(days=30)),
        ("PT15M", timedelta(minutes=15)),
        ("P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
    ],
)
def test_lengths_are_read_in_both_spellings(text: str, length: timedelta) -> None:
    """Short, and ISO 8601."""
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "15", "m", "1w", "-5m", "0s", "3651d", "999999999d", "1.5h"])
def test_what_is_no_length_or_out_of_bounds_is_refused(text: str) -> None:
    """With a hint."""
    with pytest.raises(PermanentError) as refused:
        parse_duration(text)
    assert refused.value.code == "invalid-duration"
    assert refused.value.hint


@given(st.integers(1, 3650 * 86_400))
def test_the_canonical_spelling_reads_back(seconds: int) -> None:
    """Whole seconds lose nothing."""
    assert parse_duration(canonical_duration(timedelta(seconds=seconds))) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (timedelta(0), "0s"),
        (timedelta(seconds=185), "3m 5s"),
        (timedelta(hours=2), "2h"),
        (timedelta(days=4, hours=3, minutes=59), "4d 3h"),
        (timedelta(days=1, minutes=5), "1d"),
        (-timedelta(minutes=2), "-2m"),
        (-timedelta(milliseconds=100), "0s"),
    ],
)
def test_lengths_are_shown_in_two_units_at_most(length: timedelta, shown: str) -> None:
    """For people in a hurry."""
    assert format_duration(length) == shown


def test_what_was_measured_is_shown_to_the_second() -> None:
    """T30: however long it is, nobody is told less than what is known."""
    assert format_exactly(timedelta(days=1, hours=2, minutes=57, seconds=32.4)) == "1d 2h 57m 32s"
    assert format_exactly(timedelta(hours=1, seconds=-40)) == "59m 20s"


def test_instants_are_read_with_any_offset_and_written_in_utc() -> None:
    """To the millisecond."""
    instant = parse_instant("2026-11-22T04:00:00.1234+01:00")

    assert instant == datetime(2026, 11, 22, 3, 0, 0, 123_400, tzinfo=UTC)
    assert format_instant(instant) == "2026-11-22T03:00:00.123Z"


@pytest.mark.parametrize("text", ["yesterday", "2026-11-22T04:00:00", ""])
def test_an_instant_without_an_offset_is_refused(text: str) -> None:
    """Local times are ambiguous twice a year."""
    with pytest.raises(PermanentError) as refused:
        parse_instant(text)
    assert refused.value.code == "invalid-instant"
