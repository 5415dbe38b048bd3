"""Where verifications are kept: append-only, each once, and which runs were already asked what they prove."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drd.domain.ids import ItemId, RunId, TenantId
from drd.domain.ladder import Rung, Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationFilter:
    """Which verifications a list wants; None means all."""

    tenant: TenantId | None = None
    item: ItemId | None = None
    rung: Rung | None = None
    run: RunId | None = None
    newest: int = 200


class Verifications(Protocol):
    """Durable, append-only. Errors as `Journal`'s."""

    async def append(self, verifications: Sequence[Verification], *, told_by: RunId | None = None) -> None:
        """Keep verifications; one whose id is known stays as it was first told.

        `told_by`: the run whose end told them, kept with them in one go, so that nobody asks it again. May be called
        twice with the same, also by several daemons.
        """
        ...

    async def untold(self, *, most: int) -> tuple[RunId, ...]:
        """Give drills that have a verdict and were not asked yet, oldest first; an unconfirmed one proves nothing."""
        ...

    async def list(self, wanted: VerificationFilter) -> tuple[Verification, ...]:
        """Give verifications, newest first."""
        ...

    async def standing(self, tenant: TenantId | None = None) -> tuple[Verification, ...]:
        """Give the newest of each item, rung and outcome."""
        ...

    async def failures(self, since: datetime) -> Mapping[tuple[TenantId, ItemId], int]:
        """Count the restores that failed since then, by item; an item without any is left out."""
        ...
