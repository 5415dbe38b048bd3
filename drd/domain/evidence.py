"""Evidence: records that a thing was done and measured, each chained by hash to the one before.

A line of evidence is canonical JSON with three members. `chain` tells the record's place: the SHA-256 of the record
as it stands there (`digest`), the form, the installation, the hash of the record before, the number. `hash` is the
SHA-256 of `chain` as it stands there. `record` is what was done. Nothing is ever written anew to be checked: all hashes
are over the bytes as they are stored. A record that a reader may not see can be left out (`null`) without breaking the
chain. `drd.cli.verify_evidence` checks such lines, and knows nothing of drd.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from drd.domain.canonical import Json, canonical_json
from drd.domain.durations import format_instant
from drd.domain.ids import TenantId
from drd.domain.plan import Mode

FORM = "evidence/v1"
GENESIS = "0" * 64
"""The previous hash of an installation's first record."""

RUN_KEY = "run/"
"""A run's record has the key `run/ID`."""

EXERCISE_KEY = "exercise/"
"""An exercise's record has the key `exercise/TENANT/ID`."""

ADDITION_KEY = "addition/"
"""What people add to a record later has the key `addition/RECORD/ID`."""

KEYS = (RUN_KEY, "verification/", EXERCISE_KEY, ADDITION_KEY)
"""What the keys of records begin with."""

UNKNOWN = "unknown"
"""What drd does not know. Never invented, never left out."""

NOT_APPLICABLE = "not-applicable"
"""What has no meaning for such a record."""

FIELDS = (
    "id", "key", "type", "tenant", "recorded-at", "run", "service", "scenario", "plan", "trigger", "outcome",
    "approvals", "participants", "suppliers", "environment", "isolation", "points", "steps", "children", "integrity",
    "recovery-time", "recovery-point", "work-recovery-time", "deviations", "findings", "not-tested", "clean-up",
    "cost", "data-protection", "end-of-recovery", "tool", "role-file", "clock-offset", "checkpoint", "controls",
    "conductor", "exercise", "decisions", "records", "hypothesis",
)  # fmt: skip
"""Members of every record; one that whoever writes the record says nothing of is `unknown`. See docs/evidence.md."""

_OF_PEOPLE: Mapping[str, Json] = {"exercise": NOT_APPLICABLE, "decisions": NOT_APPLICABLE, "records": ()}
"""Members that only people's words fill; everybody else means the same by saying nothing of them."""

Contents: TypeAlias = Mapping[str, Json]


class EvidenceKind(StrEnum):
    """What a record is about. REAL moved production, for whatever reason; EXERCISE and ADDITION are told by people."""

    VERIFICATION = "verification"
    DRILL = "drill"
    EXERCISE = "exercise"
    REAL = "real"
    ADDITION = "addition"

    @classmethod
    def of(cls, mode: Mode) -> "EvidenceKind":
        """Give the kind of a run's record."""
        return cls.DRILL if mode is Mode.DRILL else cls.REAL


def record_id(key: str) -> str:
    """Name the record of a key: the same key, the same name."""
    return f"e-{hashlib.sha256(key.encode('utf-8')).hexdigest()[:16]}"


def record_added_to(key: str) -> str | None:
    """Give the id of the record that one with this key adds to; None for any that adds to none."""
    return key.removeprefix(ADDITION_KEY).partition("/")[0] if key.startswith(ADDITION_KEY) else None


def record_text(kind: EvidenceKind, tenant: TenantId, body: Contents, *, key: str, at: datetime) -> str:
    """Write a record in its one form, with all its members.

    `key` is what the record is about, such as `run/ID` or `verification/ID`, one record each; `at` is when it is
    recorded, in world time.

    Raises:
        TypeError: if the body holds what is no canonical JSON (a float, say).
        ValueError: if it names a member that no record has.
    """
    strange = body.keys() - set(FIELDS)
    if strange:
        raise ValueError(f"no record of evidence has {', '.join(sorted(strange))}")
    ours: dict[str, Json] = {
        "id": record_id(key),
        "key": key,
        "type": kind.value,
        "tenant": tenant,
        "recorded-at": format_instant(at),
    }
    return canonical_json(dict.fromkeys(FIELDS, UNKNOWN) | dict(_OF_PEOPLE) | dict(body) | ours)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRecord:
    """One record at its place in the chain.

    Attributes:
        installation: whose chain it is.
        sequence: 1, 2, 3 ... without gaps.
        previous: hash of the record before; `GENESIS` for the first.
        hash: as it was stored; `intact` compares it.
        text: the record in its one form.
    """

    installation: str
    sequence: int
    previous: str
    hash: str
    text: str

    @classmethod
    def sealed(cls, text: str, *, installation: str, previous: str, sequence: int) -> "EvidenceRecord":
        """Give a record its place."""
        digest = _sha256(chain_text(text, installation=installation, previous=previous, sequence=sequence))
        return cls(installation=installation, sequence=sequence, previous=previous, hash=digest, text=text)

    def intact(self) -> bool:
        """Say whether the hash is that of the rest."""
        return self.hash == _sha256(self._chain())

    def body(self) -> dict[str, Any]:
        """Read what it says."""
        body: dict[str, Any] = json.loads(self.text)
        return body

    def line(self, *, withheld: bool = False) -> str:
        """Write it as a line of an export, without its end. `withheld`: only its place, not what it says."""
        return f'{{"chain":{self._chain()},"hash":"{self.hash}","record":{"null" if withheld else self.text}}}'

    def _chain(self) -> str:
        return chain_text(self.text, installation=self.installation, previous=self.previous, sequence=self.sequence)


def chain_text(text: str, *, installation: str, previous: str, sequence: int) -> str:
    """Write what the hash of a record covers: its place, and the digest of what it says. Canonical JSON."""
    return (
        f'{{"digest":"{_sha256(text)}","form":"{FORM}","installation":"{installation}"'
        f',"previous":"{previous}","sequence":{sequence}}}'
    )


@dataclass(frozen=True, slots=True)
class ChainHead:
    """Where a chain ends. Whoever notes it elsewhere can tell later that nothing before it was changed or cut off."""

    installation: str
    sequence: int
    hash: str

    def seal(self) -> str:
        """Write the last line of an export, without its end."""
        return f'{{"seal":{{"head":"{self.hash}","installation":"{self.installation}","records":{self.sequence}}}}}'

    def checkpoint(self) -> str:
        """Write it for a note outside: one line, without its end."""
        return f"{self.installation} {self.sequence} {self.hash}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
