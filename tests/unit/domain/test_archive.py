"""A run in a file: read back whole, and any change is noticed without a database."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drd.domain import archive
from drd.domain.canonical import Json, canonical_json
from drd.domain.errors import DrdError, InvalidError, PermanentError
from drd.domain.events import GENESIS, Event
from drd.domain.lifecycle import RunState
from tests.golden import keeping

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def content() -> bytes:
    """Give the file of a golden run, with an entry of a ledger."""
    golden = keeping.read(next(path for path in keeping.kept() if path.stem == "4eaf57e-failover"))
    (run,) = golden.cards
    plan = golden.plans[golden.cards[run].plan_hash]
    return "".join(archive.write(plan, golden.of(run), [{"id": "/a", "keep": True}], at=NOON)).encode()


def resealed(lines: list[str]) -> bytes:
    """Seal changed lines anew, as somebody would who knows how."""
    body = "".join(lines[:-1])
    seal: dict[str, Json] = {"lines": len(lines) - 1, "sha256": hashlib.sha256(body.encode()).hexdigest()}
    return (body + canonical_json({"seal": seal}) + "\n").encode()


def test_an_archive_is_read_back_and_tells_the_run() -> None:
    """Plan, events, ledger, state; and its figures were computed again."""
    read = archive.read(content(), name="r-1.jsonl")

    assert (read.run, read.state, len(read.events), read.archived_at) == (
        "r-1",
        RunState.SUCCEEDED,
        17,
        "2026-11-22T12:00:00.000Z",
    )
    assert (read.ledger, read.plan.hash()) == (({"id": "/a", "keep": True},), read.events[0].payload["plan"])


def test_it_can_be_checked_without_drd() -> None:
    """With nothing but JSON and SHA-256, as the file's own words say."""
    lines = content().decode().splitlines(keepends=True)
    parsed = [json.loads(line) for line in lines]
    previous = GENESIS
    for event in (line["event"] for line in parsed if "event" in line):
        rest = {name: value for name, value in event.items() if name != "hash"}
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert (event["previous"], event["hash"]) == (previous, hashlib.sha256(text.encode()).hexdigest())
        previous = event["hash"]

    assert parsed[-1]["seal"]["sha256"] == hashlib.sha256("".join(lines[:-1]).encode()).hexdigest()


@pytest.mark.parametrize("place", range(0, 12000, 397))
def test_any_changed_byte_is_noticed(place: int) -> None:
    """Wherever it is."""
    whole = bytearray(content())
    whole[place % len(whole)] ^= 1

    with pytest.raises(DrdError):
        archive.read(bytes(whole), name="r-1.jsonl")


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        ('"actor":"an"', '"actor":"bo"', "chain is broken at event 1"),
        ('"nl":"Burgerzaken"', '"nl":"Andere"', "not the one that the run was approved with"),
        ('"format":1', '"format":99', "newer drd"),
    ],
)
def test_what_is_sealed_anew_still_has_to_agree(find: str, put: str, said: str) -> None:
    """The chain, the plan's hash and the form are looked at besides the seal."""
    lines = [line.replace(find, put) for line in content().decode().splitlines(keepends=True)]

    with pytest.raises(PermanentError, match=said):
        archive.read(resealed(lines), name="r-1.jsonl")


@pytest.mark.parametrize(
    ("find", "put"),
    [
        ('"kind":"run.claimed"', '"kinds":"run.claimed"'),
        ('"sequence":2', '"sequence":"two"'),
        ('{"event":{', '{"event":[],"was":{'),
        ('"run":"r-1"}}', '"runs":"r-1"}}'),
    ],
)
def test_lines_that_lack_what_must_be_there_are_a_broken_archive(find: str, put: str) -> None:
    """And no error of drd's own."""
    lines = [line.replace(find, put) for line in content().decode().splitlines(keepends=True)]

    with pytest.raises(PermanentError, match="not as it was written"):
        archive.read(resealed(lines), name="r-1.jsonl")


def test_people_may_write_what_some_take_for_an_end_of_line() -> None:
    """Text that was pasted holds such characters."""
    golden = keeping.read(next(path for path in keeping.kept() if path.stem == "4eaf57e-failover"))
    (run,) = golden.cards
    events: list[Event] = []
    for event in golden.of(run):
        told = replace(event, reason="pasted\u2028from\x85a mail")
        events.append(told.sealed(events[-1].hash if events else GENESIS))
    text = "".join(archive.write(golden.plans[golden.cards[run].plan_hash], events, (), at=NOON))

    assert archive.read(text.encode(), name="r-1.jsonl").events == tuple(events)


@pytest.mark.parametrize("drop", [2, 9, -2])
def test_a_missing_line_is_noticed_even_when_sealed_anew(drop: int) -> None:
    """The first event, a middle, and the ledger's, which only the seal covers."""
    lines = content().decode().splitlines(keepends=True)
    del lines[drop]
    with pytest.raises(PermanentError):
        archive.read("".join(lines).encode(), name="r-1.jsonl")
    if drop > 0:
        with pytest.raises(PermanentError, match="chain is broken"):
            archive.read(resealed(lines), name="r-1.jsonl")


@pytest.mark.parametrize("other", [b"", b"hello", b"{}\n", b"[1]\n[2]\n[3]\n", b"\xff\xfe"])
def test_another_file_is_refused_as_such(other: bytes) -> None:
    """Not as a broken archive."""
    with pytest.raises(InvalidError, match="no archive of a run"):
        archive.read(other, name="x")


def test_a_damaged_journal_is_not_written_as_evidence() -> None:
    """It is told as what it is, and not as a file that somebody changed."""
    golden = keeping.read(next(path for path in keeping.kept() if path.stem == "4eaf57e-failover"))
    (run,) = golden.cards
    events = [replace(event, actor="somebody") if event.sequence == 3 else event for event in golden.of(run)]

    with pytest.raises(PermanentError, match="journal of the run is damaged at event 3"):
        list(archive.write(golden.plans[golden.cards[run].plan_hash], events, (), at=NOON))
