"""The clocks: world time beside a sandbox, and virtual time in which hours pass in no time and always alike."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drd.daemon.clock import HostClock, ScaledClock
from drd.daemon.virtual_time import VirtualClock, VirtualTimeLoop

EPOCH = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def _virtually(work: Coroutine[Any, Any, Any]) -> Any:
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def test_instants_are_aware_and_in_utc() -> None:
    """Whichever clock tells them."""
    clocks = [HostClock(), ScaledClock(epoch=EPOCH, speed=60), VirtualClock(EPOCH)]

    assert [clock.now().tzinfo for clock in clocks] == [UTC, UTC, UTC]


def test_world_time_agrees_with_the_host_at_its_epoch_and_runs_faster_from_then_on() -> None:
    """Two processes with the same values agree without talking to each other."""
    begin = HostClock().now() - timedelta(seconds=10)
    one, other = ScaledClock(epoch=begin, speed=120), ScaledClock(epoch=begin, speed=120)
    passed = one.now() - begin

    assert timedelta(seconds=1200) <= passed < timedelta(seconds=1500)
    assert abs(other.now() - one.now()) < timedelta(seconds=60)


def test_a_clock_of_speed_one_is_the_hosts() -> None:
    """From any epoch."""
    assert abs(ScaledClock(epoch=EPOCH, speed=1).now() - HostClock().now()) < timedelta(seconds=1)


@pytest.mark.anyio
async def test_a_wait_in_world_time_is_never_too_short() -> None:
    """A deadline that is asked for right after must have passed."""
    clock = ScaledClock(epoch=HostClock().now(), speed=1000)
    for _ in range(5):
        before = clock.now()
        await clock.sleep(timedelta(seconds=7))
        assert clock.now() - before >= timedelta(seconds=7)


@pytest.mark.anyio
@pytest.mark.parametrize("length", [timedelta(0), timedelta(seconds=-5)])
async def test_no_wait_ends_at_once(length: timedelta) -> None:
    """Also one below zero."""
    await asyncio.wait_for(HostClock().sleep(length), 1)
    await asyncio.wait_for(ScaledClock(epoch=EPOCH, speed=2).sleep(length), 1)


def test_limits_on_the_wire_are_in_seconds_of_the_host() -> None:
    """Two minutes of a world that runs sixty times as fast are two seconds."""
    length = timedelta(minutes=2)

    assert ScaledClock(epoch=EPOCH, speed=60).host_seconds(length) == 2
    assert HostClock().host_seconds(length) == 120


def test_hours_of_virtual_time_pass_in_no_time_and_in_order() -> None:
    """Each sleeper wakes at its instant."""

    async def work() -> list[tuple[str, timedelta]]:
        clock, woken = VirtualClock(EPOCH), []

        async def sleeper(name: str, hours: int) -> None:
            await clock.sleep(timedelta(hours=hours))
            woken.append((name, clock.now() - EPOCH))

        await asyncio.gather(sleeper("late", 8), sleeper("early", 1), sleeper("middle", 3))
        return woken

    began = time.perf_counter()
    woken = _virtually(work())

    assert [name for name, _ in woken] == ["early", "middle", "late"]
    assert [passed // timedelta(minutes=1) for _, passed in woken] == [60, 180, 480]
    assert time.perf_counter() - began < 60


def test_virtual_time_stands_still_while_a_thread_works() -> None:
    """What takes a moment of the host takes none of the world, and timers do not overtake it."""

    async def work() -> tuple[float, list[str]]:
        loop, order = asyncio.get_running_loop(), []
        loop.call_later(3600, order.append, "timer")
        begin, gate = loop.time(), threading.Event()
        threading.Timer(0.05, gate.set).start()
        await loop.run_in_executor(None, gate.wait)
        order.append("thread")
        passed = loop.time() - begin
        await asyncio.sleep(3601)
        return passed, order

    assert _virtually(work()) == (0, ["thread", "timer"])


def test_two_runs_in_virtual_time_are_alike() -> None:
    """The same instants, to the microsecond."""

    async def work() -> list[datetime]:
        clock = VirtualClock(EPOCH)
        seen = []
        for minutes in (7, 1, 30):
            await clock.sleep(timedelta(minutes=minutes))
            seen.append(clock.now())
        return seen

    assert _virtually(work()) == _virtually(work())


def test_a_virtual_clock_outside_its_loop_stands_at_its_epoch() -> None:
    """So that things can be built before time begins."""
    assert VirtualClock(EPOCH).now() == EPOCH
