"""Services, items and recovery points. Verdicts: met, missed, unknown, none. Unknown is null, never zero."""

from drd.api.wire.shape import Instant, Shape
from drd.domain.plan import Mode


class RecoveryPointShape(Shape):
    """A recovery point as last seen. `region` is the one that can restore it, empty when the vault did not say.

    `cleanliness`: `clean`, `infected`, or `unknown`, by the vault's scan.
    """

    id: str
    time: Instant
    mechanism: str
    consistency: str
    region: str
    usable: bool
    cleanliness: str = "unknown"


class ItemShape(Shape):
    """A protected item as last seen. `stale`: a fact is missing or too old to be believed.

    `proven_point_at`: the newest point that a drill restored; null when none was.
    """

    id: str
    tenant: str
    service: str
    kind: str
    resource: str
    labels: dict[str, str]
    mechanisms: tuple[str, ...]
    states: dict[str, str]
    stale: bool
    newest_point_at: Instant | None
    point_age_seconds: int | None
    proven_point_at: Instant | None = None
    proven_age_seconds: int | None = None
    points_total: int


class ItemPointsShape(Shape):
    """An item with its points, newest first."""

    item: ItemShape
    points: tuple[RecoveryPointShape, ...]


class RecoveryShape(Shape):
    """How a recovery of a service ended. `verdict`: of a drill, as of its run."""

    run: str
    mode: Mode
    state: str
    ended_at: Instant
    achieved_recovery_time_seconds: int | None
    achieved_recovery_point_seconds: int | None
    verdict: str | None = None


class ServiceShape(Shape):
    """A service: what was promised against what is known.

    `ready`: `yes`, `no` or `unknown`; `findings`: how many speak against it. `proven_at`: the oldest of its items'
    newest proven points; null when one of them was never restored.
    """

    id: str
    tenant: str
    name: dict[str, str]
    tier: int
    runbook: str | None
    owner: str
    depends_on: tuple[str, ...]
    rpo_seconds: int | None
    rto_seconds: int
    point_at: Instant | None
    point_age_seconds: int | None
    recovery_point: str
    proven_at: Instant | None = None
    proven_age_seconds: int | None = None
    last: RecoveryShape | None
    last_drill: RecoveryShape | None
    ready: str = "unknown"
    findings: int = 0
    items: tuple[ItemShape, ...]
    checks: tuple[str, ...]
