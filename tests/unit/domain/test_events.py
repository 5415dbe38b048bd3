"""Events are sealed into a chain; what was changed afterwards is found."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from drd.domain.canonical import digest
from drd.domain.events import GENESIS, Event, Kind, as_written, first_broken, seal
from drd.domain.ids import RunId, StepId

AT = datetime(2026, 11, 22, 3, 0, 0, 123_456, tzinfo=UTC)


def chain(count: int = 4) -> list[Event]:
    """Make a whole chain."""
    events: list[Event] = []
    for number in range(1, count + 1):
        event = Event(
            run=RunId("r-1"),
            sequence=number,
            kind=Kind.STEP_DONE,
            at=AT + timedelta(seconds=number),
            step=StepId("a[é]") if number % 2 else None,
            payload={"outputs": {"n": number, "t": 'quote " and\nline'}},
            actor="an",
            reason="rédén \u2028",
            token=3,
        )
        events.append(event.sealed(events[-1].hash if events else GENESIS))
    return events


def test_the_hash_is_that_of_the_canonical_json() -> None:
    """However it is computed."""
    for event in chain():
        assert event.hash == digest(event.to_json())
        assert event.intact()


def test_an_event_is_read_back_from_its_json() -> None:
    """Exactly, also one that an older version wrote."""
    for event in (*chain(), replace(chain(1)[0], format=1, step=None).sealed(GENESIS)):
        read = Event.from_json({**event.to_json(), "hash": event.hash})
        assert (read, read.intact()) == (event, True)


def test_a_sealed_event_holds_the_millisecond_that_the_chain_holds() -> None:
    """What is read back from the journal hashes alike."""
    assert chain(1)[0].at.microsecond == 123_000


def test_an_instant_hashes_alike_in_every_zone() -> None:
    """The chain holds UTC."""
    event = chain(1)[0]
    moved = replace(event, at=event.at.astimezone(timezone(timedelta(hours=1))))

    assert moved.intact()


def test_a_whole_chain_is_whole() -> None:
    """Also an empty one."""
    assert first_broken(chain()) is None
    assert first_broken([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "never said"},
        {"actor": "bo"},
        {"payload": {"outputs": {}}},
        {"at": AT},
        {"kind": Kind.STEP_SKIPPED},
        {"step": StepId("b")},
        {"attempt": 9},
        {"token": 1},
        {"run": RunId("r-2")},
        {"previous": GENESIS},
        {"sequence": 7},
        {"hash": GENESIS},
    ],
)
def test_one_changed_word_breaks_the_chain_there(change: dict[str, Any]) -> None:
    """Every member is under the hash."""
    events = chain()
    events[2] = replace(events[2], **change)

    assert first_broken(events) == 3


def test_a_changed_event_with_a_new_hash_breaks_the_next_link() -> None:
    """One cannot change the past without changing all that came after."""
    events = chain()
    events[1] = replace(events[1], reason="never said").sealed(events[0].hash)

    assert first_broken(events) == 3


def test_an_event_that_was_taken_out_is_missed() -> None:
    """Unless it was the last: the head is kept elsewhere."""
    events = chain()

    assert first_broken(events[:1] + events[2:]) == 2
    assert first_broken(tuple(events[1:])) == 1


def test_sealing_in_place_gives_what_sealing_gives() -> None:
    """The writer saves a copy, and nothing else."""
    sealed = chain(1)[0]
    fresh = replace(sealed, at=AT + timedelta(seconds=1), previous="", hash="")

    assert seal(fresh, GENESIS) == sealed
    assert (fresh.at_text, fresh.payload_text) == (sealed.at_text, sealed.payload_text)


def test_an_event_is_whole_however_its_texts_were_written() -> None:
    """A journal of an older drd holds members in the order in which they were given."""
    event = as_written(replace(chain(1)[0]), "2026-11-22T03:00:01.123000+00:00", '{ "outputs": {} }')

    assert event.intact()


def test_a_changed_text_is_found_where_the_rest_says_the_same() -> None:
    """What is shown comes from the text that was read."""
    event = chain(1)[0]
    changed = as_written(replace(event, payload={"outputs": {"n": 2}}), event.at_text, '{"outputs":{"n":2}}')

    assert not changed.intact()
