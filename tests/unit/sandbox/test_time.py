"""World time, what falls due in it, and durations that repeat."""

from datetime import UTC, datetime, timedelta

import pytest

from drd.sandbox.agenda import Agenda
from drd.sandbox.assembly import build_sandbox, restore_sandbox
from drd.sandbox.clock import CalledClock, ScaledClock, instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.operations import Operations
from drd.sandbox.profile import recorded_profile
from drd.sandbox.snapshot import read_snapshot, snapshot_text
from drd.sandbox.wire import JsonObject, Request

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def never_lost(_region: str, _at: datetime) -> bool:
    """Say that every region is up."""
    return False


def test_a_scaled_clock_agrees_with_the_host_at_its_epoch_and_then_runs_faster() -> None:
    """One host second is two world minutes at speed 120."""
    host = [START]
    clock = ScaledClock(epoch=START, speed=120, host=lambda: host[0])
    assert clock.now() == START

    host[0] += timedelta(seconds=1)

    assert clock.now() == START + timedelta(minutes=2)


def test_instants_are_written_in_utc_with_a_z() -> None:
    """As Azure writes them."""
    assert instant_text(datetime.fromisoformat("2026-11-20T10:00:00+01:00")) == "2026-11-20T09:00:00.000000Z"


def test_effects_take_place_in_the_order_in_which_they_fall_due() -> None:
    """Also those that an effect adds, and two of one instant in the order of their making."""
    agenda, seen = Agenda(), list[str]()
    agenda.at(START + timedelta(seconds=2), lambda _at: seen.append("late"))
    agenda.at(START + timedelta(seconds=1), lambda at: agenda.at(at, lambda _at: seen.append("added")))
    agenda.at(START + timedelta(seconds=1), lambda _at: seen.append("second"))
    agenda.at(START + timedelta(seconds=9), lambda _at: seen.append("never"))

    agenda.settle(START + timedelta(seconds=5), never_lost)

    assert seen == ["second", "added", "late"]
    assert agenda.next_due() == START + timedelta(seconds=9)


def test_an_effect_in_a_lost_region_is_held_until_the_region_is_back() -> None:
    """It then takes place once, at the instant at which the region was found up."""
    agenda, seen, lost = Agenda(), list[datetime](), [True]
    agenda.at(START, seen.append, region="westeurope")

    def is_lost(region: str, _at: datetime) -> bool:
        return lost[0] and region == "westeurope"

    agenda.settle(START + timedelta(hours=1), is_lost)
    assert seen == []
    lost[0] = False
    agenda.settle(START + timedelta(hours=2), is_lost)
    agenda.settle(START + timedelta(hours=3), is_lost)

    assert seen == [START + timedelta(hours=2)]


def test_what_fell_due_before_the_loss_took_place() -> None:
    """A region lost at ten past does not undo what ended at nine past, whenever somebody looks."""
    agenda, seen = Agenda(), list[datetime]()
    lost_at = START + timedelta(minutes=10)
    agenda.at(START + timedelta(minutes=9), seen.append, region="westeurope")

    agenda.settle(START + timedelta(hours=1), lambda _region, at: at >= lost_at)

    assert seen == [START + timedelta(minutes=9)]


def refuse(_at: datetime) -> JsonObject | None:
    """End an operation badly."""
    raise ArmError(409, "AllocationFailed", "No capacity.")


def test_an_operation_ends_as_its_outcome_says_and_a_cancelled_one_has_none() -> None:
    """Succeeded with a result, Failed with the error in its body, Canceled without any effect."""
    agenda = Agenda()
    ids = iter("abc")
    operations = Operations(agenda, lambda: next(ids))
    made = [
        operations.start(
            "x", f"/{place}", region="", at=START, took=timedelta(seconds=5), outcome=outcome
        )
        for place, outcome in enumerate((lambda _at: {"value": 1}, refuse, lambda _at: {"value": 2}))
    ]  # fmt: skip
    assert [one.status for one in made] == ["InProgress"] * 3
    operations.cancel("C", START + timedelta(seconds=1))
    agenda.settle(START + timedelta(seconds=6), never_lost)

    assert [one.status for one in made] == ["Succeeded", "Failed", "Canceled"]
    assert [one.result for one in made] == [{"value": 1}, None, None]
    assert made[1].status_body()["error"]["code"] == "AllocationFailed"
    assert operations.running() == []
    with pytest.raises(ArmError, match="was not found"):
        operations.get("d")


def test_durations_repeat_for_a_seed_and_stay_within_the_spread() -> None:
    """Whatever the order in which they are asked."""
    one, same, other = recorded_profile(1), recorded_profile(1), recorded_profile(2)
    names = [f"/item/{number}" for number in range(50)]
    took = [one.duration("asr.failover", name).total_seconds() for name in names]

    assert took == [same.duration("asr.failover", name.upper()).total_seconds() for name in names]
    assert took != [other.duration("asr.failover", name).total_seconds() for name in names]
    assert all(139.3 * 0.96 <= seconds <= 139.3 * 1.04 for seconds in took)
    assert len(set(took)) > 40


def test_without_spread_the_recorded_figures_are_exact() -> None:
    """The figures of real recordings."""
    exact = recorded_profile(1, spread=0)

    assert exact.duration("backup.restore", "x") == timedelta(minutes=3, seconds=4)
    assert exact.duration("asr.commit", "x") == timedelta(seconds=8)


def test_a_hurried_world_ends_operations_sooner_and_lets_them_be_asked_about_sooner() -> None:
    """For a rehearsal whose time is the host's; a 429 waits as long as ever, and a snapshot hurries as much."""
    clock = CalledClock(tell=lambda: datetime(2026, 11, 22, 3, 0, tzinfo=UTC))
    sandbox = build_sandbox(clock=clock, spread=0, hurry=10)
    token = sandbox.world.identities.token_for("sandbox-owner")
    group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-burgerzaken"
    asked = Request(
        method="DELETE",
        url=f"http://127.0.0.1:1{group}?api-version=2021-04-01",
        headers={"authorization": f"Bearer {token}"},
    )

    assert sandbox.world.profile.duration("asr.failover", "x") == timedelta(seconds=13.93)
    assert sandbox.answer(asked).headers["retry-after"] == "2"
    restored = restore_sandbox(read_snapshot(snapshot_text(sandbox.world)), clock=clock)
    assert restored.world.profile.hurry == 10
    with pytest.raises(ValueError, match="hurry must be at least 1"):
        recorded_profile(1, hurry=0.5)


def test_two_worlds_of_one_seed_are_the_same() -> None:
    """Every id included."""
    worlds = [build_sandbox(clock=CalledClock(tell=lambda: START), seed=7).world for _ in range(2)]

    first, second = ([(one.id, one.properties, one.etag) for one in world.store.each()] for world in worlds)
    assert first == second
    assert worlds[0].new_id() == worlds[1].new_id()
