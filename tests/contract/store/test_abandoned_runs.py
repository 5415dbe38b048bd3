"""A person ends a run whose journal is damaged: its service is free, its journal is evidence, and all of it is told."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import ForbiddenError, PermanentError, RefusedError
from drd.domain.events import Kind
from drd.domain.ids import RunId, StepId, TenantId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode
from drd.engine.children import child_run_id
from drd.operations.abandon_run import AbandonOrder, AbandonRun
from drd.operations.control_run import ControlOrder, ControlRun
from drd.operations.record_evidence import RecordEvidence
from drd.operations.show_run import DamagedView, RunView, ShowRun
from drd.ports.journal import RunCard
from drd.store.examining import examine
from drd.store.folder import FILE
from drd.store.restoring import restore
from tests.contract.store.sample import reseal
from tests.fakes.engine_house import plan, step
from tests.fakes.served_house import FakeServices
from tests.fakes.stored_house import StoredHouse

pytestmark = pytest.mark.anyio

_HARMS = {
    "a tampered event": ("UPDATE events SET actor = 'x' WHERE run = 'r-1' AND sequence = 2", "damaged at event 2"),
    "a missing middle": ("DELETE FROM events WHERE run = 'r-1' AND sequence = 2", "broken at event 2"),
    "a tampered plan": ("UPDATE plans SET body = replace(body, 'x-1', 'y-1')", "not what was approved"),
}
_AN = Actor(name="an", roles=frozenset({Role.RESPONDER}))
_SERVICE = "burgerzaken"
_CHILD = child_run_id(RunId("r-1"), StepId("c"), 1)


def _harm(folder: Path, statement: str) -> None:
    database = sqlite3.connect(folder / FILE)
    database.execute(statement)
    database.commit()
    reseal(database, folder)


def _left(folder: Path) -> list[object]:
    database = sqlite3.connect(folder / FILE)
    events = database.execute("SELECT * FROM events WHERE run = 'r-1'").fetchall()
    database.close()
    return events


async def _begun(house: StoredHouse, *, mode: Mode = Mode.FAILOVER) -> None:
    async with house.serving():
        await house.start(plan(step("x-1", "adopt", {"lasts": 3600}), mode=mode))
        await house.until(Kind.STEP_RECORDED)
        await house.engine.drain()
    await house.leave()


async def _abandon(
    house: StoredHouse, run: str = "r-1", *, actor: Actor = _AN, reason: str = "brand", confirm: str = _SERVICE
) -> RunCard:
    store = house.store
    record = RecordEvidence(
        book=store.evidence, journal=store.journal, ledger=store.ledger, inventory=store.inventory,
        services=FakeServices(), clock=house.clock, version="1", drills=store.drills,
    )  # fmt: skip
    use = AbandonRun(
        journal=store.journal, abandoning=store.abandoning, ledger=store.ledger, engine=house.engine, clock=house.clock,
        recorded=record.over,
    )  # fmt: skip
    serving = asyncio.create_task(record.serve())
    try:
        return await _recorded(house, await use(AbandonOrder(run=run, actor=actor, reason=reason, confirm=confirm)))
    finally:
        serving.cancel()
        await asyncio.wait({serving})


async def _recorded(house: StoredHouse, card: RunCard) -> RunCard:
    """Wait until whoever writes the evidence has heard of it."""
    while card.id in await house.store.evidence.unrecorded(most=9):  # noqa: ASYNC110 - who writes tells nobody
        await asyncio.sleep(0)
    return card


async def _stuck(house: StoredHouse, *runs: str) -> None:
    """Wait until these runs are stuck, and no others."""
    while set(house.engine.health.stuck) != set(runs):  # noqa: ASYNC110 - looks from outside at what the engine does
        await asyncio.sleep(0)


async def _shown(house: StoredHouse) -> RunView | DamagedView:
    return await ShowRun(journal=house.store.journal, engine=house.engine, drills=house.store.drills).show(_AN, "r-1")


@pytest.mark.parametrize("harm", _HARMS)
async def test_a_service_whose_run_is_damaged_can_be_recovered_by_a_new_run(tmp_path: Path, harm: str) -> None:
    """Also while a daemon holds it: the daemon lets go, the new run succeeds, and the old journal is as it was."""
    statement, said = _HARMS[harm]
    house = await StoredHouse().enter(tmp_path)
    async with asyncio.timeout(10):
        await _begun(house)
        _harm(tmp_path, statement)
        before = _left(tmp_path)
        await house.enter(tmp_path)
        async with house.serving():
            await _stuck(house, "r-1")
            card = await _abandon(house)
            await _stuck(house)
            await house.start(plan(step("z-1", "adopt")), run=RunId("r-2"))
            over = await house.engine.over(RunId("r-2"))
            shown, told = await _shown(house), (await house.store.evidence.get("r-1")).body()
            order = ControlOrder(run="r-1", request=Request.PAUSE, actor=_AN, reason="x", confirm=_SERVICE)
            with pytest.raises(RefusedError, match="was abandoned"):
                await ControlRun(journal=house.store.journal, engine=house.engine)(order)
        await house.leave()

    assert (card.state, over.state) == (RunState.CANCELLED, RunState.SUCCEEDED)
    assert isinstance(shown, DamagedView)
    word = shown.card.abandoned
    assert word is not None
    assert (word.actor, word.reason, said in word.damage) == ("an", "brand", True)
    assert [line for line in word.under_way if line.startswith("x-1: was sent: ")]
    assert (told["type"], told["outcome"]["state"], told["outcome"]["by"]) == ("real", "abandoned", "an")
    assert told["outcome"]["under-way"] == list(word.under_way)
    assert (told["steps"], told["run"]["events"], told["service"]["name"]["nl"]) == (
        "unknown",
        "unknown",
        "Burgerzaken",
    )
    assert {each["code"] for each in told["findings"]} == {"journal-damaged", "under-way"}
    assert _left(tmp_path) == before


@pytest.mark.parametrize("harm", _HARMS)
async def test_a_damaged_run_keeps_no_store_from_being_taken_up_as_it_lies(tmp_path: Path, harm: str) -> None:
    """A person believes the file that a daemon refuses: the others are parked, and this journal is not written to."""
    house = await StoredHouse().enter(tmp_path)
    async with asyncio.timeout(10):
        await house.start(
            plan(step("y-1", "adopt", {"lasts": 7200}), service="netwerk", runbook="netwerk"), run=RunId("r-2")
        )
        await _begun(house)
        database = sqlite3.connect(tmp_path / FILE)
        database.execute(_HARMS[harm][0])
        database.commit()
        database.close()
        before = _left(tmp_path)
        with pytest.raises(PermanentError, match="not what drd wrote"):
            await house.enter(tmp_path)
        done = restore(tmp_path, None, actor="an", at=house.clock.now())
        await house.enter(tmp_path)
        card = await _abandon(house)
        await house.leave()

    assert (done.parked, done.damaged) == (("r-2",), ("r-1",))
    assert card.abandoned is not None
    assert _left(tmp_path) == before
    restored = restore(tmp_path, None, actor="an", at=house.clock.now())
    assert (restored.parked, restored.damaged) == (("r-2",), ())
    assert examine(tmp_path) == ()


async def test_a_run_that_is_whole_or_of_a_newer_drd_is_not_abandoned(tmp_path: Path) -> None:
    """The one is cancelled, the other goes on under the newer one; and nobody abandons without a right."""
    house = await StoredHouse().enter(tmp_path)
    async with asyncio.timeout(10):
        await _begun(house)
        await house.enter(tmp_path)
        with pytest.raises(RefusedError, match="whole") as whole:
            await _abandon(house)
        for wrong in ({"reason": " "}, {"confirm": "netwerk"}):
            with pytest.raises(RefusedError):
                await _abandon(house, **wrong)
        for roles, tenants in (({Role.OPERATOR}, ()), ({Role.APPROVER}, ()), ({Role.RESPONDER}, ("elders",))):
            other = Actor(name="bo", roles=frozenset(roles), tenants=frozenset(TenantId(each) for each in tenants))
            with pytest.raises(ForbiddenError):
                await _abandon(house, actor=other)
        await house.leave()
        _harm(tmp_path, "UPDATE events SET format = 99 WHERE run = 'r-1' AND sequence = 2")
        await house.enter(tmp_path)
        with pytest.raises(PermanentError, match="newer drd"):
            await _abandon(house)
        state = (await house.store.journal.run(RunId("r-1"))).state
        await house.leave()

    assert "drd run cancel r-1" in whole.value.hint
    assert not state.final


async def test_a_parent_is_shown_beside_a_damaged_child_and_goes_on_when_it_is_abandoned(tmp_path: Path) -> None:
    """Of the child its card and what is wrong; once it is abandoned, the parent's step fails and a person is asked."""
    house = await StoredHouse().enter(tmp_path)
    child = plan(step("x-1", "adopt", {"lasts": 3600}))
    parent = plan(step("c", "runbook", child=child), service="alles", runbook="alles")
    async with asyncio.timeout(10):
        async with house.serving():
            await house.start(parent)
            await house.until(Kind.CHILD_STARTED)
            await house.until(Kind.STEP_RECORDED, run=_CHILD)
            await house.engine.drain()
        await house.leave()
        _harm(tmp_path, "UPDATE events SET actor = 'x' WHERE run <> 'r-1' AND sequence = 2")
        await house.enter(tmp_path)
        async with house.serving():
            await _stuck(house, _CHILD)
            seen = await _shown(house)
            await _abandon(house, _CHILD)
            await house.until(Kind.STEP_FAILED)
            after = await _shown(house)
        await house.leave()

    assert isinstance(seen, RunView)
    assert [(each.card.id, "damaged at event 2" in each.damage) for each in seen.damaged] == [(_CHILD, True)]
    assert isinstance(after, RunView)
    failure = next(iter(after.progress.steps.values())).failure
    assert failure is not None
    assert "an abandoned it" in str(failure["message"])
