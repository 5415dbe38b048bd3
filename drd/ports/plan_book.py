"""Which plans stand on the shelf since when, and which of them a drill has proved."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from drd.domain.ids import TenantId
from drd.domain.plan_status import GreenDrill, StandingPlan


class PlanBook(Protocol):
    """Keeps the hashes of plans. Errors as `Journal`'s."""

    async def note(self, tenant: TenantId, plans: Collection[StandingPlan], at: datetime) -> tuple[StandingPlan, ...]:
        """Replace the shelf of one tenant, and give it as it is kept.

        A plan whose hash is as it was keeps its `since`; of others it is `at`.
        """
        ...

    async def standing(self) -> tuple[StandingPlan, ...]:
        """Give the shelf as it was noted last."""
        ...

    async def drills(self) -> tuple[GreenDrill, ...]:
        """Give the newest green drill of every plan that has one, from the runs that are kept."""
        ...
