"""Backups: what is proven of items, verifications, the search for a clean point, and what was chosen to prove."""

from pydantic import Field

from drd.api.wire.runs import RunShape
from drd.api.wire.shape import Instant, Shape
from drd.api.wire.wish import Wish
from drd.domain.ladder import Outcome, Rung
from drd.domain.trigger import LONGEST_KEY


class VerificationShape(Shape):
    """A verification. `findings`: codes of what was found; `said`: what a script in the copy printed last."""

    id: str
    tenant: str
    service: str
    item: str
    mechanism: str | None
    point: str
    point_time: Instant | None
    rung: Rung
    outcome: Outcome
    at: Instant
    took_seconds: int
    because: str
    run: str | None
    findings: tuple[str, ...] = ()
    chosen: str = ""
    said: str = ""


class BackupShape(Shape):
    """What is proven of an item.

    Attributes:
        newest_point_at: the newest usable point; null when unknown or none.
        proven_point_at: the newest point that was restored and passed; null for none.
        proven: the highest rung that is proven, and proven_at when that was; null for none.
        failed: rungs that failed since they were proven last.
        score_percent: what is left of all that could be proven, 0 to 100.
        due_at: when it should be restored again; null when that is now.
    """

    tenant: str
    service: str
    item: str
    tier: int
    newest_point_at: Instant | None
    proven_point_at: Instant | None
    proven: Rung | None
    proven_at: Instant | None
    failed: tuple[Rung, ...]
    score_percent: int
    due_at: Instant | None
    overdue: bool


class ServiceProofShape(Shape):
    """What is proven of a service: the least of its items. `proven`: the rung that all of them reach."""

    tenant: str
    service: str
    tier: int
    newest_point_at: Instant | None
    proven_point_at: Instant | None
    proven: Rung | None
    score_percent: int
    due_at: Instant | None
    overdue: bool


class VerifyBody(Wish):
    """Wish to verify an item. `point`: newest, newest-clean or a point's id. `key`: as in `StartBody`."""

    item: str
    tenant: str | None = None
    to: Rung = Rung.L1
    point: str = "newest"
    reason: str = ""
    key: str = Field(default="", max_length=LONGEST_KEY)


class VerifiedShape(Shape):
    """What is known at once, and the run that finds out the rest; null where nothing had to be restored."""

    verifications: tuple[VerificationShape, ...]
    run: RunShape | None


class SampleBody(Wish):
    """Wish to prove as much as a budget allows; null for no limit."""

    tenant: str | None = None
    to: Rung = Rung.L4
    restores: int
    core_hours: int | None = None
    quota_cores: int | None = None
    key: str = Field(default="", max_length=LONGEST_KEY)


class SampledShape(Shape):
    """One that was chosen, why, and the run that proves it; or why there is none."""

    tenant: str
    item: str
    point: str
    point_time: Instant
    because: str
    run: RunShape | None
    refused: str


class CleanPointShape(Shape):
    """Where a search stands. `next`: the point to examine now. `exact`: nothing newer than `found` can be clean."""

    item: str
    found: str | None
    found_time: Instant | None
    exact: bool
    next: str | None
    next_time: Instant | None
    unexamined: int
    because: str
