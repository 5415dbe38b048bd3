"""T24: evidence that somebody tampered with, found by the program that goes with every export, and how fast that is.

A chain is written by the store itself. What is changed in it is drawn by chance: bytes and lines of an export, and rows
as a changed database would give them. Some changes leave a chain that agrees with itself (its end cut off and sealed
anew, written anew from a record on, another file, an old one): they are looked for with a checkpoint, all others
without. Every change is one that the bytes show; the same chain unchanged must be found whole.
"""

import asyncio
import hashlib
import io
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from drd.cli import verify_evidence
from drd.domain.canonical import Json
from drd.domain.evidence import GENESIS, ChainHead, EvidenceKind, EvidenceRecord, record_text
from drd.domain.ids import TenantId
from drd.store.opening import open_store
from proofs.result import Extent, Goal, Proof, Result

_NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
_RECORDS = 60
_OLD = 40
_FULL = 2000
_SHARE = 200
_FAST_FULL, _FAST_SHARE = 1_000_000, 20_000
_PORTION = 20_000
_MOST_SECONDS = 10.0
_MOST_TIMES_HASHING = 20.0
_BY_PROGRAM = 100
"""One in so many is checked by the program as it is shipped, in an interpreter that sees nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """What there is to tamper with: a chain, the same when it was shorter, and another installation's."""

    ours: tuple[EvidenceRecord, ...]
    theirs: tuple[EvidenceRecord, ...]

    @property
    def note(self) -> tuple[str, int, str]:
        """Give the checkpoint of the chain's end."""
        last = self.ours[-1]
        return last.installation, last.sequence, last.hash


def _body(number: int, chance: Random) -> dict[str, Json]:
    return {
        "service": {"id": f"service-{number % 7}", "name": {"nl": "Burgerzaken é€😀"}, "owner": "team", "tier": 1},
        "outcome": {"state": chance.choice(["passed", "failed", "inconclusive"])},
        "points": [{"item": f"vm-{number}", "point": f"{chance.getrandbits(64)}", "age-ms": chance.randrange(10**9)}],
        "integrity": {"probes": [{"step": "web", "said": "x" * chance.randrange(600)}], "checksums": "unknown"},
    }


async def _written(seed: int) -> tuple[EvidenceRecord, ...]:
    chance = Random(seed)  # noqa: S311 - chance that can be repeated
    store = await open_store("sqlite://", daemon="a", threads=False)
    for number in range(1, _RECORDS + 1):
        at = _NOON + timedelta(minutes=number)
        await store.evidence.append(
            EvidenceKind.VERIFICATION, TenantId("town"), _body(number, chance), at, key=f"verification/{number}"
        )
    records = await store.evidence.page(after=0, most=_RECORDS)
    await store.close()
    return records


def lines_of(records: Sequence[EvidenceRecord]) -> list[bytes]:
    """Give the lines of an export of these rows."""
    last = records[-1]
    seal = ChainHead(last.installation, last.sequence, last.hash).seal()
    return [f"{line}\n".encode() for line in (*(record.line() for record in records), seal)]


def _anew(records: Sequence[EvidenceRecord], start: int) -> list[EvidenceRecord]:
    """Chain records anew from one on, as somebody would who knows how."""
    done = list(records[:start])
    for record in records[start:]:
        previous = done[-1].hash if done else GENESIS
        place = {"installation": record.installation, "previous": previous, "sequence": len(done) + 1}
        done.append(EvidenceRecord.sealed(record.text, **place))  # type: ignore[arg-type]  # members by name
    return done


def _edited(record: EvidenceRecord, chance: Random) -> EvidenceRecord:
    place = chance.randrange(1, len(record.text) - 1)
    return replace(record, text=f"{record.text[:place]}{chance.choice('abc0')}{record.text[place + 1 :]}")


def _split(content: bytes) -> list[bytes]:
    return io.BytesIO(content).readlines()


def _flip(chains: Chains, chance: Random) -> list[bytes]:
    content = bytearray(b"".join(lines_of(chains.ours)))
    content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    return _split(bytes(content))


def _edit(chains: Chains, chance: Random) -> list[bytes]:
    records = list(chains.ours)
    place = chance.randrange(len(records))
    records[place] = _edited(records[place], chance)
    return lines_of(records)


def _edit_line(chains: Chains, chance: Random) -> list[bytes]:
    """Change what stands in the file, digest and all left as they are."""
    lines = lines_of(chains.ours)
    place = chance.randrange(len(chains.ours))
    old, new = chains.ours[place].text, _edited(chains.ours[place], chance).text
    lines[place] = lines[place].replace(old.encode(), new.encode())
    return lines


def _rehash(chains: Chains, chance: Random) -> list[bytes]:
    """Change one record and its own hashes, and nothing after it; of the last one the seal stays."""
    records, place = list(chains.ours), chance.randrange(len(chains.ours))
    found = _edited(records[place], chance)
    records[place] = EvidenceRecord.sealed(
        found.text, installation=found.installation, previous=found.previous, sequence=found.sequence
    )
    return [*lines_of(records)[:-1], lines_of(chains.ours)[-1]]


def _delete(chains: Chains, chance: Random) -> list[bytes]:
    lines = lines_of(chains.ours)
    first = chance.randrange(len(chains.ours))
    del lines[first : first + chance.choice((1, 1, 3))]
    return lines


def _insert(chains: Chains, chance: Random) -> list[bytes]:
    lines, place = lines_of(chains.ours), chance.randrange(len(chains.ours))
    before = chains.ours[place]
    forged = EvidenceRecord.sealed(
        before.text, installation=before.installation, previous=before.previous, sequence=before.sequence
    )
    lines.insert(place + chance.randrange(2), f"{forged.line()}\n".encode())
    return lines


def _reorder(chains: Chains, chance: Random) -> list[bytes]:
    lines = lines_of(chains.ours)
    one, other = chance.sample(range(len(lines)), 2)
    if chance.randrange(2):
        lines[one], lines[other] = lines[other], lines[one]
    else:
        lines.insert(other, lines.pop(one))
    return lines


def _cut(chains: Chains, chance: Random) -> list[bytes]:
    content = b"".join(lines_of(chains.ours))
    return _split(content[: chance.randrange(len(content))])


def _cut_lines(chains: Chains, chance: Random) -> list[bytes]:
    lines = lines_of(chains.ours)
    return [*lines[: chance.randrange(len(chains.ours))], *lines[-1 - chance.randrange(2) : -1], lines[-1]][:_RECORDS]


def _withhold(chains: Chains, chance: Random) -> list[bytes]:
    lines, place = lines_of(chains.ours), chance.randrange(len(chains.ours))
    lines[place] = f"{chains.ours[place].line(withheld=True)}\n".encode()
    return lines


def _swap_line(chains: Chains, chance: Random) -> list[bytes]:
    records, place = list(chains.ours), chance.randrange(len(chains.ours))
    records[place] = chains.theirs[place]
    return [*lines_of(records)[:-1], lines_of(chains.ours)[-1]]


def _row(chains: Chains, chance: Random) -> list[bytes]:
    """Change a column of a row: its hash, its link, its number, its installation."""
    records, place = list(chains.ours), chance.randrange(len(chains.ours))
    other = chains.ours[place - 1]
    records[place] = chance.choice(
        (
            replace(records[place], hash=other.hash),
            replace(records[place], previous=other.previous),
            replace(records[place], sequence=other.sequence),
            replace(records[place], installation="i-0000000000000000"),
            replace(records[place], text=other.text),
        )
    )
    return [*lines_of(records)[:-1], lines_of(chains.ours)[-1]]


def _tail(chains: Chains, chance: Random) -> list[bytes]:
    return lines_of(chains.ours[: chance.randrange(1, len(chains.ours))])


def _written_anew(chains: Chains, chance: Random) -> list[bytes]:
    records, place = list(chains.ours), chance.randrange(len(chains.ours))
    records[place] = _edited(records[place], chance)
    return lines_of(_anew(records, place))


def _taken_out(chains: Chains, chance: Random) -> list[bytes]:
    records, place = list(chains.ours), chance.randrange(len(chains.ours))
    del records[place]
    return lines_of(_anew(records, place))


def _swapped(chains: Chains, _chance: Random) -> list[bytes]:
    return lines_of(chains.theirs)


def _old(chains: Chains, chance: Random) -> list[bytes]:
    return lines_of(chains.ours[: _OLD + chance.randrange(_RECORDS - _OLD)])


Change = Callable[[Chains, Random], list[bytes]]

WITHOUT: tuple[Change, ...] = (
    _flip, _edit, _edit_line, _rehash, _delete, _insert, _reorder, _cut, _cut_lines, _withhold, _swap_line, _row,
)  # fmt: skip
"""Found by the file itself."""

WITH: tuple[Change, ...] = (_tail, _written_anew, _taken_out, _swapped, _old)
"""Found by a checkpoint."""


def changed(chains: Chains, number: int, seed: int) -> tuple[Change, list[bytes]]:
    """Give what is changed at a number, and the lines that come of it; never the lines as they were."""
    chance = Random(f"{seed}/{number}")  # noqa: S311 - as above
    change = (*WITHOUT, *WITH)[number % len((*WITHOUT, *WITH))]
    original = b"".join(lines_of(chains.ours))
    while True:
        lines = change(chains, chance)
        if b"".join(lines) != original:
            return change, lines


def _found(lines: list[bytes], notes: list[tuple[str, int, str]], *, program: bool) -> bool:
    if not program:
        return bool(verify_evidence.verify(lines, notes).faults)
    with tempfile.TemporaryDirectory() as folder:
        file, noted = Path(folder, "chain.jsonl"), Path(folder, "noted")
        file.write_bytes(b"".join(lines))
        noted.write_text("".join(f"{i} {number} {digest}\n" for i, number, digest in notes), encoding="utf-8")
        told = ["--checkpoint", str(noted)] if notes else []
        command = [sys.executable, "-I", "-S", str(verify_evidence.__file__), str(file), *told]
        return subprocess.run(command, capture_output=True, check=False).returncode == 1


def prove(extent: Extent) -> Result:
    """Tamper, look, and measure."""
    chains = Chains(ours=asyncio.run(_written(extent.seed)), theirs=asyncio.run(_written(extent.seed + 1)))
    bad: list[str] = []
    kinds: Counter[str] = Counter()
    for number in range(extent.count):
        change, lines = changed(chains, number, extent.seed)
        notes = [chains.note] if change in WITH else []
        if not _found(lines, notes, program=number % _BY_PROGRAM == 0):
            bad.append(f"{change.__name__.strip('_')} {number} of seed {extent.seed}")
        kinds["with a checkpoint" if change in WITH else "without one"] += 1
    whole = lines_of(chains.ours)
    if _found(whole, [chains.note], program=True) or _found(whole, [chains.note], program=False):
        bad.append("the chain as it was written is not found whole")
    how = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    speed, goal = _speed(_FAST_FULL if extent.count >= _FULL else _FAST_SHARE)
    return Result(
        done=extent.count,
        bad=tuple(bad),
        figures=f"not found: {len(bad)}; looked for {how}; {speed}",
        goals=(goal,),
        seeds=str(extent.seed),
    )


def _speed(records: int) -> tuple[str, Goal]:
    """Verify a long chain, portion by portion, and hash the same lines once, without anything else."""
    chain, text = verify_evidence.Chain(), record_text(
        EvidenceKind.VERIFICATION, TenantId("town"), _body(1, Random(1)), key="verification/1", at=_NOON  # noqa: S311 - as above
    )  # fmt: skip
    previous, took, wall, hashing, size = GENESIS, 0.0, 0.0, 0.0, 0
    for start in range(0, records, _PORTION):
        lines = []
        for number in range(start + 1, start + _PORTION + 1):
            record = EvidenceRecord.sealed(text, installation="i-0", previous=previous, sequence=number)
            previous = record.hash
            lines.append(f"{record.line()}\n".encode())
        size += sum(map(len, lines))
        began, began_wall = time.process_time(), time.perf_counter()
        for line in lines:
            chain.take(line)
        took, wall = took + time.process_time() - began, wall + time.perf_counter() - began_wall
        began = time.process_time()
        for line in lines:
            hashlib.sha256(line).digest()
        hashing += time.process_time() - began
    times = took / hashing
    told = (
        f"{records} records of {size // records} bytes in {took:.2f} s of CPU ({wall:.2f} s on the clock),"
        f" {times:.1f} times as long as hashing them"
    )
    if chain.faults or chain.records != records:
        return told, Goal(text="the long chain is whole", met=False)
    if records < _FAST_FULL:
        return told, Goal(text=f"at most {_MOST_TIMES_HASHING:.0f} times hashing", met=times <= _MOST_TIMES_HASHING)
    return told, Goal(text=f"1,000,000 records in at most 10 s of CPU: {took:.2f} s", met=took <= _MOST_SECONDS)


PROOF = Proof(
    name="tampering",
    tests="T24",
    promises="-",
    says="evidence is edited, cut off, reordered, forged and exchanged, and a million records are verified",
    asks="every change is found",
    unit="changes",
    full=_FULL,
    share=_SHARE,
    prove=prove,
)
