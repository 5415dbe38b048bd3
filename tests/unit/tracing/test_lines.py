"""Canonical log lines: one a step and one a run, at their ends, with all that matters of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog

from drd.daemon.log_events import LOG_EVENTS
from drd.domain.events import Kind
from drd.domain.ids import RunId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Retry
from drd.ports.in_hand import IN_HAND, InHand
from drd.tracing.chronicle import Chronicle
from drd.tracing.lines import Lines
from tests.fakes.engine_house import House, check, plan, step
from tests.fakes.scripted_world import BUSY, HANG

pytestmark = pytest.mark.anyio

Line = dict[str, Any]


class ToldHouse(House):
    """A house whose processes tell of their runs in the log."""

    chronicle: Chronicle

    def open(self) -> None:
        """Start a process, which remembers nothing of the one before."""
        self.chronicle = Chronicle()
        self.chronicle.tells(Lines())
        super().open()

    def parts(self, **others: Any) -> Any:
        """Give the engine somebody who tells."""
        return super().parts(historians=(self.chronicle,), **others)


_LISTED = {event.name: {*event.fields, *event.optional} for events in LOG_EVENTS.values() for event in events}


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    """Collect what is logged; each line holds only what the catalogue lists."""
    with structlog.testing.capture_logs() as told:
        yield told  # type: ignore[misc]  # the library names its own mapping
    assert [line for line in told if line.keys() - {"event", "log_level", "exc_info"} - _LISTED[line["event"]]] == []


def _named(lines: list[Line], event: str) -> list[Line]:
    return [line for line in lines if line["event"] == event]


async def test_a_run_leaves_one_line_a_step_and_one_for_itself(lines: list[Line]) -> None:
    """With outcome, durations, attempts, the operation's id, and the figures that the journal has."""
    house = ToldHouse()
    slow = step("a", "adopt", {"lasts": 600})
    await house.run(plan(slow, step("b", needs=("a",)), check("loket")))
    (run,) = _named(lines, "run ended")
    steps = {line["step"]: line for line in _named(lines, "step ended")}

    assert sorted(steps) == ["a", "b", "loket"]
    assert steps["a"]["took_seconds"] >= 600
    assert (steps["a"]["outcome"], steps["a"]["attempts"], steps["a"]["operation_id"]) == ("done", 1, "r-1/a/1")
    assert (steps["a"]["run"], steps["a"]["tenant"], steps["a"]["action"]) == ("r-1", "voorbeeld", "adopt")
    figures = house.finished()["figures"]
    assert run["achieved_recovery_time_seconds"] == figures["achieved-recovery-time-ms"] / 1000
    assert (run["state"], run["steps_done"], run["claims"], run["recovery_time"]) == ("succeeded", 3, 1, "met")
    assert "achieved_recovery_point_seconds" not in run
    assert house.chronicle.course(RunId("r-1")) is None


async def test_a_step_that_two_processes_carried_has_one_line(lines: list[Line]) -> None:
    """Counted from its beginning under the one that died."""
    house = ToldHouse()
    async with house.serving():
        await house.start(plan(step("a", "adopt", {"lasts": 600}), step("b")))
        await house.until(Kind.STEP_RECORDED, step="a")
        await house.until(Kind.STEP_DONE, step="b")
        await house.kill()
    begun = house.events(Kind.STEP_INTENT)[0].at
    async with house.serving():
        await house.engine.over(RunId("r-1"))
    ends = [line["step"] for line in _named(lines, "step ended")]
    (line,) = (line for line in _named(lines, "step ended") if line["step"] == "a")

    assert sorted(ends) == ["a", "b"]
    assert timedelta(seconds=line["took_seconds"]) == house.events(Kind.STEP_DONE)[-1].at - begun
    assert [each["claims"] for each in _named(lines, "run taken up")] == [1, 2]
    assert _named(lines, "run ended")[0]["claims"] == 2


async def test_what_went_wrong_is_told_once_each(lines: list[Line]) -> None:
    """An attempt that failed, then a step that failed, then what a person made of it."""
    house = ToldHouse()
    house.world.script("a", "act", BUSY, BUSY)
    async with house.serving():
        await house.start(plan(step("a", retry=Retry(times=1, wait=timedelta(seconds=5)))))
        await house.until(Kind.STEP_FAILED)
        async for event in house.engine.follow(RunId("r-1")):
            if event.kind is Kind.STEP_FAILED and event.payload["final"]:
                break
        await house.order(Request.SKIP, "a", reason="not today")
        card = await house.engine.over(RunId("r-1"))
    failed, skipped = _named(lines, "step ended")

    assert card.state is RunState.SUCCEEDED
    assert [line["attempt"] for line in _named(lines, "attempt failed")] == [1]
    assert (failed["outcome"], failed["attempts"], failed["log_level"]) == ("failed", 2, "warning")
    assert failed["code"]
    assert (skipped["outcome"], skipped["by_hand"], skipped["attempts"]) == ("skipped", True, 0)


async def test_a_step_knows_what_it_works_for_wherever_it_asks() -> None:
    """Also when a person's order, and not the run itself, let it begin."""
    house, seen = ToldHouse(), list[InHand | None]()
    house.world.on_act = lambda _name: seen.append(IN_HAND.get())
    house.world.script("a", "act", HANG)
    async with house.serving():
        await house.start(plan(step("a"), step("b", needs=("a",))))
        await house.world.hanging.wait()
        await house.kill()
    async with house.serving():
        await house.engine.over(RunId("r-1"))

    assert IN_HAND.get() is None
    assert {hand.step for hand in seen if hand} == {"a", "b"}
    assert {(hand.run, hand.tenant) for hand in seen if hand} == {("r-1", "voorbeeld")}
