"""The `$filter`s that clients send."""

from datetime import UTC, datetime

import pytest

from drd.sandbox.errors import ArmError
from drd.sandbox.recovery_services.odata import read_filter, read_instant

KNOWN = frozenset({"operation", "status", "starttime"})


def test_no_filter_accepts_everything() -> None:
    """An absent and an empty one alike."""
    assert read_filter(None, known=KNOWN).accepts({"status": "x"})
    assert read_filter("", known=KNOWN).accepts({"status": "x"})


def test_all_comparisons_must_hold_without_regard_to_case() -> None:
    """The recorded filter for running restores."""
    wanted = read_filter("operation eq 'Restore' and status eq 'InProgress'", known=KNOWN)
    assert wanted.accepts({"operation": "restore", "status": "INPROGRESS"})
    assert not wanted.accepts({"operation": "Restore", "status": "Completed"})


def test_a_quoted_value_may_hold_blanks() -> None:
    """Dates do."""
    wanted = read_filter("startTime eq '2026-11-20 01:02:03 PM' and status eq 'x'", known=KNOWN)
    assert wanted.instant("startTime") == datetime(2026, 11, 20, 13, 2, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["status = 'x'", "status eq", "status eq 'x' or status eq 'y'", "colour eq 'red'", "status eq 'x' and"]
)
def test_what_is_not_understood_is_refused(text: str) -> None:
    """400 rather than a list of everything."""
    with pytest.raises(ArmError) as refusal:
        read_filter(text, known=KNOWN)
    assert refusal.value.status == 400


@pytest.mark.parametrize("text", ["2026-11-20T13:02:03Z", "2026-11-20T13:02:03.000000Z", "2026-11-20 01:02:03 PM"])
def test_instants_are_read_in_the_forms_that_clients_send(text: str) -> None:
    """All of them in UTC."""
    assert read_instant(text) == datetime(2026, 11, 20, 13, 2, 3, tzinfo=UTC)


def test_a_text_that_is_no_instant_is_refused() -> None:
    """With the form that is expected."""
    with pytest.raises(ArmError, match="expected 2026"):
        read_instant("yesterday")
