"""Which plans stand on the shelf since when, and which of them a drill has proved."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from drd.domain.plan_status import GreenDrill, StandingPlan


class PlanBook(Protocol):
    """Keeps the hashes of plans. Errors as `Journal`'s."""

    async def note(self, plans: Collection[StandingPlan], at: datetime) -> None:
        """Replace the whole shelf. A plan whose hash is as it was keeps its `since`; of others it is `at`."""
        ...

    async def standing(self) -> tuple[StandingPlan, ...]:
        """Give the shelf as it was noted last."""
        ...

    async def drills(self) -> tuple[GreenDrill, ...]:
        """Give the newest green drill of every plan that has one, from the runs that are kept."""
        ...
