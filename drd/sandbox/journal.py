"""Every request, in order: the sandbox's own account of what reached Azure, and what it set in motion."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

from drd.sandbox.clock import instant_text
from drd.sandbox.wire import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request. `effects` says what was accepted: each started operation and each change, exactly once.

    Questions to guests through a front are entries too, with the operation `guest` or `guest.drill`, and so is a fault
    that struck while no call was being answered, with the operation `fault`. `strikes` names each fault that struck.
    """

    number: int
    at: datetime
    host_at: datetime
    method: str
    path: str
    operation: str
    status: int
    code: str = ""
    api_version: str = ""
    identity: str = ""
    client_request_id: str = ""
    correlation_id: str = ""
    body_sha256: str = ""
    fault: bool = False
    strikes: tuple[JsonObject, ...] = field(default=())
    effects: tuple[JsonObject, ...] = field(default=())

    def wire(self) -> JsonObject:
        """Return the entry as JSON."""
        return {
            "number": self.number,
            "at": instant_text(self.at),
            "host-at": instant_text(self.host_at),
            "method": self.method,
            "path": self.path,
            "operation": self.operation,
            "api-version": self.api_version,
            "identity": self.identity,
            "client-request-id": self.client_request_id,
            "correlation-id": self.correlation_id,
            "body-sha256": self.body_sha256,
            "status": self.status,
            "code": self.code,
            "fault": self.fault,
            "strikes": list(self.strikes),
            "effects": list(self.effects),
        }

    def essence(self) -> str:
        """Return what is the same for the same seed and the same calls: no host time, no ids that callers make up."""
        shown = self.wire()
        for accidental in ("host-at", "client-request-id", "correlation-id"):
            del shown[accidental]
        return json.dumps(shown, sort_keys=True, separators=(",", ":"), default=str)


class Journal:
    """The entries, numbered from 1."""

    def __init__(self) -> None:
        """Start empty."""
        self.entries: list[Entry] = []

    @property
    def next_number(self) -> int:
        """Return the number of the next entry."""
        return len(self.entries) + 1

    def append(self, entry: Entry) -> None:
        """Add an entry."""
        self.entries.append(entry)

    def digest(self) -> str:
        """Return the SHA-256 over the essence of all entries."""
        found = hashlib.sha256()
        for entry in self.entries:
            found.update(entry.essence().encode() + b"\n")
        return found.hexdigest()

    def since(self, number: int = 0) -> list[Entry]:
        """Return the entries after `number`."""
        return self.entries[number:]

    def effects(self, kind: str | None = None) -> list[JsonObject]:
        """Return all effects in order, narrowed to a kind."""
        return [
            effect for entry in self.entries for effect in entry.effects if kind is None or effect.get("kind") == kind
        ]
