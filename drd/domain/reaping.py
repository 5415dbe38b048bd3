"""What the reaper found of drills, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from drd.domain.canonical import Json
from drd.domain.ids import ArmId


class Reaping(StrEnum):
    """What became of one thing.

    REMOVED: it was removed, and its absence read back. WOULD_REMOVE: a dry run found that it may be removed.
    LEFT: it may be removed, and could not be. REPORTED: it is not removed, because nothing shows that it may be.
    """

    REMOVED = "removed"
    WOULD_REMOVE = "would-remove"
    LEFT = "left"
    REPORTED = "reported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaped:
    """One thing.

    Attributes:
        id: the resource group, the resource, or the replicated item whose test failover it is.
        kind: `resource-group`, `resource` or `test-failover`.
        run: which run made it, as ledger or tags say; empty when nobody says.
        code: stable name of why, empty for what was removed: `foreign-tags`, `unsealed`, `seal-broken`, `no-key`,
            `older-than-its-group`, `locked`, `under-way`, `not-in-a-group`, `test-failover-open`,
            `test-failover-of-others`, `unknown-run`, or the code of the error that came between.
    """

    outcome: Reaping
    id: ArmId
    kind: str
    run: str = ""
    code: str = ""
    because: str = ""
    hint: str = ""

    @property
    def settled(self) -> bool:
        """Say whether nobody has to do anything about it."""
        return self.outcome in {Reaping.REMOVED, Reaping.WOULD_REMOVE}

    def to_json(self) -> dict[str, Json]:
        """Write it for people and machines."""
        return {
            "outcome": self.outcome.value,
            "kind": self.kind,
            "id": str(self.id),
            "run": self.run,
            "code": self.code,
            "because": self.because,
            "hint": self.hint,
        }
