"""Evidence as a person lists, shows, exports and checks it."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from drd.cli import verify_evidence
from drd.domain.evidence import FORM, EvidenceKind
from drd.domain.ids import TenantId
from tests.fakes.memory_evidence import MemoryEvidence
from tests.fakes.served_house import ServedHouse
from tests.fakes.virtual_clock import EPOCH
from tests.unit.cli.conftest import Drd

pytestmark = pytest.mark.timeout(10)


def fill(book: MemoryEvidence, records: int = 3) -> None:
    """Write records: a drill first, then verifications."""

    async def write() -> None:
        for number in range(1, records + 1):
            kind = EvidenceKind.DRILL if number == 1 else EvidenceKind.VERIFICATION
            key = "run/r-1" if number == 1 else f"verification/v-{number}"
            body: dict[str, Any] = {"service": {"id": f"s{number}"}, "outcome": {"state": "succeeded"}}
            await book.append(kind, TenantId("voorbeeld"), body, EPOCH, key=key)

    asyncio.run(write())


@pytest.fixture
def book(served: ServedHouse) -> MemoryEvidence:
    """Give the book of the served house, with three records."""
    fill(served.evidence)
    return served.evidence


def test_the_list_tells_where_the_chain_ends(book: MemoryEvidence, drd: Drd) -> None:
    """Newest first, chosen by kind and service; the end is there to be noted."""
    lines = drd("evidence", "list", "--lang", "en").out.splitlines()

    assert [line.split()[0] for line in lines[1:4]] == ["3", "2", "1"]
    assert "run/r-1" in lines[3]
    assert lines[-1].endswith(f"{book.installation} 3 {book.records[-1].hash}")
    data = json.loads(drd("evidence", "list", "--kind", "drill", "-o", "json").out)
    assert [(each["id"], each["outcome"], each["intact"]) for each in data] == [
        (book.records[0].body()["id"], "succeeded", True)
    ]
    assert drd("evidence", "list", "--service", "s2", "-o", "tsv").out.count("\n") == 1
    assert "geslaagd" in drd("evidence", "list", "--lang", "nl").out


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("succeeded", "réussi"),
        ("passed", "réussi"),
        ("inconclusive", "non concluant"),
        ("abandoned", "abandonné"),
        ("held", "tenu"),
        ("told", "communiqué"),
        ("of-tomorrow", "of-tomorrow"),
    ],
)
def test_how_it_ended_is_in_the_readers_language(served: ServedHouse, drd: Drd, state: str, said: str) -> None:
    """A run, a verification, and what people told; a word of a later version as it stands."""
    body: dict[str, Any] = {"service": {"id": "s"}, "outcome": {"state": state}}
    asyncio.run(served.evidence.append(EvidenceKind.VERIFICATION, TenantId("voorbeeld"), body, EPOCH, key="k"))

    line = drd("evidence", "list", "--lang", "fr").out.splitlines()[1]

    assert f"  {said}  " in line


def test_a_record_is_shown_by_its_run(book: MemoryEvidence, drd: Drd) -> None:
    """In short for people, whole for machines."""
    shown = drd("evidence", "show", "r-1", "--lang", "en")
    whole = json.loads(drd("evidence", "show", "1", "-o", "json").out)

    assert "unknown" in shown.out
    assert book.records[0].hash in shown.out
    assert (whole["record"], whole["intact"]) == (book.records[0].body(), True)
    assert drd("evidence", "show", "r-9").code == 3


def test_an_export_is_checked_by_its_own_program(book: MemoryEvidence, drd: Drd, tmp_path: Path) -> None:
    """In another folder, without drd on the path and without anything that Python has not itself."""
    done = drd("evidence", "export", "--to", "chain.jsonl", "--checkpoint", "noted", "--lang", "en")
    command = [sys.executable, "-I", "-S", "verify_evidence.py", "chain.jsonl", "--checkpoint", "noted"]
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)

    assert (done.code, done.err.count("\n")) == (0, 2)
    assert (tmp_path / "noted").read_text(encoding="utf-8") == f"{book.installation} 3 {book.records[-1].hash}\n"
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout == f"whole: 3 records of {book.installation}, head {book.records[-1].hash}\n"
    assert drd("evidence", "verify", "chain.jsonl", "--checkpoint", "noted").code == 0
    (tmp_path / "chain.jsonl").write_text("{}\n", encoding="utf-8")
    again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
    assert again.returncode == 1
    assert again.stderr.startswith("chain.jsonl:1: this is no line of evidence. `drd evidence export")


def test_what_the_daemon_stores_is_checked_too(book: MemoryEvidence, drd: Drd) -> None:
    """Record by record, on this side of the socket; a change is told with its place, and in the list."""
    assert drd("evidence", "verify", "-o", "json").code == 0
    changed = book.records[1].text.replace("succeeded", "failed")
    object.__setattr__(book.records[1], "text", changed)
    told = drd("evidence", "verify", "--lang", "en")

    assert told.code == 1
    assert ":2: record 2 was changed" in told.err
    assert "CHANGED" in drd("evidence", "list", "--lang", "en").out


def test_an_export_that_fails_leaves_the_last_one(book: MemoryEvidence, drd: Drd, tmp_path: Path) -> None:
    """No daemon answers, the file is there, or the place cannot be written: all are told."""
    assert drd("evidence", "export", "--to", "chain.jsonl").code == 0
    before = (tmp_path / "chain.jsonl").read_bytes()
    away = drd("evidence", "export", "--to", "other.jsonl", "--socket", str(tmp_path / "nobody.sock"))
    nowhere = drd("evidence", "export", "--to", "no/such/folder/chain.jsonl", "--lang", "en")

    assert (away.code, nowhere.code, drd("evidence", "export", "--to", "chain.jsonl").code) == (1, 5, 5)
    assert not (tmp_path / "other.jsonl").exists()
    assert "the file cannot be written: No such file or directory" in nowhere.err
    assert (tmp_path / "chain.jsonl").read_bytes() == before
    assert len(book.records) == 3


def test_an_empty_book_is_whole(served: ServedHouse, drd: Drd) -> None:
    """There is nothing to show, and nothing is wrong."""
    assert not served.evidence.records
    assert drd("evidence", "list").code == 0
    assert drd("evidence", "export", "--to", "chain.jsonl").code == 0
    assert drd("evidence", "verify", "chain.jsonl").code == 0


@pytest.mark.parametrize(
    ("lines", "line", "what"),
    [
        (lambda _: [b"PK\x03\x04 some other file\n"], 1, "no line of evidence"),
        (lambda _: [], 0, "empty"),
        (lambda lines: [*lines[:2], lines[2][:-40]], 3, "cut off"),
        (lambda lines: lines[:3], 3, "its end was cut off"),
        (lambda lines: [lines[0].replace(FORM.encode(), b"evidence/v2"), *lines[1:]], 1, "a newer drd"),
        (lambda lines: [lines[0], lines[1].replace(b"i-01", b"i-99"), *lines[2:]], 2, "was changed"),
        (lambda lines: [*lines, b"more\n"], 5, "behind the seal"),
        (lambda lines: [lines[0], b"\xff\xfe\n", *lines[1:]], 2, "no line of evidence"),
    ],
)
def test_a_bad_file_is_told_with_its_line(
    book: MemoryEvidence, drd: Drd, tmp_path: Path, lines: Any, *, line: int, what: str
) -> None:
    """And with what to do."""
    assert len(book.records) == 3
    drd("evidence", "export", "--to", "chain.jsonl")
    file = tmp_path / "chain.jsonl"
    file.write_bytes(b"".join(lines(file.read_bytes().splitlines(keepends=True))))

    told = drd("evidence", "verify", "chain.jsonl", "--lang", "en")

    assert told.code == 1
    assert f"chain.jsonl:{line}: " in told.err
    assert what in told.err
    assert "Hint:" in told.err


def test_a_record_of_another_installation_is_told(book: MemoryEvidence) -> None:
    """Though it is whole in itself."""
    other = MemoryEvidence(installation="i-fedcba9876543210")
    fill(other)
    lines = [f"{record.line()}\n".encode() for record in book.records]
    lines[1] = f"{other.records[1].line()}\n".encode()

    (first, *_) = verify_evidence.verify(lines).faults
    assert (first[0], first[1]) == (2, "record 2 is of another installation: i-fedcba9876543210")


def test_a_checkpoint_of_another_installation_and_a_bad_one_are_told(
    book: MemoryEvidence, drd: Drd, tmp_path: Path
) -> None:
    """A file that was exchanged as a whole is found by the note alone."""
    assert book.records
    drd("evidence", "export", "--to", "chain.jsonl")
    (tmp_path / "noted").write_text(f"i-other 2 {'a' * 64}\n", encoding="utf-8")
    (tmp_path / "bad").write_text("once upon a time\n", encoding="utf-8")

    told = drd("evidence", "verify", "chain.jsonl", "--checkpoint", "noted", "--lang", "en")
    assert (told.code, "is of installation i-other" in told.err) == (1, True)
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    for bad in ("bad", "empty"):
        refused = drd("evidence", "verify", "chain.jsonl", "--checkpoint", bad, "--lang", "en")
        assert (refused.code, "no checkpoint" in refused.err) == (2, True)
    assert drd("evidence", "verify", "chain.jsonl", "--checkpoint", "nothing").code == 3
    assert drd("evidence", "verify", "nothing.jsonl").code == 3


def test_a_file_that_cannot_be_read_is_no_defect_of_drd(book: MemoryEvidence, drd: Drd) -> None:
    """A name that no file system bears, in every place where one can be given."""
    assert book.records
    drd("evidence", "export", "--to", "chain.jsonl")
    long = "x" * 300
    for command in (
        ("evidence", "verify", long),
        ("evidence", "verify", "chain.jsonl", "--checkpoint", long),
        ("evidence", "export", "--to", long),
        ("run", "verify", long),
    ):
        told = drd(*command, "--lang", "en")
        assert told.code == (5 if command[1] == "export" else 2)
        assert "File name too long" in told.err
        assert "defect" not in told.err


def test_only_the_first_fault_of_a_file_vouches_for_what_stands_before(book: MemoryEvidence) -> None:
    """And none does where the whole chain may have been written anew."""
    lines = [f"{record.line()}\n".encode() for record in book.records]
    spoilt = [lines[0], b"{}\n", lines[1].replace(b"i-01", b"i-99"), lines[2]]
    anew = verify_evidence.verify(lines, [(book.installation, 3, "a" * 64)])

    vouching = ["as drd wrote it" in then for _, _, then in verify_evidence.verify(lines[:2]).faults]
    spoiling = ["as drd wrote it" in then for _, _, then in verify_evidence.verify(spoilt).faults]
    assert (vouching, any(spoiling)) == ([True], False)
    assert "as drd wrote it" not in next(then for _, what, then in anew.faults if "written anew" in what)
