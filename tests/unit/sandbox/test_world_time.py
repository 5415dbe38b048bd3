"""The world's time: told, moved on, at another pace, and never back."""

from datetime import timedelta

import pytest

from drd.sandbox.clock import CalledClock, ScaledClock, WorldTime
from tests.unit.sandbox.conftest import START, Bench

VM = "rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"


def test_time_can_be_advanced_and_what_falls_due_happens(bench: Bench) -> None:
    """A deallocation of some seconds is over after ten minutes."""
    started = bench.send("POST", f"{VM}/deallocate?api-version=2026-04-01")
    assert started.status == 202

    told = bench.send("POST", "/_sandbox/time", {"advance": "10m"}).json()

    assert told["now"] == "2026-11-20T09:10:00.000000Z"
    assert bench.built.world.operations.running() == []


@pytest.mark.parametrize(
    "body",
    [{}, {"advance": "-5m"}, {"advance": -1}, {"advance": "soon"}, {"speed": -1}, {"speed": "fast"}, {"back": "1h"}],
)
def test_time_that_makes_no_sense_is_refused(bench: Bench, body: dict[str, object]) -> None:
    """It never goes back."""
    assert bench.send("POST", "/_sandbox/time", body).status == 400
    assert bench.built.world.now() == START


def test_a_changed_speed_goes_on_from_the_present_instant() -> None:
    """No jump, and the epoch told is the one at which world and host agree by the new speed."""
    host = [START]
    time = WorldTime(ScaledClock(epoch=START, speed=60, host=lambda: host[0]))
    host[0] += timedelta(minutes=1)
    assert time.now() == START + timedelta(hours=1)

    time.set_speed(2)
    host[0] += timedelta(minutes=1)

    assert time.now() == START + timedelta(hours=1, minutes=2)
    assert time.epoch is not None
    assert time.epoch + (host[0] - time.epoch) * 2 == time.now()


def test_a_world_at_real_time_that_was_moved_on_agrees_with_the_host_at_no_instant() -> None:
    """So no epoch is told that a client could reckon with."""
    time = WorldTime(ScaledClock(epoch=START, speed=1, host=lambda: START))
    assert time.epoch == START

    time.advance(timedelta(hours=1))

    assert time.epoch is None


def test_a_world_that_stands_still_moves_only_when_told() -> None:
    """Speed 0: a virtual clock that is moved by requests."""
    host = [START]
    time = WorldTime(CalledClock(tell=lambda: host[0]))
    time.set_speed(0)
    host[0] += timedelta(days=1)
    assert time.now() == START

    time.advance(timedelta(minutes=5))

    assert time.now() == START + timedelta(minutes=5)


def test_time_never_goes_back() -> None:
    """Also when the clock that it follows does."""
    host = [START]
    time = WorldTime(CalledClock(tell=lambda: host[0]))
    assert time.now() == START
    host[0] -= timedelta(seconds=1)

    assert time.now() == START
