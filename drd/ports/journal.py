"""The journal: append-only events of runs, their plans, and the locks that keep one run per service."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from drd.domain.abandonment import Abandonment
from drd.domain.drill_verdict import DrillVerdict
from drd.domain.events import Event
from drd.domain.ids import RunbookId, RunId, ServiceId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, RecoveryPlan
from drd.domain.trigger import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCard:
    """What lists of runs show; a projection that the journal keeps with each append.

    Attributes:
        lock: what the run holds until it is final (`RecoveryPlan.lock`).
        state: after its newest event.
        priority: rank in the queue, the lowest first (`drd.domain.priority`).
        abandoned: how a run ended whose journal is damaged; its state is `cancelled`, its journal says nothing.
        verdict: of a drill that is over; None for any other run.
    """

    id: RunId
    runbook: RunbookId
    tenant: TenantId
    service: ServiceId | None
    mode: Mode
    state: RunState
    plan_hash: str
    lock: str
    accepted_at: datetime
    parent: RunId | None = None
    priority: int = 100
    ended_at: datetime | None = None
    abandoned: Abandonment | None = None
    verdict: DrillVerdict | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs a list wants; None means all."""

    tenant: TenantId | None = None
    service: ServiceId | None = None
    parent: RunId | None = None
    active: bool | None = None
    states: tuple[RunState, ...] = field(default=())
    newest: int = 200


class Journal(Protocol):
    """Durable truth. What `append` and `accept` return for is on disk.

    Errors: JournalUnavailableError when it cannot be written or read now (nothing was written), ConflictError when a
    sequence number or a lock is taken, RefusedError when the token is older than the run's newest claim.
    """

    async def accept(
        self, card: RunCard, plan: RecoveryPlan, first: Event, *, trigger: Trigger | None = None
    ) -> RunCard:
        """Write a new run, its plan (once per hash), its lock, its accepted event and its trigger, all or nothing.

        Gives the card of the run that stands for the trigger: this one, or the one that it made before, which may be
        over. May be called twice with the same trigger, also side by side and by several daemons: one run comes of it.

        Raises ConflictError with `other` = the run that holds the lock, the run that the trigger's key stands for when
        something else was wished, or the run whose id exists already.
        """
        ...

    async def triggered(self, trigger: Trigger) -> RunCard | None:
        """Give the run that a trigger made before, if it made one. Raises ConflictError as `accept`."""
        ...

    async def append(self, events: Sequence[Event], *, state: RunState) -> None:
        """Write events of one run in order, with the run's state after them.

        Appends of many runs and steps that wait at the same time are committed together. A final state frees the
        run's lock.
        """
        ...

    async def events(self, run: RunId, *, after: int = 0) -> tuple[Event, ...]:
        """Give a run's events in order, beginning after a sequence number. Raises NotFoundError for an unknown run."""
        ...

    async def plan(self, plan_hash: str) -> RecoveryPlan:
        """Give a stored plan; its hash is checked. Raises NotFoundError, PermanentError when it was tampered with."""
        ...

    async def run(self, run: RunId) -> RunCard:
        """Give one run. An unambiguous beginning of an id is enough. Raises NotFoundError, InvalidError."""
        ...

    async def runs(self, wanted: RunFilter) -> tuple[RunCard, ...]:
        """Give runs, newest first."""
        ...

    async def holder(self, lock: str) -> RunCard | None:
        """Give the run that holds a lock, if one does."""
        ...
