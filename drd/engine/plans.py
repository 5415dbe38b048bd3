"""Plans by their hash, kept at hand: reading one back costs a walk over all its steps."""

from drd.domain.plan import RecoveryPlan
from drd.ports.journal import Journal

_KEPT = 64


class Plans:
    """The plans that were used last. A plan never changes under its hash, so none gets stale."""

    def __init__(self, journal: Journal) -> None:
        """Read what is not at hand from the journal."""
        self._journal = journal
        self._kept: dict[str, RecoveryPlan] = {}

    async def get(self, plan_hash: str) -> RecoveryPlan:
        """Give a plan. Raises as `Journal.plan`."""
        kept = self._kept.get(plan_hash)
        return kept or self.keep(plan_hash, await self._journal.plan(plan_hash))

    def keep(self, plan_hash: str, plan: RecoveryPlan) -> RecoveryPlan:
        """Keep a plan at hand, and drop the oldest where there are too many."""
        while len(self._kept) >= _KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[plan_hash] = plan
        return plan
