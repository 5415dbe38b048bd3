"""Drills get their verdict from their journal, from the world, and from the runs that they started."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from drd.domain.drill_verdict import APART, DrillVerdict, Listing
from drd.domain.errors import NotFoundError, RefusedError, TransientError
from drd.domain.ids import ArmId, RunId, StepId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.engine.orders import Order
from drd.engine.requests import request_id
from drd.operations.confirm_drills import ConfirmDrills, DrillParts
from drd.operations.end_overdue_drills import EndOverdueDrills
from drd.ports.capabilities import Operation, Provider
from drd.ports.groups import GROUPS, Group, Resource
from drd.ports.journal import RunCard
from drd.ports.ledger import Entry
from drd.ports.replication import REPLICATION, ReplicatedItem
from tests.fakes.engine_house import House, machine, plan, step
from tests.fakes.memory_drills import MemoryDrills
from tests.fakes.memory_findings import MemoryFindings
from tests.fakes.served_house import FakeServices

pytestmark = pytest.mark.anyio
ONE = machine("vm-1")
DRILL = plan(step("test", item=ONE.id), mode=Mode.DRILL, items=(ONE,), objectives=None)
RUN = RunId("r-1")
LIMIT = timedelta(hours=4)
TEST = ArmId(f"{ONE.protection[0].vault}/replicationProtectedItems/vm-1")
MACHINE = ArmId("/subscriptions/s/resourceGroups/rg-x/providers/Microsoft.Compute/virtualMachines/vm-x")


@dataclass
class Sky:
    """Groups and replication as a test wants them: answers the ports as far as a look at a drill's end asks."""

    tagged_there: list[Resource] = field(default_factory=list)
    test_state: str = "None"
    started_by: str = ""
    blind: bool = False

    async def list(self, subscription: str, *, tag: str = "", value: str = "") -> tuple[Group, ...]:
        """See `Groups`."""
        if self.blind:
            raise TransientError("nobody answers")
        return ()

    async def tagged(self, subscription: str, *, tag: str, value: str) -> tuple[Resource, ...]:
        """See `Groups`."""
        return tuple(self.tagged_there)

    async def resources(self, group: ArmId) -> tuple[Resource, ...]:
        """See `Groups`."""
        return ()

    def _item(self) -> ReplicatedItem:
        return ReplicatedItem(
            id=TEST, name="vm-1", source=ONE.resource, state="", health="", failover_health="", allowed=(),
            active_location="Primary", test_state=self.test_state, recovery_group=None, recovery_machine_name="",
        )  # fmt: skip

    async def items(self, vault: ArmId) -> tuple[ReplicatedItem, ...]:
        """See `Replication`."""
        return (self._item(),)

    async def item(self, vault: ArmId, name: str) -> ReplicatedItem:
        """See `Replication`."""
        return self._item()

    async def find(self, item: ReplicatedItem, *, scenario: str, since: datetime) -> Operation | None:
        """See `Replication`."""
        return Operation(kind="asr", target="", started_at=since, request_id=self.started_by)


class Home:
    """A house, a sky, and who looks at it."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self.house, self.sky, self.findings = House(), Sky(), MemoryFindings()
        self.drills = MemoryDrills(self.house.journal)
        self.told: list[RunId] = []

    def confirm(self) -> ConfirmDrills:
        """Give who confirms, as a daemon that has just started has it."""
        provider = Provider("fake", (GROUPS.by(self.sky), REPLICATION.by(self.sky)))  # type: ignore[arg-type]  # a part of both
        return ConfirmDrills(
            DrillParts(
                drills=self.drills, journal=self.house.journal, ledger=self.house.ledger, services=FakeServices(),
                findings=self.findings, provider=provider, clock=self.house.clock, longest=LIMIT,
                told=(self.told.append,),
            )
        )  # fmt: skip

    async def settled(self, run: RunId = RUN) -> DrillVerdict | None:
        """Look whenever it is due, as different daemons; gives the verdict."""
        for _ in range(40):
            due = await self.confirm()()
            if run in self.drills.judged:
                return self.drills.judged[run].verdict
            if due is None:
                return None
            await self.house.clock.sleep(due - self.house.clock.now())
        return None

    async def tests(self, run: RunId = RUN) -> None:
        """Let a run's ledger hold a test failover."""
        details = {"vault": str(ONE.protection[0].vault), "item": "vm-1"}
        now = self.house.clock.now()
        entry = Entry(
            id=TEST, kind="test-failover", run=run, step=StepId("test"), tenant=DRILL.tenant, recorded_at=now,
            keep=False, item=ONE.id, details=details,
        )  # fmt: skip
        await self.house.ledger.record((entry,))


@pytest.fixture
def home() -> Home:
    """Give one."""
    return Home()


async def test_daemons_that_look_at_once_count_as_one_look(home: Home) -> None:
    """The second one leaves the place to the first, and nothing is judged early; each ear hears once."""
    await home.house.run(DRILL)
    first, second = home.confirm(), home.confirm()
    await first()
    await second()
    looked = len(home.drills.looked[RUN])

    assert (looked, await home.settled(), home.told) == (1, DrillVerdict.PASSED, [RUN])
    assert not await home.drills.note(RUN, Listing(at=home.house.clock.now()), number=2)


async def test_a_test_failover_counts_for_whoever_started_it(home: Home) -> None:
    """Its own is left; another drill's is not; of one that nobody can tell, nobody knows."""
    await home.house.run(DRILL)
    await home.tests()
    home.sky.test_state = "WaitingForCompletion"
    ours = request_id(f"{RUN}/test/1")
    verdicts = []
    for started_by, other in ((ours, False), ("", False), ("", True)):
        home.drills.judged.clear()
        home.drills.looked.clear()
        home.sky.started_by = started_by
        if other:
            await home.tests(RunId("r-2"))
        verdicts.append(await home.settled())

    assert verdicts == [DrillVerdict.LEFTOVER, DrillVerdict.INCONCLUSIVE, DrillVerdict.PASSED]


async def test_what_is_older_than_the_drill_was_not_made_by_it(home: Home) -> None:
    """A tag that was copied to production makes no leftover; one on something young does."""
    await home.house.run(DRILL)
    began = home.house.journal.cards[RUN].accepted_at
    old = Resource(id=MACHINE, location="", created_at=began - timedelta(days=9))
    home.sky.tagged_there = [old]
    first = await home.settled()
    home.drills.judged.clear()
    home.drills.looked.clear()
    home.sky.tagged_there = [replace(old, created_at=began + timedelta(minutes=1))]

    assert (first, await home.settled()) == (DrillVerdict.PASSED, DrillVerdict.LEFTOVER)


async def test_a_journal_that_cannot_be_believed_gives_no_green_drill(home: Home) -> None:
    """Inconclusive, with the reason; what stands is looked for all the same. The log says whose drill it was."""
    await home.house.run(DRILL)
    home.house.journal.plans.clear()
    with capture_logs() as said:
        first = await home.settled()

    drills = [(line["event"], line.get("tenant")) for line in said if "drill" in line["event"]]
    assert set(drills) == {("a drill's journal cannot be believed", DRILL.tenant), ("drill", DRILL.tenant)}
    assert first is DrillVerdict.INCONCLUSIVE
    assert "believed" in home.drills.judged[RUN].because


async def test_a_parent_waits_for_its_children_and_is_no_better(home: Home) -> None:
    """A child's leftover is the parent's, though the parent's run succeeded and nothing of its own stands."""
    child = plan(step("x"), mode=Mode.DRILL, objectives=None)
    parent = plan(step("c", "runbook", child=child), mode=Mode.DRILL, service=None, objectives=None)
    await home.house.run(parent)
    (kid,) = (card for card in home.house.journal.cards.values() if card.parent == RUN)
    home.drills.looked[kid.id] = [Listing(at=home.house.clock.now(), found=("rg-kid",))]

    assert await home.settled() is DrillVerdict.LEFTOVER
    assert home.drills.judged[kid.id].verdict is DrillVerdict.LEFTOVER
    assert home.house.journal.cards[RUN].state is RunState.SUCCEEDED


async def test_a_drill_that_could_not_be_seen_keeps_its_finding_until_it_can(home: Home) -> None:
    """The verdict stays."""
    await home.house.run(DRILL)
    home.sky.blind = True
    verdict = await home.settled()
    before = [each.code for each in await home.findings.list()]
    home.sky.blind = False
    await home.house.clock.sleep(APART)
    await home.confirm()()

    assert (verdict, before) == (DrillVerdict.INCONCLUSIVE, ["drill-unconfirmed"])
    assert await home.findings.list() == ()


async def test_only_what_is_overdue_is_ended(home: Home) -> None:
    """Not what is ending already, no child, no failover; and one that refuses keeps no other from ending."""
    clock, orders = home.house.clock, list[Order]()
    began = clock.now() - LIMIT
    states = {"a": RunState.PAUSED, "b": RunState.STOPPING, "c": RunState.RUNNING, "d": RunState.RUNNING}
    for name, state in states.items():
        home.house.journal.cards[RunId(name)] = RunCard(
            id=RunId(name), runbook=DRILL.runbook, tenant=DRILL.tenant, service=DRILL.service, lock=name,
            mode=Mode.FAILOVER if name == "d" else Mode.DRILL, state=state, plan_hash="h", accepted_at=began,
        )  # fmt: skip
    cards = home.house.journal.cards
    cards[RunId("e")] = replace(cards[RunId("c")], id=RunId("e"), parent=RunId("a"))
    cards[RunId("f")] = replace(cards[RunId("c")], id=RunId("f"), accepted_at=began + timedelta(minutes=7))

    async def control(order: Order) -> None:
        orders.append(order)
        if order.run == "c":
            raise RefusedError("it is over")
        if order.run == "no":
            raise NotFoundError("no such run")

    due = await EndOverdueDrills(journal=home.house.journal, control=control, clock=clock, longest=LIMIT)()

    assert sorted(order.run for order in orders) == ["a", "c"]
    assert {(order.actor, order.request.value) for order in orders} == {("drd", "cancel")}
    assert due == clock.now() + timedelta(minutes=7)
