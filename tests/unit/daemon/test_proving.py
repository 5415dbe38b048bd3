"""The work `prove` of a schedule: what it is told, and what it says it did."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from drd.daemon.catalogue import faults_of_values
from drd.daemon.proving import Proving
from drd.daemon.works import WORDS
from drd.domain.actor import Role
from drd.domain.estate import RecoveryPoint
from drd.domain.ids import ItemId, TenantId
from drd.domain.ladder import Rung
from drd.operations.sample_backups import Sampled, SampleOrder
from drd.ports.slots import Slot

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 22, 20, 0, tzinfo=UTC)


@dataclass
class Asked:
    """Answers as the use case does, and remembers the order."""

    orders: list[SampleOrder] = field(default_factory=list)

    async def __call__(self, order: SampleOrder) -> tuple[Sampled, ...]:
        """Start one, and not the other."""
        self.orders.append(order)
        point = RecoveryPoint(id="p", time=NOW)
        started: Any = SimpleNamespace(id="r-1")
        one = Sampled(tenant=TenantId("v"), item=ItemId("vm-a"), point=point, because="tier 0", run=started)
        other = Sampled(
            tenant=TenantId("v"), item=ItemId("vm-b"), point=point, because="by lot", refused="it is verified"
        )
        return one, other


async def test_a_slot_proves_within_its_budget_under_its_own_name_and_key() -> None:
    """And says in one line what it started, and what it left."""
    asked = Asked()
    proofs: Any = SimpleNamespace(sample_backups=asked)
    told = WORDS["prove"].told.model_validate({"to": "L5", "restores": 2, "core-hours": 8})
    schedule: Any = SimpleNamespace(tenant=TenantId("v"))
    said = await Proving(proofs=proofs)(schedule, Slot(schedule="prove", wall="2026-11-22T21:00", due_at=NOW), told)  # type: ignore[arg-type]  # the word's own shape

    [order] = asked.orders
    assert said == "verifies vm-a (r-1); vm-b: it is verified"
    assert (order.budget.restores, order.budget.core_hours, order.to) == (2, 8, Rung.L5)
    assert (order.actor.name, order.actor.roles) == ("schedule:prove", frozenset({Role.OPERATOR}))
    assert order.key == "schedule/prove/2026-11-22T21:00"


@pytest.mark.parametrize("told", [{}, {"restores": 0}, {"restores": 1, "to": "L1"}, {"restores": 1, "core-hours": 0}])
def test_a_budget_of_zero_is_refused_when_the_settings_are_read(told: dict[str, Any]) -> None:
    """Not at night."""
    assert faults_of_values("prove", WORDS["prove"].told, told)
