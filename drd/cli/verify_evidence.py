"""Checks a file of evidence of drd. Needs Python 3.9 or later and nothing else: `python verify_evidence.py FILE`.

Each line but the last holds a record. Its member `chain` names the SHA-256 of the record (`digest`), the installation,
the hash of the record before (`previous`) and its number (`sequence`); its member `hash` is the SHA-256 of `chain`.
Both are over the bytes as they stand in the line, so nothing is read or written anew. The last line is a seal: how many
records there are, and the hash of the last one. A record that was withheld is `null`.

Who can write the whole file can also make a new chain and seal. Against that only a note helps that was made earlier
and kept elsewhere: a checkpoint, one line `INSTALLATION NUMBER HASH`, as `drd evidence list` and `export` give it.
"""

import argparse
import re
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

FORM = b"evidence/v1"
_RECORD = re.compile(
    rb'\{"chain":(\{"digest":"([0-9a-f]{64})","form":"([^"]*)","installation":"([0-9a-z-]*)"'
    rb',"previous":"([0-9a-f]{64})","sequence":([1-9][0-9]{0,15})\}),"hash":"([0-9a-f]{64})","record":'
)
_SEAL = re.compile(
    rb'\{"seal":\{"head":"([0-9a-f]{64})","installation":"([0-9a-z-]*)","records":(0|[1-9][0-9]{0,15})\}\}\n'
)
_NOTE = re.compile(r"([0-9a-z-]+) +([1-9][0-9]{0,15}) +([0-9a-f]{64})")
_MOST = 20
_COPY = "compare the file with another copy"
_OTHER = f"{_COPY}; what stands before is as drd wrote it"
_EXPORT = "`drd evidence export --to FILE` writes such a file"


class Chain:
    """What was found in the lines so far. `faults` holds (line, what is wrong, what to do)."""

    def __init__(self, notes: Iterable[tuple[str, int, str]] = (), *, withheld: bool = False) -> None:
        """Take the checkpoints, and whether records may be withheld."""
        self.installation = ""
        self.records = self.withheld = 0
        self.head = "0" * 64
        self.faults: list[tuple[int, str, str]] = []
        self.lost = False
        self._line = 0
        self._sealed = False
        self._notes = tuple(notes)
        self._noted = {number for _, number, _ in self._notes}
        self._may_withhold = withheld

    def take(self, line: bytes) -> None:
        """Check the next line, with its end. `lost` says then whether looking on would tell anything more."""
        self._line += 1
        if self._sealed:
            self._tell("something stands behind the seal", _OTHER)
        elif (found := _RECORD.match(line)) is not None:
            self._record(line, found)
        elif (found := _SEAL.fullmatch(line)) is not None:
            self._seal(*(each.decode() for each in found.groups()))
        elif line[:10] == b'{"chain":{' or line[:9] == b'{"seal":{':
            self._tell("the line is cut off, or what stands before its record was changed", _OTHER)
        else:
            self._tell("this is no line of evidence", _EXPORT)

    def end(self) -> bool:
        """Check what can be told only at the end; say whether everything is as drd wrote it."""
        if not self._line:
            self._tell("the file is empty", _EXPORT)
        elif not self._sealed and not self.lost:
            self._tell("the file does not end with its seal: its end was cut off", _OTHER)
        for installation, number, _ in self._notes:
            if self.installation not in ("", installation):
                self._tell(f"the checkpoint is of installation {installation}, this of {self.installation}", _COPY)
            elif number > self.records:
                short = f"the checkpoint knows {number} records, here are {self.records}: cut off, or an older file"
                self._tell(short, "ask for a new export")
        return not self.faults

    def _record(self, line: bytes, found: "re.Match[bytes]") -> None:
        place, digest, form, installation, previous, number, told = found.groups()
        if form != FORM:
            self._tell(f"a newer drd wrote this: {form!r}", "take the verify_evidence.py of that drd")
            self.lost = True
            return
        record, claimed, sequence = line[found.end() : -2], told.decode(), int(number)
        if line[-2:] != b"}\n" or not record:
            self._tell(f"record {sequence} is cut off", _OTHER)
        elif sha256(place).hexdigest() != claimed:
            self._tell(f"record {sequence} was changed: its hash is not that of its place", _OTHER)
        elif record == b"null":
            self.withheld += 1
            if not self._may_withhold:
                self._tell(f"record {sequence} is withheld", "say --withheld where that is as it should be")
        elif sha256(record).hexdigest().encode() != digest:
            self._tell(f"record {sequence} was changed: it is not what its digest covers", _OTHER)
        self._place(installation.decode(), sequence, previous.decode(), claimed)

    def _place(self, installation: str, sequence: int, previous: str, claimed: str) -> None:
        self.installation = self.installation or installation
        if installation != self.installation:
            self._tell(f"record {sequence} is of another installation: {installation}", _OTHER)
        elif sequence != self.records + 1:
            self._tell(f"record {self.records + 1} should stand here, and {sequence} does: moved, or taken out", _OTHER)
        elif previous != self.head:
            self._tell(f"record {sequence} does not follow the one before: one of them was exchanged", _OTHER)
        self.records, self.head = sequence, claimed
        if sequence in self._noted and (self.installation, sequence, claimed) not in self._notes:
            self._tell(f"record {sequence} is not that of the checkpoint: the chain was written anew", _COPY)

    def _seal(self, head: str, installation: str, records: str) -> None:
        self._sealed = True
        self.installation = self.installation or installation
        if (head, installation, int(records)) != (self.head, self.installation, self.records):
            self._tell(f"the seal is that of {records} records ending in {head}, not of these", _OTHER)

    def _tell(self, what: str, then: str) -> None:
        self.faults.append((self._line, what, _COPY if self.faults and then == _OTHER else then))
        self.lost = self.lost or len(self.faults) >= _MOST


def verify(lines: Iterable[bytes], notes: Iterable[tuple[str, int, str]] = (), *, withheld: bool = False) -> Chain:
    """Check lines, each with its end, against themselves and against checkpoints."""
    chain = Chain(notes, withheld=withheld)
    for line in lines:
        chain.take(line)
        if chain.lost:
            break
    chain.end()
    return chain


def notes_of(text: str) -> list[tuple[str, int, str]]:
    """Read checkpoints, one a line. Raises ValueError for a line that is none, and where there is none at all."""
    found = [_NOTE.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    if not found or None in found:
        raise ValueError("no checkpoint: each line says INSTALLATION NUMBER HASH")
    return [(each[1], int(each[2]), each[3]) for each in found if each]


def main() -> int:
    """Check the file that is named: 0 when it is whole, 1 when not, 2 when it cannot be read."""
    parser = argparse.ArgumentParser(description="Check a file of evidence of drd.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--checkpoint", type=Path, help="a file with lines INSTALLATION NUMBER HASH")
    parser.add_argument("--withheld", action="store_true", help="records may be withheld")
    given = parser.parse_args()
    try:
        notes = notes_of(given.checkpoint.read_text(encoding="utf-8")) if given.checkpoint else []
        with given.file.open("rb") as lines:
            chain = verify(lines, notes, withheld=given.withheld)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for line, what, then in chain.faults:
        sys.stderr.write(f"{given.file}:{line}: {what}. {then}\n")
    if not chain.faults:
        held = f", {chain.withheld} withheld" if chain.withheld else ""
        sys.stdout.write(f"whole: {chain.records} records of {chain.installation}{held}, head {chain.head}\n")
    return 1 if chain.faults else 0


if __name__ == "__main__":
    sys.exit(main())
