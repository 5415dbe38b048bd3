"""Answers that a fault spoils: an error, nonsense, or nothing."""

from datetime import UTC, datetime

from drd.sandbox.faults import read_fault

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_a_fault_answers_an_error_unless_told_otherwise() -> None:
    """In Azure's own form, with its code."""
    response = read_fault({"status": 429, "code": "TooManyRequests", "retry-after": 7}, NOW).response()
    assert (response.status, response.headers["retry-after"]) == (429, "7")
    assert response.json()["error"]["code"] == "TooManyRequests"


def test_a_fault_answers_a_body_as_it_stands() -> None:
    """Whatever the status says: a proxy's page with 200 is no answer of Azure."""
    response = read_fault({"status": 200, "body": "<html>"}, NOW).response()
    assert (response.status, response.body) == (200, b"<html>")


def test_a_fault_may_answer_nothing() -> None:
    """The caller waits until it gives up."""
    assert read_fault({"hang": True}, NOW).response().hang
