"""Evidence of runs: one record each, also when the daemon dies between a run's end and its record."""

import asyncio
from typing import Any

import pytest

from drd.cli.verify_evidence import verify
from drd.domain.actor import Actor, Role
from drd.domain.drill_verdict import DrillVerdict, Judgement, Listing
from drd.domain.errors import ForbiddenError
from drd.domain.evidence import EvidenceKind
from drd.domain.ids import RunId, TenantId
from drd.domain.plan import Mode
from drd.operations.record_evidence import RecordEvidence
from drd.operations.show_evidence import ShowEvidence
from drd.ports.evidence import EvidenceFilter
from drd.ports.observer import Seen
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.memory_drills import MemoryDrills
from tests.fakes.memory_evidence import MemoryEvidence
from tests.fakes.served_house import FakeInventory, FakeServices
from tests.fakes.virtual_clock import EPOCH

pytestmark = pytest.mark.anyio
DRILL = plan(step("a"), check("web"), mode=Mode.DRILL)


class Archive:
    """A house, a book, and who writes into it."""

    def __init__(self) -> None:
        """Begin with nothing done."""
        self.house, self.book = House(), MemoryEvidence()
        self.drills = MemoryDrills(self.house.journal)
        self.record = self.writer()

    def writer(self) -> RecordEvidence:
        """Give a writer, as a daemon that has just started has it."""
        return RecordEvidence(
            book=self.book, journal=self.house.journal, ledger=self.house.ledger, inventory=FakeInventory(),
            services=FakeServices(), clock=self.house.clock, version="1.2", drills=self.drills,
        )  # fmt: skip

    async def ran(self, name: str, of: Any = DRILL) -> None:
        """Let a run come to its end."""
        await self.house.run(of, run=RunId(name))
        self.house.open()
        self.book.ended.append(RunId(name))


@pytest.fixture
def archive() -> Archive:
    """Give an empty one."""
    return Archive()


async def test_a_finished_run_leaves_one_record(archive: Archive) -> None:
    """Asked twice it gives the same; catalogue, journal and version are in it."""
    await archive.ran("r-1")
    first, again = await archive.record(RunId("r-1")), await archive.record(RunId("r-1"))
    body = first.body()

    assert (first, len(archive.book.records)) == (again, 1)
    assert (body["type"], body["key"], body["tool"]["version"]) == ("drill", "run/r-1", "1.2")
    assert (body["service"]["id"], body["service"]["tier"]) == ("burgerzaken", "unknown")
    assert body["service"]["name"] == {"nl": "Burgerzaken", "en": "Civil affairs", "fr": "Etat civil"}


async def test_runs_without_a_record_get_one_at_the_start(archive: Archive) -> None:
    """The daemon died between their end and the record; nobody told the next one."""
    for name in ("r-1", "r-2"):
        await archive.ran(name)
    await archive.record(RunId("r-1"))

    assert await archive.writer().catch_up() == 1
    assert await archive.writer().catch_up() == 0
    assert [each.body()["key"] for each in archive.book.records] == ["run/r-1", "run/r-2"]


async def test_a_run_that_ends_is_recorded_by_who_serves(archive: Archive) -> None:
    """A database that is away is waited for."""
    serving = asyncio.create_task(archive.record.serve())
    await asyncio.sleep(0)
    failover = plan(step("a"), check("web"))
    await archive.ran("r-1", failover)
    for event in archive.house.events():
        archive.record.saw(Seen(event, failover))
    async with asyncio.timeout(30):
        while not archive.book.records:  # noqa: ASYNC110 - who writes tells nobody
            await asyncio.sleep(0.001)
    serving.cancel()
    await asyncio.wait({serving})

    assert [each.body()["outcome"]["state"] for each in archive.book.records] == ["succeeded"]


async def test_a_drill_is_recorded_when_it_has_its_verdict(archive: Archive) -> None:
    """Not before, whoever saw its end; then with how its end was looked at."""
    await archive.ran("r-1")
    run, drills = RunId("r-1"), archive.drills
    archive.book.ended.clear()
    await drills.unconfirmed(most=1)
    serving = asyncio.create_task(archive.record.serve())
    for event in archive.house.events():
        archive.record.saw(Seen(event, DRILL))
    archive.record.over(run)
    await asyncio.sleep(0.01)
    before = len(archive.book.records)
    serving.cancel()
    await asyncio.wait({serving})
    await drills.note(run, Listing(at=EPOCH, found=("rg-x",)), number=1)
    await drills.settle(run, Judgement(verdict=DrillVerdict.LEFTOVER, because="rg-x stands"))
    body = (await archive.record(run)).body()

    assert (before, len(archive.book.records)) == (0, 1)
    assert (body["outcome"]["state"], body["outcome"]["verdict"]) == ("succeeded", "leftover")
    assert (body["clean-up"]["proven"], [each["found"] for each in body["clean-up"]["listings"]]) == (False, [["rg-x"]])


async def test_a_run_that_cannot_be_told_does_not_keep_the_others(archive: Archive) -> None:
    """Its journal is damaged; it is tried once by each daemon."""
    for name in ("r-1", "r-2"):
        await archive.ran(name)
    archive.house.journal.plans.clear()
    await archive.ran("r-3", plan(step("b"), mode=Mode.DRILL))

    assert await archive.record.catch_up() == 1
    assert [each.body()["key"] for each in archive.book.records] == ["run/r-3"]


async def test_a_parent_names_its_children(archive: Archive) -> None:
    """With how each ended; each has a record of its own."""
    child = plan(step("x"), mode=Mode.DRILL)
    parent = plan(step("c", "runbook", child=child), mode=Mode.DRILL, service=None, objectives=None)
    await archive.ran("r-1", parent)
    record = await archive.record(RunId("r-1"))
    (told,) = record.body()["children"]

    assert (told["step"], told["service"], told["outcome"]) == ("c", "burgerzaken", "succeeded")
    assert told["run"] in archive.house.journal.cards
    assert (record.body()["service"], record.body()["not-tested"]["services"]) == ("not-applicable", [])


async def test_who_sees_one_tenant_gets_the_chain_and_not_the_others_records() -> None:
    """Withheld, and the chain can be checked all the same."""
    book = MemoryEvidence()
    for number, tenant in enumerate(("voorbeeld", "elders", "voorbeeld"), start=1):
        await book.append(EvidenceKind.VERIFICATION, TenantId(tenant), {}, EPOCH, key=f"verification/{number}")
    viewer = Actor(name="an", roles=frozenset({Role.VIEWER}), tenants=frozenset({TenantId("voorbeeld")}))
    show = ShowEvidence(book)

    page = await show.page(viewer, after=0, until=3)
    lines = [f"{line}\n".encode() for line in (*page.lines, page.head.seal())]
    assert "elders" not in page.lines[1]
    assert (verify(lines, withheld=True).faults, verify(lines, withheld=True).withheld) == ([], 1)
    assert [what for _, what, _ in verify(lines).faults] == ["record 2 is withheld"]
    assert {each.sequence for each in await show.list(viewer, EvidenceFilter())} == {1, 3}
    with pytest.raises(ForbiddenError):
        await show.show(viewer, "2")
    with pytest.raises(ForbiddenError):
        await show.page(Actor(name="x", roles=frozenset()), after=0)


async def test_an_export_ends_where_it_was_begun() -> None:
    """What is written meanwhile is not half in it."""
    book = MemoryEvidence()
    for number in range(1, 4):
        await book.append(EvidenceKind.VERIFICATION, TenantId("t"), {}, EPOCH, key=f"verification/{number}")
    admin = Actor(name="an", roles=frozenset({Role.ADMIN}))
    show = ShowEvidence(book)

    first, rest = await show.page(admin, after=0, until=2), await show.page(admin, after=2, until=2)
    assert (len(first.lines), first.last, rest.lines, rest.last) == (2, 2, (), 2)
