"""Which runs go first when there is not room for all: recoveries before drills, low tiers before high ones."""

from drd.domain.plan import Mode, RecoveryPlan

UNKNOWN_TIER = 5
"""Where nothing under a parent has a tier: after every tier that there is."""

_A_TIER = 10
_DRILLS_AFTER = 100


def priority_of(plan: RecoveryPlan) -> int:
    """Give the rank of a run in the queue; the lowest goes first, among equals the oldest.

    A parent ranks as the most urgent service that it brings back, so that it never waits behind what is less urgent
    than that; and as it is older than its children, it goes before them.
    """
    return _tier(plan) * _A_TIER + (_DRILLS_AFTER if plan.mode is Mode.DRILL else 0)


def _tier(plan: RecoveryPlan) -> int:
    if plan.tier is not None:
        return plan.tier
    below = [_tier(step.child) for step in plan.steps if step.child is not None and not step.left_out]
    return min(below, default=UNKNOWN_TIER)
