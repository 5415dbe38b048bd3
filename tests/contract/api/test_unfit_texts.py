"""Texts that no journal can keep, and numbers that no event has: refused or bounded before anything is decided."""

import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from drd.api.wire.wish import LONGEST_TEXT
from tests.fakes.served_house import ServedHouse

JSON = {"Content-Type": "application/json"}
WISH = {"runbook": "te-laat", "mode": "drill", "reason": "why"}


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[httpx2.Client]:
    """Speak to a house of this test."""
    with ServedHouse(tmp_path) as served:
        transport = httpx2.HTTPTransport(uds=str(served.socket))
        with httpx2.Client(transport=transport, base_url="http://drd/api/v1", headers=JSON) as client:
            yield client


@pytest.mark.parametrize(
    ("reason", "words"),
    [("a\0b", "U+0000 cannot be kept"), ("caf\udce9", "U+DCE9 cannot be kept"), ("x" * 4001, "4001 characters")],
)
def test_a_reason_that_cannot_be_kept_is_refused(ask: httpx2.Client, reason: str, words: str) -> None:
    """At a start and at any order: a database that chokes on it would keep the whole run from going on."""
    run = ask.post("/runs", json=WISH).json()["id"]
    for path, body in (("/runs", WISH), (f"/runs/{run}/control", {"request": "note"})):
        answer = ask.post(path, content=json.dumps({**body, "reason": reason}).encode("ascii"))
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), answer.text
        assert words in answer.json()["faults"][0]


def test_a_text_is_looked_at_wherever_it_stands(ask: httpx2.Client) -> None:
    """As a value, in a list, or as a name."""
    for more in ({"inputs": {"a": ["b", {"c\0": 1}]}}, {"only": ["\0"]}, {"kill": {"seed": "\0"}}):
        assert ask.post("/runs", json={**WISH, **more}).status_code == 422


def test_the_longest_text_is_taken(ask: httpx2.Client) -> None:
    """Line breaks and letters of any script too."""
    reason = "é\n漢".ljust(LONGEST_TEXT, "x")
    run = ask.post("/runs", json={**WISH, "reason": reason}).json()["id"]
    assert ask.get(f"/runs/{run}/events").json()[0]["reason"] == reason


def test_a_name_with_a_character_that_no_name_has_is_refused(ask: httpx2.Client) -> None:
    """In a path and in a question."""
    answers = [ask.get(path) for path in ("/runs/%00", "/runs?service=%00")]
    assert [(each.status_code, each.json()["code"]) for each in answers] == [(422, "invalid")] * 2


def test_events_after_a_number_that_no_event_has_are_all_or_none(ask: httpx2.Client) -> None:
    """Nothing is told to be broken that is not."""
    run = ask.post("/runs", json=WISH).json()["id"]
    all_of_them, none = (ask.get(f"/runs/{run}/events?after={after}") for after in ("-5", "9" * 20))
    assert all_of_them.json()[0]["sequence"] == 1
    assert (none.status_code, none.json()) == (200, [])
