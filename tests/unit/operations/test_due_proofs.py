"""What is due is chosen within the budget, as far as it can be asked; and what nobody would ever prove is found."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import RefusedError
from drd.domain.estate import Mechanism, ProofPlace, ProtectedItem, Tenant
from drd.domain.ids import ArmId, ItemId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.proof_terms import ProofTerms, unproven
from drd.domain.sampling import Budget
from drd.operations.list_services import ListServices
from drd.operations.look_at_proof_terms import LookAtProofTerms
from drd.operations.sample_backups import SampleOrder
from tests.fakes.busy_house import NOW, item_facts
from tests.fakes.engine_house import House
from tests.fakes.memory_findings import MemoryFindings
from tests.fakes.memory_proofs import ProofHouse
from tests.fakes.small_estate import (
    GROUP,
    TENANT,
    FixedReadings,
    FixedServices,
    MemoryInventory,
    item,
    points,
    service,
    tenant,
)
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio

OPERATOR = Actor(name="an", roles=frozenset({Role.OPERATOR}))
DAY = timedelta(days=1)
PLACE = ProofPlace(
    subnet=ArmId(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/drill/subnets/servers"),
    staging=ArmId(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st"),
    size="Standard_D2s_v5",
    readable="fsck -n -A",
)
NIGHTLY = ProofTerms(schedule="prove", tenant=None, budget=Budget(restores=2), to=Rung.L3)


def _owner(place: ProofPlace | None = PLACE, *items: ProtectedItem) -> Tenant:
    return replace(tenant(service("burgerzaken", *(items or (item("vm-app", Mechanism.BACKUP),)))), proofs=place)


async def _house(owner: Tenant) -> ProofHouse:
    house, clock, inventory = House(), SteppingClock(NOW), MemoryInventory()
    services = FixedServices(owner)
    estate = ListServices(
        services=services, inventory=inventory, readings=FixedReadings(), clock=clock, fresh=timedelta(hours=1)
    )
    kept = points(NOW - timedelta(hours=9))
    facts = [item_facts(each.id, Mechanism.BACKUP, points=kept, seen_at=NOW) for each in owner.services[0].items]
    await inventory.put_items(tuple(facts))
    return ProofHouse(
        services=services, inventory=inventory, estate=estate, clock=clock, engine=house.engine, journal=house.journal
    )


def _proof(rung: Rung, age: timedelta, outcome: Outcome = Outcome.PASSED) -> Verification:
    return Verification(
        id=f"{rung}-{age}-{outcome}",
        tenant=TENANT,
        service=_owner().services[0].id,
        item=ItemId("vm-app"),
        mechanism=Mechanism.BACKUP,
        point="p0",
        point_time=NOW,
        rung=rung,
        outcome=outcome,
        at=NOW - age,
        took=timedelta(minutes=20),
        because="it is so",
    )


@pytest.mark.parametrize(
    ("known", "chosen"),
    [
        ([], True),
        ([_proof(Rung.L2, 5 * DAY)], False),
        ([_proof(Rung.L2, 6.5 * DAY)], True),
        ([_proof(Rung.L2, 5 * DAY), _proof(Rung.L2, DAY, Outcome.FAILED)], True),
        ([_proof(Rung.L2, 5 * DAY), _proof(Rung.L2, DAY, Outcome.INCONCLUSIVE)], False),
    ],
)
async def test_what_will_be_too_old_by_the_next_slot_is_proven_now(known: list[Verification], *, chosen: bool) -> None:
    """Tier 1 weekly; as far as there is something to ask, which here is L2 only."""
    house = await _house(_owner())
    await house.verifications.append(known)
    order = SampleOrder(actor=OPERATOR, budget=Budget(restores=2), to=Rung.L3, due_by=NOW + DAY)
    turn = await house.proofs.sample_backups.turn(order)

    assert [(each.item, each.to) for each in turn.chosen] == ([("vm-app", Rung.L2)] if chosen else [])
    assert bool(house.journal.cards) is chosen


async def test_what_had_to_wait_for_the_budget_is_counted() -> None:
    """So that nobody takes a small budget for a finished job."""
    names = [item(f"vm-{each}", Mechanism.BACKUP) for each in range(5)]
    house = await _house(_owner(PLACE, *names))
    order = SampleOrder(actor=OPERATOR, budget=Budget(restores=2), to=Rung.L3, due_by=NOW + DAY)
    turn = await house.proofs.sample_backups.turn(order)

    assert (len(turn.chosen), turn.left) == (2, 3)


@pytest.mark.parametrize(
    "budget", [Budget(restores=0), Budget(restores=2, core_hours=0), Budget(restores=2, quota_cores=0)]
)
async def test_a_budget_of_zero_restores_nothing_and_says_so(budget: Budget) -> None:
    """The slot is refused, and the finding stands until there is a budget."""
    owner = _owner()
    house, findings = await _house(owner), MemoryFindings()
    with pytest.raises(RefusedError) as refused:
        await house.proofs.sample_backups.turn(SampleOrder(actor=OPERATOR, budget=budget, due_by=NOW))

    async def found(terms: ProofTerms) -> list[tuple[str, str]]:
        look = LookAtProofTerms(services=house.services, schedules=[terms], findings=findings, clock=house.clock)
        await look()
        return [(each.code, each.subject) for each in await findings.list()]

    assert refused.value.code == "no-budget"
    assert house.journal.cards == {}
    assert await found(replace(NIGHTLY, budget=budget)) == [("proof-budget-zero", "prove")]
    assert await found(NIGHTLY) == []


@pytest.mark.parametrize(
    ("owner", "schedules", "codes"),
    [
        (_owner(), [], ["proofs-not-scheduled"]),
        (_owner(), [replace(NIGHTLY, tenant=TENANT)], []),
        (_owner(None), [NIGHTLY], ["proofs-not-set-up"]),
        (_owner(replace(PLACE, readable="")), [NIGHTLY], ["proofs-not-set-up"]),
        (_owner(replace(PLACE, readable="")), [replace(NIGHTLY, to=Rung.L4)], []),
        (_owner(None, item("vm-id-1", Mechanism.SITE_RECOVERY)), [], []),
    ],
)
def test_what_nothing_would_ever_restore_is_found(owner: Tenant, schedules: list[ProofTerms], codes: list[str]) -> None:
    """No schedule, no place, or nothing to ask; what has no backups has nothing to restore."""
    assert [each.code for each in unproven(owner, schedules)] == codes


@pytest.mark.parametrize(
    ("known", "found"),
    [
        ([], ["vm-id-1 was never part of a drill to be proven"]),
        ([replace(_proof(Rung.L4, DAY), item=ItemId("vm-id-1"), mechanism=Mechanism.SITE_RECOVERY)], []),
        (
            [replace(_proof(Rung.L4, 40 * DAY), item=ItemId("vm-id-1"), mechanism=Mechanism.SITE_RECOVERY)],
            ["vm-id-1 should have been part of a drill again 10d ago to be proven"],
        ),
    ],
)
async def test_what_is_only_replicated_is_proven_by_its_runbooks_drill_and_overdue_without_one(
    known: list[Verification], found: list[str]
) -> None:
    """The hint says what can be proven of it at all; drd never restores it by itself."""
    house = await _house(_owner(PLACE, item("vm-id-1", Mechanism.SITE_RECOVERY)))
    await house.verifications.append(known)
    await house.proofs.look()
    overdue = [each for each in await house.findings.list() if each.code == "proof-overdue"]

    assert [each.message for each in overdue] == found
    assert all("L4, L5 by the drill" in each.hint or "by nothing" in each.hint for each in overdue)
