"""The restorability ladder: what was proven of a recovery point, rung by rung, and when that was."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from drd.domain.canonical import Json
from drd.domain.estate import Mechanism
from drd.domain.ids import ItemId, RunId, ServiceId, TenantId


class Rung(StrEnum):
    """A rung of the ladder; each proves more than those below."""

    L0 = "L0"
    """It exists and is young enough; no gap in the chain of points, no failed or missing job."""
    L1 = "L1"
    """It is complete and safe: consistent, with a copy in the recovery region, in a vault that protects it."""
    L2 = "L2"
    """It is readable: the disks were restored, and their file systems and samples checked."""
    L3 = "L3"
    """It is clean: by the vault's word, and by a scan of the restored disks."""
    L4 = "L4"
    """It boots: a machine of the restored disks runs, and its agent is ready."""
    L5 = "L5"
    """It answers: the service's own checks are green on the copy."""
    L6 = "L6"
    """It is useful: the service's question is answered."""

    @property
    def height(self) -> int:
        """Give 0 for the lowest."""
        return _HEIGHTS[self]

    @property
    def restores(self) -> bool:
        """Say whether the proof needs a restore."""
        return self.height >= Rung.L2.height


_HEIGHTS = {rung: number for number, rung in enumerate(Rung)}


class Outcome(StrEnum):
    """How a verification ended. Only what passed is a proof; what is not known is inconclusive, never passed."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    ABORTED = "aborted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """A proof about a recovery point at one rung, or the lack of one.

    Attributes:
        id: names it for ever; the same work gives the same id, so that it is kept once however often it is told.
        mechanism: by which the point was made; None where there is no point.
        point: the vault's name of the point; empty where there is none.
        point_time: the instant whose data it holds.
        at: when the answer was known.
        took: how long the proof took, in world time.
        because: why it ended so, in one sentence.
        run: the run that did the work; None for what the inventory tells.
        measured: figures and findings by name.
    """

    id: str
    tenant: TenantId
    service: ServiceId
    item: ItemId
    mechanism: Mechanism | None
    point: str
    point_time: datetime | None
    rung: Rung
    outcome: Outcome
    at: datetime
    took: timedelta
    because: str
    run: RunId | None = None
    measured: Mapping[str, Json] = field(default_factory=dict)

    @property
    def proves(self) -> bool:
        """Say whether it is a proof."""
        return self.outcome is Outcome.PASSED
