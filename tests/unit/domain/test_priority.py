"""Which runs go first when there is not room for all."""

from dataclasses import replace

from drd.domain.ids import ServiceId
from drd.domain.plan import Mode
from drd.domain.priority import priority_of
from tests.fakes.engine_house import plan, step


def test_recoveries_go_before_drills_and_low_tiers_before_high_ones() -> None:
    """A rehearsal never holds up the real thing."""
    ranks = [
        priority_of(plan(mode=mode, tier=tier))
        for mode in (Mode.FAILOVER, Mode.DRILL)
        for tier in (0, 1, 2, 3, 4, None)
    ]
    assert ranks == sorted(set(ranks))
    assert priority_of(plan(mode=Mode.FAILBACK, tier=1)) == priority_of(plan(tier=1))


def test_a_parent_ranks_as_the_most_urgent_service_under_it() -> None:
    """Else sign-in would wait behind a web site; what is left out does not count."""
    sign_in, web = plan(tier=0), plan(tier=2, service=ServiceId("web"))
    region = plan(step("w", "runbook", child=web), step("s", "runbook", child=sign_in), service=None)
    assert priority_of(region) == priority_of(sign_in)
    assert priority_of(plan(step("r", "runbook", child=region), service=None)) == priority_of(sign_in)
    without = replace(region, steps=(region.steps[0], replace(region.steps[1], left_out="skip")))
    assert priority_of(without) == priority_of(web)
