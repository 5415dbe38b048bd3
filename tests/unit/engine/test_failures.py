"""Failures: which are tried again, when, and what they do to the run."""

from datetime import timedelta

import pytest

from drd.domain.durations import format_instant
from drd.domain.errors import OperationFailedError, PermanentError, TransientError
from drd.domain.events import Kind
from drd.domain.lifecycle import RunState
from drd.domain.plan import OnFailure, Phase, Retry
from drd.ports.action import Pending, Present
from tests.fakes.engine_house import House, failure, plan, step
from tests.fakes.scripted_world import BUSY

pytestmark = pytest.mark.anyio

BROKEN = OperationFailedError("the restore failed", target="vm", hint="look at the job", code="UserErrorDisk")


async def test_a_request_that_was_not_sent_is_tried_again_as_the_step_says() -> None:
    """A new attempt, with its own operation id, after the step's wait."""
    house = House()
    house.world.script("a", "act", BUSY, BUSY)
    card = await house.run(plan(step("a", retry=Retry(times=2, wait=timedelta(seconds=20)))))
    failures = house.events(Kind.STEP_FAILED)

    assert card.state is RunState.SUCCEEDED
    assert [event.payload["final"] for event in failures] == [False, False]
    assert failures[0].payload["retry-at"] == format_instant(failures[0].at + timedelta(seconds=20))
    assert [event.attempt for event in house.events(Kind.STEP_INTENT)] == [1, 2, 3]
    assert house.world.sent == [("a", "r-1/a/3")]


async def test_the_other_side_may_ask_for_a_longer_wait() -> None:
    """Retry-After wins over a shorter wait of the step."""
    house = House()
    house.world.script("a", "act", TransientError("slow down", retry_after=timedelta(minutes=3)))
    await house.run(plan(step("a", retry=Retry(times=1))))
    first, second = house.events(Kind.STEP_INTENT)

    assert second.at - first.at == timedelta(minutes=3)


async def test_attempts_have_an_end() -> None:
    """After the last one the run pauses."""
    house = House()
    house.world.script("a", "act", BUSY, BUSY)
    async with house.serving():
        card = await house.start(plan(step("a", retry=Retry(times=1)), step("b", needs=("a",))))
        while not (failed := house.events(Kind.STEP_FAILED)) or not failed[-1].payload["final"]:
            await house.clock.sleep(timedelta(seconds=1))
        assert house.journal.cards[card.id].state is RunState.PAUSED
    assert house.world.sent == []


async def test_a_permanent_failure_is_not_tried_again() -> None:
    """Retries are for transient errors only."""
    house = House()
    house.world.script("a", "act", PermanentError("no quota", hint="ask for cores"))
    async with house.serving():
        await house.start(plan(step("a", retry=Retry(times=5))))
        event = await house.until(Kind.STEP_FAILED)

    assert event.payload["final"] is True
    assert event.payload["failure"] == {
        "code": "permanent",
        "message": "no quota",
        "target": "",
        "hint": "ask for cores",
        "transient": False,
    }


async def test_an_operation_that_ends_badly_fails_the_step_with_its_own_code() -> None:
    """The service's code reaches the journal."""
    house = House()
    house.world.script("a", "poll", Pending(), BROKEN)
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 60})))
        event = await house.until(Kind.STEP_FAILED)

    assert failure(event)["code"] == "UserErrorDisk"


async def test_a_timeout_is_a_failure_and_keeps_the_operation() -> None:
    """Never a success; a person can find the operation."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 7200}, timeout=timedelta(minutes=30))))
        event = await house.until(Kind.STEP_FAILED)
        progress = await house.engine.progress(event.run)

    assert event.at - house.events(Kind.STEP_INTENT)[0].at == timedelta(minutes=30)
    assert failure(event)["code"] == "deadline-passed"
    each = progress.steps[event.step]
    assert each.operation is not None
    assert each.doubt_since == house.events(Kind.STEP_INTENT)[0].at


async def test_questions_that_fail_are_repeated_ever_more_slowly_until_the_deadline() -> None:
    """Throttled polling costs no attempt and does not hammer."""
    house = House()
    house.world.script("a", "poll", *[BUSY] * 5, TransientError("x", retry_after=timedelta(minutes=5)), Present())
    await house.run(plan(step("a", values={"lasts": 1}, timeout=timedelta(hours=2))))
    recorded, done = house.events(Kind.STEP_RECORDED)[0], house.events(Kind.STEP_DONE)[0]

    assert done.at - recorded.at == timedelta(seconds=10 + 20 + 40 + 80 + 120 + 300)
    assert house.events(Kind.STEP_FAILED) == []


async def test_a_deadline_says_what_the_last_question_came_to() -> None:
    """The cause is not lost."""
    house = House()
    house.world.script("a", "poll", *[BUSY] * 50)
    async with house.serving():
        await house.start(plan(step("a", values={"lasts": 1}, timeout=timedelta(minutes=5))))
        event = await house.until(Kind.STEP_FAILED)

    assert "too many requests" in failure(event)["message"]


async def test_values_that_do_not_fit_fail_the_step_before_anything_is_written_or_sent() -> None:
    """Outputs are parsed when they are known."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"invalid": 1})))
        event = await house.until(Kind.STEP_FAILED)

    assert failure(event)["code"] == "values-unfit"
    assert "operation-id" not in event.payload
    assert house.events(Kind.STEP_INTENT) == []


async def test_outputs_that_are_no_canonical_json_fail_the_step_not_the_run() -> None:
    """A float from an action is drd's own fault and says so."""
    house = House()
    async with house.serving():
        await house.start(plan(step("a", values={"outputs": {}})))
        await house.engine.over(house.events()[0].run)
    house = House()
    house.world.script("a", "verify", Present(outputs={"size": 1.5}))  # type: ignore[dict-item]  # that is the fault
    async with house.serving():
        await house.start(plan(step("a")))
        event = await house.until(Kind.STEP_FAILED)

    assert failure(event)["code"] == "unexpected"


@pytest.mark.parametrize(
    ("rule", "critical", "state", "done"),
    [
        (OnFailure.STOP, True, RunState.FAILED, ["z"]),
        (OnFailure.CONTINUE, True, RunState.FAILED, ["b", "z"]),
        (OnFailure.CONTINUE, False, RunState.SUCCEEDED, ["b", "z"]),
        (OnFailure.PAUSE, False, RunState.SUCCEEDED, ["b", "z"]),
    ],
)
async def test_what_a_failure_does_to_the_run(
    rule: OnFailure, critical: bool, state: RunState, done: list[str]
) -> None:
    """Stop ends it, continue goes on and ends failed, a step that is not critical is passed over."""
    house = House()
    house.world.script("a", "act", PermanentError("no"))
    card = await house.run(
        plan(step("a", on_failure=rule, critical=critical), step("b", needs=("a",)), step("z", phase=Phase.ALWAYS))
    )

    assert card.state is state
    assert [event.step for event in house.events(Kind.STEP_DONE)] == done


async def test_when_a_run_stops_what_waits_for_a_retry_is_left_out() -> None:
    """No new attempt starts in a stopping run; what runs is followed to its end."""
    house = House()
    house.world.script("late", "act", BUSY)
    house.world.script("bad", "poll", Pending(wait=timedelta(seconds=5)), BROKEN)
    await house.run(
        plan(
            step("late", retry=Retry(times=3, wait=timedelta(hours=1))),
            step("bad", values={"lasts": 900}, on_failure=OnFailure.STOP),
            step("long", values={"lasts": 300}),
            step("next", needs=("long",)),
        )
    )

    assert [event.step for event in house.events(Kind.STEP_SKIPPED)] == ["late"]
    assert [event.step for event in house.events(Kind.STEP_DONE)] == ["long"]
    assert house.finished()["state"] == "failed"
    assert house.events()[-1].at - house.events()[0].at < timedelta(minutes=10)
