"""Proofs are kept once, said again only when they are news, and never lost; what is wrong is found and forgotten."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.climbing import Climb, climb_plan
from drd.domain.errors import ForbiddenError, InvalidError, JournalUnavailableError, NotFoundError, RefusedError
from drd.domain.estate import Mechanism, ProofPlace
from drd.domain.events import GENESIS, Event, Kind
from drd.domain.ids import ArmId, ItemId, RunId, ServiceId, StepId, TenantId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.domain.sampling import Budget
from drd.operations.list_services import ListServices
from drd.operations.look_at_points import LookAtPoints
from drd.operations.record_proofs import RecordProofs
from drd.operations.sample_backups import SampleOrder
from drd.operations.verify_backup import VerifyBackup, VerifyOrder
from drd.ports.inventory import VaultFacts
from drd.ports.journal import RunCard
from drd.ports.vaults import VaultPosture
from tests.fakes.busy_house import NOW, item_facts
from tests.fakes.engine_house import House
from tests.fakes.memory_proofs import ProofHouse
from tests.fakes.small_estate import (
    GROUP,
    HOME_VAULT,
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
APP, RUN = ItemId("vm-app"), RunId("r-1")
PLACE = ProofPlace(
    subnet=ArmId(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/drill/subnets/servers"),
    staging=ArmId(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st"),
    size="Standard_D2s_v5",
    clean="clamscan /",
)
OWNER = replace(tenant(service("burgerzaken", item("vm-app", Mechanism.BACKUP), rpo=timedelta(hours=30))), proofs=PLACE)


class Home(ProofHouse):
    """A house of proofs with one municipality, and a clock that tests move."""

    house: House
    seen: MemoryInventory
    watch: SteppingClock

    async def see(self, *ages_hours: int, **others: Any) -> None:
        """Let a collection see the item's points, of so many hours ago."""
        now = self.watch.now()
        found = points(*(now - timedelta(hours=age) for age in ages_hours))
        await self.seen.put_items((item_facts(APP, Mechanism.BACKUP, points=found, seen_at=now, **others),))


@pytest.fixture
async def home() -> Home:
    """Open a house in which a collection has seen a point of nine hours ago."""
    house, clock, inventory = House(), SteppingClock(NOW), MemoryInventory()
    services = FixedServices(OWNER)
    estate = ListServices(
        services=services,
        inventory=inventory,
        readings=FixedReadings(),
        clock=clock,
        fresh=timedelta(hours=1),
    )
    made = Home(
        services=services,
        inventory=inventory,
        estate=estate,
        clock=clock,
        engine=house.engine,
        journal=house.journal,
    )
    made.house, made.seen, made.watch = house, inventory, clock
    await made.see(9)
    return made


def proof(name: str, rung: Rung, outcome: Outcome, point: str = "p0") -> Verification:
    """Make a verification by a restore."""
    return Verification(
        id=name,
        tenant=TENANT,
        service=ServiceId("burgerzaken"),
        item=APP,
        mechanism=Mechanism.BACKUP,
        point=point,
        point_time=NOW,
        rung=rung,
        outcome=outcome,
        at=NOW,
        took=timedelta(minutes=20),
        because="it is so",
        run=RunId("r-9"),
    )


async def test_by_hand_and_on_a_schedule_the_answer_is_the_same(home: Home) -> None:
    """And so is what is kept."""
    scheduled = await home.proofs.look()
    by_hand = (await home.proofs.verify_backup(VerifyOrder(actor=OPERATOR, item=APP))).verifications

    assert scheduled == by_hand
    assert list(home.verifications.kept.values()) == list(scheduled)
    assert {each.rung: each.outcome for each in scheduled} == {
        Rung.L0: Outcome.PASSED,
        Rung.L1: Outcome.INCONCLUSIVE,
    }


async def test_what_is_as_before_is_said_again_once_a_day(home: Home) -> None:
    """Each hour it is looked at; each change leaves its record at once."""
    for _ in range(30):
        await home.see(9)
        await home.proofs.look()
        home.watch.advance(timedelta(hours=1))
    steady = len(home.verifications.kept)
    await home.see(40)
    await home.proofs.look()

    assert steady == 2 * 2
    assert len(home.verifications.kept) == steady + 1


async def test_findings_come_and_go_with_what_they_are_about(home: Home) -> None:
    """The item's, the vault's, and those of an item that left the catalogue."""
    posture = VaultPosture(id=HOME_VAULT, location="westeurope", soft_delete="Disabled")
    await home.seen.put_vaults((VaultFacts(tenant=TENANT, posture=posture, seen_at=NOW),))
    await home.see(40)
    await home.proofs.look()
    found = {each.code for each in await home.findings.list()}
    await home.see(1)
    await home.proofs.look(TENANT, APP)
    later = {each.code for each in await home.findings.list()}
    home.findings.scopes["ladder/voorbeeld/vm-gone"] = home.findings.scopes.pop(f"ladder/{TENANT}/{APP}")
    await home.proofs.look()

    assert found == {"recovery-point-too-old", "vault-soft-delete-off", "proof-overdue"}
    assert later == {"vault-soft-delete-off", "proof-overdue"}
    assert "ladder/voorbeeld/vm-gone" not in home.findings.scopes


def _drilled(home: Home) -> None:
    """Let a climb be over that came no further than the isolated network."""
    of = climb_plan(Climb(tenant=OWNER, service=OWNER.services[0], item=OWNER.services[0].items[0], to=Rung.L4))
    failure = {"code": "check-red", "message": "a peering is open"}
    story: list[tuple[Kind, dict[str, Any]]] = [
        (Kind.RUN_ACCEPTED, {"plan": of.hash(), "graceful": True}),
        (Kind.STEP_FAILED, {"failure": failure, "final": True}),
        (Kind.RUN_FINISHED, {"state": "failed"}),
    ]
    events: list[Event] = []
    for number, (kind, payload) in enumerate(story, start=1):
        name = StepId("isolation") if kind is Kind.STEP_FAILED else None
        event = Event(run=RUN, sequence=number, kind=kind, at=NOW, step=name, attempt=1, payload=payload)
        events.append(event.sealed(events[-1].hash if events else GENESIS))
    home.journal.plans[of.hash()] = of.to_json()
    home.journal.stored[RUN] = events
    home.journal.cards[RUN] = RunCard(
        id=RUN,
        runbook=of.runbook,
        tenant=of.tenant,
        service=None,
        mode=Mode.DRILL,
        state=RunState.FAILED,
        plan_hash=of.hash(),
        lock=of.lock(),
        accepted_at=NOW,
        ended_at=NOW,
    )


async def test_a_drill_is_asked_once_and_whoever_dies_in_between_loses_nothing(home: Home) -> None:
    """Evidence first, then the verification with the mark that the drill was asked."""
    _drilled(home)
    home.evidence.failing = 1
    with pytest.raises(JournalUnavailableError):
        await home.proofs.record()
    before = (set(home.verifications.told), len(home.evidence.records))
    told = [await home.proofs.record(), await home.proofs.record()]
    [kept] = await home.proofs.list_backups.verifications(OPERATOR, None, run=RUN)

    assert before == (set(), 0)
    assert told == [1, 0]
    assert (kept.outcome, kept.rung, "peering" in kept.because) == (Outcome.INCONCLUSIVE, Rung.L4, True)
    assert [each.body()["key"] for each in home.evidence.records] == [f"verification/{kept.id}"]


async def test_what_a_drill_proved_is_kept_though_its_municipality_left_the_catalogue(home: Home) -> None:
    """There is nothing left to look at."""
    _drilled(home)
    look = LookAtPoints(
        services=FixedServices(replace(OWNER, id=TenantId("ander"))),
        inventory=home.seen,
        verifications=home.verifications,
        findings=home.findings,
        clock=home.watch,
        fresh=timedelta(hours=1),
    )
    record = RecordProofs(
        journal=home.journal,
        verifications=home.verifications,
        evidence=home.evidence,
        look=look,
        clock=home.watch,
    )

    assert await record() == 1
    assert [each.run for each in home.verifications.kept.values()] == [RUN]


async def test_nothing_is_chosen_while_a_recovery_is_under_way(home: Home) -> None:
    """It needs the room and the requests for itself."""
    _drilled(home)
    home.journal.cards[RUN] = replace(home.journal.cards[RUN], mode=Mode.FAILOVER, state=RunState.PAUSED)
    with pytest.raises(RefusedError, match="failover is under way"):
        await home.proofs.sample_backups(SampleOrder(actor=OPERATOR, budget=Budget(restores=3)))


async def test_a_journal_that_cannot_be_read_stops_no_other_drill(home: Home) -> None:
    """It proves nothing, and is told in the log."""
    _drilled(home)
    home.journal.plans.clear()

    assert [await home.proofs.record(), await home.proofs.record()] == [0, 0]
    assert home.verifications.told == set()


async def test_proofs_show_in_the_list_with_what_failed(home: Home) -> None:
    """A rung that failed takes those above it."""
    await home.verifications.append(
        [proof("a", Rung.L4, Outcome.PASSED), proof("b", Rung.L3, Outcome.FAILED), proof("c", Rung.L2, Outcome.PASSED)]
    )
    await home.proofs.look()
    [view] = await home.proofs.list_backups.list(OPERATOR)

    assert view.standing.proven is not None
    assert (view.standing.proven.rung, view.standing.newest[Rung.L3].outcome) == (Rung.L2, Outcome.FAILED)
    assert "proof-failed" in {each.code for each in await home.findings.list()}


async def test_the_search_for_a_clean_point_knows_what_was_examined(home: Home) -> None:
    """By L3; a point whose copy never stood cannot be examined, and is passed over."""
    await home.see(9, 33, 57, 81)
    await home.verifications.append(
        [
            proof("a", Rung.L3, Outcome.FAILED, "elsewhere/P0"),
            proof("b", Rung.L2, Outcome.FAILED, "p1"),
            proof("c", Rung.L3, Outcome.PASSED, "p3"),
        ]
    )
    search = await home.proofs.list_backups.clean_point(OPERATOR, None, APP, budget=2)

    assert search.found is not None
    assert (search.found.id, search.exact) == ("p3", False)
    assert search.next is not None
    assert search.next.id == "p2"


async def test_a_sample_needs_something_that_can_be_proven(home: Home) -> None:
    """Stale facts are no points, and no place means no proof."""
    await home.see(9)
    home.watch.advance(timedelta(hours=2))
    with pytest.raises(RefusedError) as refused:
        await home.proofs.sample_backups(SampleOrder(actor=OPERATOR, budget=Budget(restores=3)))

    assert (refused.value.code, refused.value.message) == ("nothing-to-prove", "there is nothing that could be proven")


async def test_a_budget_that_is_too_small_says_what_the_least_proof_takes(home: Home) -> None:
    """Whoever reads that nothing can be proven must not look for the fault in the backups."""
    with pytest.raises(RefusedError) as refused:
        await home.proofs.sample_backups(SampleOrder(actor=OPERATOR, budget=Budget(restores=3, quota_cores=1)))

    assert (refused.value.code, "too small" in refused.value.message, str(APP) in refused.value.message) == (
        "nothing-to-prove",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("order", "error", "code"),
    [
        (VerifyOrder(actor=OPERATOR, item=ItemId("vm-gone")), NotFoundError, "not-found"),
        (VerifyOrder(actor=OPERATOR, item=APP, tenant=TenantId("ander")), NotFoundError, "not-found"),
        (VerifyOrder(actor=replace(OPERATOR, roles=frozenset({Role.VIEWER})), item=APP), ForbiddenError, "forbidden"),
        (
            VerifyOrder(actor=replace(OPERATOR, tenants=frozenset({TenantId("x")})), item=APP),
            NotFoundError,
            "not-found",
        ),
        (VerifyOrder(actor=OPERATOR, item=APP, to=Rung.L2), RefusedError, "nothing-to-ask"),
    ],
)
async def test_a_wish_that_cannot_be_met_is_refused(
    home: Home, order: VerifyOrder, error: type[Exception], code: str
) -> None:
    """Before anything is kept or started."""
    with pytest.raises(error) as refused:
        await home.proofs.verify_backup(order)

    assert refused.value.code == code  # type: ignore[attr-defined]  # every error of drd has one
    assert home.journal.cards == {}
    assert home.verifications.kept == {}


async def test_a_point_that_no_list_holds_is_refused_and_proves_nothing(home: Home) -> None:
    """A mistyped id says nothing of the item: neither that it failed, nor anything else."""
    await home.see(9, points_total=1)
    order = VerifyOrder(actor=OPERATOR, item=APP, to=Rung.L4, point="p7")
    with pytest.raises(NotFoundError) as refused:
        await home.proofs.verify_backup(order)

    assert (refused.value.target, "drd item points" in refused.value.hint) == ("p7", True)
    assert (home.journal.cards, home.verifications.kept) == ({}, {})


@pytest.mark.parametrize("seen", [{"points_total": 2}, {"told_at": NOW}, {"points_seen_at": NOW - timedelta(days=1)}])
async def test_where_the_list_may_miss_a_point_its_id_is_tried(home: Home, seen: dict[str, Any]) -> None:
    """Only the newest are kept, one may not be listed yet, and a list may be old."""
    await home.see(9, **{"points_total": 1, **seen})
    verified = await home.proofs.verify_backup(VerifyOrder(actor=OPERATOR, item=APP, to=Rung.L4, point="p7"))

    assert verified.run is not None


@pytest.mark.parametrize("point", ["p0", "/elsewhere/recoveryPoints/P0", "newest", "newest-clean"])
async def test_a_point_that_is_listed_is_tried_whatever_its_region_calls_it(home: Home, point: str) -> None:
    """The last part of the id is the same everywhere."""
    await home.see(9, points_total=1)
    verified = await home.proofs.verify_backup(VerifyOrder(actor=OPERATOR, item=APP, to=Rung.L4, point=point))

    assert verified.run is not None


async def test_an_item_without_a_point_is_a_failed_verification_and_starts_nothing(home: Home) -> None:
    """What was found out is kept, though the wish is refused."""
    await home.see(state="ok")
    with pytest.raises(RefusedError, match="nothing to restore"):
        await home.proofs.verify_backup(VerifyOrder(actor=OPERATOR, item=APP, to=Rung.L4))

    assert home.journal.cards == {}
    assert Outcome.FAILED in {each.outcome for each in home.verifications.kept.values()}


async def test_two_municipalities_with_one_name_are_told_apart(home: Home) -> None:
    """A person says which."""
    home.services = FixedServices(OWNER, replace(OWNER, id=TenantId("ander")))
    verify = VerifyBackup(services=home.services, look=home.proofs.look, engine=home.engine)

    with pytest.raises(InvalidError, match="several"):
        await verify(VerifyOrder(actor=OPERATOR, item=APP))
