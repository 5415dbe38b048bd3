"""The ledger: what runs create, written before it is made; so nothing is left behind, and nothing else deleted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.ids import ArmId, ItemId, RunId, StepId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that a run created or was about to create.

    Attributes:
        kind: `resource`, `resource-group` or `test-failover`.
        keep: True for what a failover makes: it is production from then on and never cleaned up.
        expires_at: when the reaper may remove it; None for what is kept.
        removed_at: when its absence was read back.
    """

    id: ArmId
    kind: str
    run: RunId
    step: StepId
    tenant: TenantId
    recorded_at: datetime
    keep: bool
    expires_at: datetime | None = None
    item: ItemId | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    removed_at: datetime | None = None

    def to_json(self) -> dict[str, Json]:
        """Write it for a run's archive."""
        return {
            "id": self.id.text,
            "kind": self.kind,
            "step": self.step,
            "recorded-at": format_instant(self.recorded_at),
            "keep": self.keep,
            "expires-at": format_instant(self.expires_at) if self.expires_at else None,
            "item": self.item,
            "details": dict(self.details),
            "removed-at": format_instant(self.removed_at) if self.removed_at else None,
        }


class Ledger(Protocol):
    """Durable list of creations. Errors as `Journal`'s."""

    async def record(self, entries: tuple[Entry, ...]) -> None:
        """Write entries; one that is there already (same run, step and id) stays as it is. Durable on return."""
        ...

    async def removed(self, run: RunId, resource: ArmId, *, at: datetime) -> None:
        """Note that its absence was read back. May be called twice."""
        ...

    async def of_run(self, run: RunId) -> tuple[Entry, ...]:
        """Give everything that a run recorded, in order."""
        ...

    async def open(self) -> tuple[Entry, ...]:
        """Give everything that is not kept and not yet removed."""
        ...
