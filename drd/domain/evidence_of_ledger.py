"""What a record of evidence says of what a run made, from the ledger, and of the service that it was about."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from drd.domain.canonical import Json
from drd.domain.estate import Service
from drd.domain.evidence import NOT_APPLICABLE, UNKNOWN

Entries: TypeAlias = Sequence[Mapping[str, Json]]
"""Entries of the ledger, as they stand in a run's archive."""


def left(ledger: Entries) -> list[Mapping[str, Json]]:
    """Give what is neither kept nor read back as gone."""
    return [entry for entry in ledger if not entry["keep"] and entry["removed-at"] is None]


def clean_up(ledger: Entries, *, proven: bool | str) -> dict[str, Json]:
    """Give what was made, removed, kept and left. `proven`: whether nothing else can be there."""
    return {
        "created": [
            {"id": entry["id"], "kind": entry["kind"], "step": entry["step"], "at": entry["recorded-at"]}
            for entry in ledger
        ],
        "deleted": [{"id": entry["id"], "at": entry["removed-at"]} for entry in ledger if entry["removed-at"]],
        "kept": [entry["id"] for entry in ledger if entry["keep"]],
        "left": [entry["id"] for entry in left(ledger)],
        "proven": proven,
    }


def data_protection(ledger: Entries, *, drill: bool) -> dict[str, Json]:
    """Give the copies of items, and when the last one of a drill was gone."""
    gone = [str(entry["removed-at"]) for entry in ledger if entry["removed-at"]]
    copies = [entry["id"] for entry in ledger if entry["item"]]
    deleted: Json = NOT_APPLICABLE
    if drill and copies:
        deleted = max(gone, default=UNKNOWN) if not left(ledger) else None
    return {"personal-data": UNKNOWN, "copies": copies, "copies-deleted-at": deleted}


def service_told(identity: str | None, service: Service | None, tier: int | None) -> Json:
    """Give the service as the catalogue has it; `service` is None for one that is gone from there."""
    if identity is None:
        return NOT_APPLICABLE
    rating = service.classification if service else None
    return {
        "id": identity,
        "name": service.name.to_json() if service else UNKNOWN,
        "owner": (service.owner if service else "") or UNKNOWN,
        "tier": tier if tier is not None else UNKNOWN,
        "class": {
            "confidentiality": rating.confidentiality,
            "integrity": rating.integrity,
            "availability": rating.availability,
        }
        if rating
        else UNKNOWN,
    }
