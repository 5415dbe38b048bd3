"""A run whose journal this version cannot read: it is left as it is, shown with the reason, and the others go on."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import PermanentError, RefusedError
from drd.domain.events import FORMAT, Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import Request, RunState
from drd.operations.show_run import ShowRun
from drd.store.folder import FILE
from tests.contract.store.sample import reseal
from tests.fakes.engine_house import plan, step
from tests.fakes.stored_house import StoredHouse

pytestmark = pytest.mark.anyio

_HARMS = {
    "a newer form": ("UPDATE events SET format = 99 WHERE run = 'r-1' AND sequence = 2", "newer drd"),
    "an unknown kind": ("UPDATE events SET kind = 'step.dreamt' WHERE run = 'r-1' AND sequence = 2", "newer drd"),
    "a tampered event": ("UPDATE events SET actor = 'x' WHERE run = 'r-1' AND sequence = 2", "damaged at event 2"),
    "a missing middle": ("DELETE FROM events WHERE run = 'r-1' AND sequence = 2", "broken at event 2"),
    "no JSON": ("UPDATE events SET payload = '{' WHERE run = 'r-1' AND sequence = 2", "cannot be read at event 2"),
    "a tampered plan": ("UPDATE plans SET body = replace(body, 'x-1', 'y-1')", "not what was approved"),
}


_LOOKS = Actor(name="an", roles=frozenset({Role.VIEWER}))


async def _two_begun(house: StoredHouse) -> None:
    async with house.serving():
        for number in (1, 2):
            service = f"dienst-{number}"
            of = plan(step(f"x-{number}", "adopt", {"lasts": 3600}), service=service, runbook=service)
            await house.start(of, run=RunId(f"r-{number}"))
            await house.until(Kind.STEP_RECORDED, run=f"r-{number}")
        await house.engine.drain()
    await house.leave()


def _harm(folder: Path, statement: str) -> list[object]:
    """Tamper with the database, seal it anew, and give what is in it of the run."""
    database = sqlite3.connect(folder / FILE)
    database.execute(statement)
    database.commit()
    events = database.execute("SELECT * FROM events WHERE run = 'r-1'").fetchall()
    reseal(database, folder)
    return events


def _left(folder: Path) -> list[object]:
    database = sqlite3.connect(folder / FILE)
    events = database.execute("SELECT * FROM events WHERE run = 'r-1'").fetchall()
    database.close()
    return events


@pytest.mark.parametrize("harm", _HARMS)
async def test_an_unreadable_run_is_shown_and_the_others_go_on(tmp_path: Path, harm: str) -> None:
    """Whoever wrote it, or harmed it and knew how to seal: nothing of it is carried out, ordered, or told as true."""
    statement, said = _HARMS[harm]
    house = await StoredHouse().enter(tmp_path)
    async with asyncio.timeout(10):
        await _two_begun(house)
        before = _harm(tmp_path, statement)
        await house.enter(tmp_path)
        with pytest.raises(PermanentError, match=said):
            await house.order(Request.PAUSE)
        async with house.serving():
            over = await house.engine.over(RunId("r-2"))
            stuck = dict(house.engine.health.stuck)
            with pytest.raises(RefusedError, match=said) as refused:
                await house.order(Request.PAUSE)
            listed = (await house.store.journal.run(RunId("r-1"))).state
            use = ShowRun(journal=house.store.journal, engine=house.engine, drills=house.store.drills)
            with pytest.raises(PermanentError, match=said):
                await use.show(_LOOKS, "r-1")
        await house.leave()

    assert (over.state, listed.final, house.world.names_sent()) == (RunState.SUCCEEDED, False, ["x-1", "x-2"])
    assert set(stuck) == {"r-1"}
    assert str(refused.value).count("Hint:") == 1
    assert said in stuck[RunId("r-1")]
    assert _left(tmp_path) == before


def test_no_released_form_is_as_new_as_the_harm_above() -> None:
    """Else it would prove nothing."""
    assert FORMAT < 99
