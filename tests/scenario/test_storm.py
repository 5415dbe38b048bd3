"""T5: a storm of 429 and 5xx for ten minutes over sixteen steps side by side."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.call import Call
from drd.domain.ids import RunId, StepId
from drd.domain.lifecycle import RunState
from drd.domain.plan import RecoveryPlan, Retry, Step
from drd.engine.orders import StartWish
from drd.sandbox.faults import make
from drd.sandbox.journal import Entry
from tests.fakes.engine_house import plan
from tests.fakes.lives import Lives

STEPS = 16
STORM = timedelta(minutes=10)
RETRY_AFTER = 20
RUN = RunId("r-1")
PATIENT = Retry(times=20, wait=timedelta(seconds=5))
MOST_AMPLIFIED, MOST_LONGER = 1.5, 1.3


@dataclass(frozen=True, slots=True)
class Played:
    """What one run asked of Azure, and how long it took."""

    state: RunState
    entries: list[Entry]
    took: timedelta


def _plan(lives: Lives) -> RecoveryPlan:
    machines = sorted(
        resource.id
        for resource in lives.sandbox.world.store.each("Microsoft.Compute/virtualMachines")
        if resource.hidden["power"] == "running"
    )[:STEPS]
    return plan(*(_stop(place, machine) for place, machine in enumerate(machines)))


def _stop(place: int, machine: str) -> Step:
    call = Call(uses="vm.deallocate", values={"machine": machine})
    return Step(id=StepId(f"stop-{place}"), call=call, retry=PATIENT, timeout=timedelta(hours=2))


async def _played(place: Path, *, storm: bool) -> Played:
    lives = Lives(place)
    if storm:
        until = lives.clock.now() + STORM
        half = {"probability": 0.05, "ends": until}
        for fault in (
            make("throttle", probability=0.3, retry_after=RETRY_AFTER, ends=until),
            make("server-error", status=503, **half),
            make("server-error-after", status=500, **half),
        ):
            lives.sandbox.world.faults.add(fault)
    async with lives.life(kill=False) as life:
        engine, began = life.installation.engine, lives.clock.now()
        await engine.start(_plan(lives), StartWish(actor="an", run=RUN))
        card = await engine.over(RUN)
        took = lives.clock.now() - began
    return Played(card.state, [one for one in lives.sandbox.world.journal.entries if one.operation != "token"], took)


def _play(place: Path, *, storm: bool) -> Played:
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        return runner.run(_played(place, storm=storm))


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The run on a good day."""
    return _play(tmp_path_factory.mktemp("calm") / "drd.sqlite", storm=False)


@pytest.fixture(scope="module")
def stormy(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The same run in the storm."""
    return _play(tmp_path_factory.mktemp("storm") / "drd.sqlite", storm=True)


def _too_early(entries: Iterable[Entry]) -> list[tuple[Any, ...]]:
    """Give the requests that left for a place before the wait had passed that an earlier answer of it asked for."""
    held: dict[tuple[str, str], datetime] = {}
    early = []
    for entry in entries:
        key = entry.method, entry.path
        if entry.at < held.get(key, entry.at):
            early.append((entry.at, *key))
        if entry.status == 429:
            held[key] = entry.at + timedelta(seconds=RETRY_AFTER)
    return early


def _waited(entries: Iterable[Entry]) -> timedelta:
    """Give how long at least one answer asked for patience."""
    waited, until = timedelta(0), datetime.min.replace(tzinfo=next(iter(entries)).at.tzinfo)
    for entry in entries:
        if entry.status == 429:
            end = entry.at + timedelta(seconds=RETRY_AFTER)
            waited += end - max(entry.at, min(until, end))
            until = max(until, end)
    return waited


def test_a_storm_is_sat_out_without_making_it_worse(calm: Played, stormy: Played) -> None:
    """Every Retry-After is obeyed, few requests more are sent, and little more time is lost than was asked for."""
    assert calm.state is stormy.state is RunState.SUCCEEDED
    refused = sum(one.status == 429 for one in stormy.entries)
    figures = {
        "calm": (len(calm.entries), calm.took),
        "storm": (len(stormy.entries), stormy.took),
        "429": refused,
        "waited": _waited(stormy.entries),
    }
    assert refused >= STEPS, figures
    assert _too_early(stormy.entries) == []
    assert len(stormy.entries) <= MOST_AMPLIFIED * len(calm.entries), figures
    assert stormy.took <= MOST_LONGER * calm.took + _waited(stormy.entries), figures


def test_no_machine_is_stopped_twice_in_a_storm(stormy: Played) -> None:
    """Half of the 5xx came after the order was accepted."""
    stopped = [effect["id"] for one in stormy.entries for effect in one.effects if effect["kind"] == "vm.deallocate"]
    assert sorted(stopped) == sorted(set(stopped))
    assert len(stopped) == STEPS
