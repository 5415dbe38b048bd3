"""What people tell: of an exercise that drd had no part in, or of a run what no journal knows. A record of its own.

A record is never changed, so what becomes known later stands in a record that names the first one by its hash.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from drd.domain.canonical import Json, canonical_json
from drd.domain.durations import parse_instant
from drd.domain.evidence import ADDITION_KEY, EXERCISE_KEY, NOT_APPLICABLE, UNKNOWN, Contents, EvidenceRecord

HELD = "held"
"""The state of an exercise."""

TOLD = "told"
"""The state of an addition."""

EXERCISE_CONTROLS = ("CyFun PR.DS-11.4", "CyFun ID.IM-02.1", "CyFun ID.IM-04.1", "NIS2 IR 4.1.4")
"""What the record of an exercise is evidence for."""

_OWN = ("title", "form", "announced", "from", "until")
_CHECKS = ("checksums", "row-counts", "malware-scan")


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What was told, with the shape that its file has; who is meant is named by role.

    Attributes:
        id: its name, once per municipality or per record that it adds to: told twice it is one record.
        tenant: whose it is.
        said: the members of the file. One that is not there was not told, which is not the same as an empty list.
    """

    id: str
    tenant: str
    said: Mapping[str, Json]

    @property
    def digest(self) -> str:
        """SHA-256 of what was told: the same words, the same digest."""
        return hashlib.sha256(canonical_json(dict(self.said)).encode("utf-8")).hexdigest()

    @property
    def ended_at(self) -> datetime:
        """When an exercise was over."""
        return parse_instant(str(self.said["until"]))

    @property
    def service(self) -> str | None:
        """The service that an exercise was about; None for the whole municipality."""
        service = self.said.get("service")
        return None if service is None else str(service)

    def names(self) -> tuple[str, ...]:
        """Give the records, and runs, that it refers to, each once."""
        others = [str(name) for name in _list(self.said, "records")]
        again = [str(each["re-test"]) for each in _findings(self.said) if each.get("re-test")]
        return tuple(dict.fromkeys((*others, *again)))


def exercise_key(tenant: str, identity: str) -> str:
    """Give the key of an exercise's record."""
    return f"{EXERCISE_KEY}{tenant}/{identity}"


def addition_key(record: str, identity: str) -> str:
    """Give the key of what adds to the record with this id."""
    return f"{ADDITION_KEY}{record}/{identity}"


def evidence_of_exercise(
    told: Statement, service: Json, linked: Sequence[EvidenceRecord], *, by: str, version: str
) -> Contents:
    """Give the members of an exercise's record.

    `service` is as the record of a run tells its service, `linked` the records that `told` names; `by` recorded it,
    with this `version` of drd.
    """
    said = told.said
    return {
        **_common(told, linked, by=by, version=version),
        "service": service,
        "outcome": {"state": HELD, "because": ""},
        "exercise": {"id": told.id, **{name: said.get(name, UNKNOWN) for name in _OWN}},
        "environment": {"mode": "exercise", "moved-production": False},
        "controls": list(EXERCISE_CONTROLS),
        **dict.fromkeys(_OF_MACHINES, NOT_APPLICABLE),
    }


def evidence_of_addition(
    told: Statement, about: EvidenceRecord, linked: Sequence[EvidenceRecord], *, by: str, version: str
) -> Contents:
    """Give the members of a record that adds to another one, which it names first among its records."""
    first = about.body()
    service = first["service"]
    return {
        **_common(told, (about, *linked), by=by, version=version),
        "service": {"id": service["id"]} if isinstance(service, Mapping) else service,
        "run": {"id": first["run"]["id"]} if isinstance(first["run"], Mapping) else first["run"],
        "outcome": {"state": TOLD, "because": ""},
        "controls": [],
        **dict.fromkeys((*_OF_MACHINES, "environment", "plan"), NOT_APPLICABLE),
    }


_OF_MACHINES = (
    "approvals", "isolation", "points", "steps", "children", "recovery-time", "recovery-point", "clean-up", "cost",
    "role-file", "clock-offset",
)  # fmt: skip
"""Members that tell what drd did; people tell none of them."""


def _common(told: Statement, linked: Sequence[EvidenceRecord], *, by: str, version: str) -> dict[str, Json]:
    said = told.said
    return {
        "trigger": {"by": by, "why": "", "key": told.id, "digest": told.digest},
        "records": [_link(record) for record in dict.fromkeys(linked)],
        "scenario": said.get("scenario", UNKNOWN),
        "participants": said.get("participants", UNKNOWN),
        "suppliers": said.get("suppliers", UNKNOWN),
        "decisions": said.get("decisions", UNKNOWN),
        "deviations": said.get("deviations", UNKNOWN),
        "findings": [_finding(each) for each in _findings(said)] if "findings" in said else UNKNOWN,
        "not-tested": said.get("not-tested", UNKNOWN),
        "integrity": {
            "probes": NOT_APPLICABLE,
            "accepted-by": said.get("accepted", UNKNOWN),
            **{name: said.get(name, UNKNOWN) for name in _CHECKS},
        },
        "data-protection": {"personal-data": said.get("personal-data", UNKNOWN)},
        "end-of-recovery": said.get("end", UNKNOWN),
        "tool": {"version": version, "daemons": []},
    }


def _link(record: EvidenceRecord) -> Json:
    body = record.body()
    return {"id": body["id"], "key": body["key"], "sequence": record.sequence, "hash": record.hash}


def _finding(told: Mapping[str, Json]) -> Json:
    return {
        "code": "told",
        "severity": told["severity"],
        "subject": told["id"],
        "message": told["text"],
        "owner": told["owner"],
        "due": told["due"],
        "status": told["status"],
        "re-test-run": told.get("re-test", UNKNOWN),
    }


def _findings(said: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    return [each for each in _list(said, "findings") if isinstance(each, Mapping)]


def _list(said: Mapping[str, Json], name: str) -> list[Json]:
    value = said.get(name)
    return list(value) if isinstance(value, list | tuple) else []
