"""How much room a tenant has in its recovery region for all its services at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from drd.domain.call import Call
from drd.domain.errors import JournalUnavailableError
from drd.domain.ids import StepId
from drd.domain.plan import RecoveryPlan, Step
from drd.ports.capabilities import Provider
from drd.ports.capacity import CAPACITY, CORES, Quota, Size
from drd.readiness.asking import World
from drd.readiness.matter import Matter
from drd.readiness.room import room_together
from tests.fakes.small_estate import plan, tenant

pytestmark = pytest.mark.anyio
FAMILY = "standardDSv5Family"


@dataclass
class FewCores:
    """Answers the questions of `Capacity`: how much of each quota is used, by subscription."""

    used: Mapping[str, int]

    async def sizes(self, _subscription: str, _region: str) -> tuple[Size, ...]:
        """See the port."""
        return (Size(name="Standard_D4s_v5", family=FAMILY, cores=4),)

    async def quotas(self, subscription: str, _region: str) -> tuple[Quota, ...]:
        """See the port."""
        if subscription not in self.used:
            raise JournalUnavailableError("nobody answers", target=subscription)
        return tuple(Quota(name=name, used=self.used[subscription], limit=20) for name in (CORES, FAMILY))


def bringing(*subscriptions: str) -> RecoveryPlan:
    """Make a plan that makes a machine of four cores in each subscription."""
    steps = tuple(
        Step(
            id=StepId(f"s{number}"),
            call=Call(
                uses="vm.create",
                values={
                    "size": "Standard_D4s_v5",
                    "id": f"/subscriptions/{each}/resourceGroups/r/providers/Microsoft.Compute/virtualMachines/v",
                },
            ),
        )
        for number, each in enumerate(subscriptions)
    )
    return replace(plan(), steps=steps)


async def rooms(used: Mapping[str, int], *under: RecoveryPlan) -> dict[str, tuple[int, int, int]]:
    """Give limit, used and needed by family."""
    provider: Any = Provider("fake", (CAPACITY.by(FewCores(used)),))  # type: ignore[arg-type]  # only its questions
    nobody: Any = None
    world = World(
        standing=provider, failover=provider, reach=nobody, drill_reach=nobody, actions=nobody, checks=nobody,
        clock=nobody,
    )  # fmt: skip
    found = await room_together(Matter(tenant=tenant(), under=under), world)
    assert {each.region for each in found} <= {"northeurope"}
    return {each.family: (each.limit, each.used, each.needed) for each in found}


async def test_what_all_services_need_is_told_beside_what_there_is() -> None:
    """By family, and together."""
    told = await rooms({"a": 9}, bringing("a", "a"), bringing("a"))

    assert told == {FAMILY: (20, 9, 12), CORES: (20, 9, 12)}


async def test_of_several_subscriptions_the_tightest_counts() -> None:
    """What is free in another one does not help."""
    assert (await rooms({"a": 2, "b": 15}, bringing("a", "a", "b")))[CORES] == (20, 15, 4)


async def test_what_cannot_be_told_is_not_told() -> None:
    """Nor is anything told where nothing would be made."""
    assert await rooms({"a": 2}, bringing("a", "gone")) == {}
    assert await rooms({"a": 2}, plan()) == {}
