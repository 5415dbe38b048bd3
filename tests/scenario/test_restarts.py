"""T7: a daemon that is killed and drained, again and again, inside one operation of eight hours."""

import asyncio
import itertools
from datetime import datetime, timedelta
from pathlib import Path

import structlog.testing

from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.call import Call
from drd.domain.events import Event, Kind
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import RunState, StepState
from drd.domain.plan import RecoveryPlan, Step
from drd.engine.orders import StartWish
from tests.fakes.engine_house import plan
from tests.fakes.lives import Lives

RESTARTS = 20
OPERATION = timedelta(hours=8)
RUN = RunId("r-1")
LOOKS_WITHIN = timedelta(minutes=2)


def _plan(lives: Lives) -> RecoveryPlan:
    item = lives.item("vm-bz-sql-1")
    failover = Step(
        id=StepId("db"),
        call=Call(uses="asr.failover", values={"item": item.id}),
        item=item.id,
        timeout=OPERATION + timedelta(hours=2),
    )
    return plan(failover, items=(item,))


async def _lived(place: Path) -> tuple[Lives, tuple[Event, ...], list[datetime], RunState]:
    lives = Lives(place)
    lives.sandbox.world.profile.seconds["asr.failover"] = OPERATION.total_seconds()  # type: ignore[index]  # a test's
    starts: list[datetime] = []
    events: tuple[Event, ...] = ()
    state = RunState.QUEUED
    for number in range(RESTARTS + 1):
        async with lives.life(kill=bool(number % 3)) as life:
            starts.append(lives.clock.now())
            engine = life.installation.engine
            if not number:
                await engine.start(_plan(lives), StartWish(actor="an", run=RUN, graceful=False))
            # Restarts fall anywhere between two questions.
            await lives.clock.sleep(timedelta(minutes=23, seconds=7 * number % 31))
            if number == RESTARTS:
                await engine.over(RUN)
            events = await life.store.journal.events(RUN)
            state = (await life.store.journal.run(RUN)).state
            assert (await engine.progress(RUN)).steps[StepId("db")].state is not StepState.PARKED
    return lives, events, starts, state


def test_twenty_restarts_inside_one_operation_of_eight_hours(tmp_path: Path) -> None:
    """One POST, one attempt; each next process asks at once and goes on asking; nobody is struck out."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        lives, events, starts, state = runner.run(_lived(tmp_path / "drd.sqlite"))

    kinds = [event.kind for event in events]
    entries = lives.sandbox.world.journal.entries
    asked = [entry.at for entry in entries if "replicationOperationStatus" in entry.path]
    assert state is RunState.SUCCEEDED
    assert sum(entry.method == "POST" and "unplannedFailover" in entry.path for entry in entries) == 1
    assert kinds.count(Kind.STEP_INTENT) == kinds.count(Kind.STEP_RECORDED) == 1
    assert kinds.count(Kind.RUN_CLAIMED) == RESTARTS + 1
    assert Kind.RUN_PARKED not in kinds
    for start in starts[1:]:
        assert min(at for at in asked if at >= start) - start <= timedelta(seconds=5)
    gaps = [later - earlier for earlier, later in itertools.pairwise(asked)]
    assert max(gaps) <= LOOKS_WITHIN
    assert asked[-1] - asked[0] >= OPERATION - LOOKS_WITHIN
