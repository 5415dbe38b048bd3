"""T6: operations that never end, end badly, or are told of in ways that make no sense.

Each ends as it should, within its deadline and five seconds of world time; the operation is kept, and nothing is ever
called a success that the world does not show.
"""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.call import Call
from drd.domain.events import Event, Kind
from drd.domain.ids import StepId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Step
from tests.fakes.azure_house import AzureHouse
from tests.fakes.engine_house import failure, plan
from tests.unit.providers.azure.scripted import (
    ENDPOINT,
    LOCATION,
    MACHINE,
    STATUS,
    Asked,
    Says,
    ScriptedAzure,
    accepted,
    machine,
    refusal,
)

pytestmark = pytest.mark.anyio

DEADLINE = timedelta(minutes=15)
GRACE = timedelta(seconds=5)
GOES_ON = Says(200, {"status": "InProgress"})
ENDED = Says(200, {"status": "Succeeded"})
BY_LOCATION = accepted(status="", location=LOCATION)
ELSEWHERE = "https://evil.example/operations/op-1"
OFF, RUNNING = "deallocated", "running"
SUCCEEDED, PARKED, DEADLINE_PASSED = "succeeded", "parked", "deadline-passed"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What Azure answers to a start, what the machine does, and what must become of the step.

    Attributes:
        polls: answers at the operation's address; the last is repeated.
        ends: `succeeded`, `parked`, or the code of the failure.
        asked: whether the operation's address may be asked at all.
    """

    name: str
    polls: tuple[Says, ...] = (GOES_ON,)
    accepts: Says = field(default_factory=accepted)
    power: str = OFF
    ends: str
    asked: bool = True
    gone: bool = False


def waits(header: str) -> Says:
    """Make an answer that goes on, with a Retry-After."""
    return replace(GOES_ON, headers={"retry-after": header})


def ends_as(status: str, **error: Any) -> Says:
    """Make a status body."""
    return Says(200, {"status": status, **({"error": error} if error else {})})


def odd(body: Any, status: int = 200, **headers: str) -> Says:
    """Make an answer of any form."""
    return Says(status, body, headers)


NEVER = [
    Case(name="never ends", ends=DEADLINE_PASSED),
    *(
        Case(name=f"never ends, Retry-After {header}", polls=(waits(header),), ends=DEADLINE_PASSED)
        for header in ("9999", "-5", "0", "soon", "1e99", "nan", "Wed, 31 Dec 2098 23:00:00 GMT", "0.001")
    ),
    Case(name="accepted with Retry-After 9999", accepts=accepted(retry_after="9999"), ends=DEADLINE_PASSED),
    Case(name="a word nobody knows", polls=(ends_as("Frobnicating"),), ends=DEADLINE_PASSED),
    Case(name="a number for a status", polls=(odd({"status": 7}),), ends=DEADLINE_PASSED),
    Case(name="429 with Retry-After 9999", polls=(refusal(429, "Slow", retry_after="9999"),), ends=DEADLINE_PASSED),
    Case(name="503 for ever", polls=(refusal(503, "Busy"),), ends=DEADLINE_PASSED),
    Case(name="500 without a body", polls=(odd(None, 500),), ends=DEADLINE_PASSED),
    Case(name="connections break", polls=(Says(error=ConnectionResetError("reset")),), ends=DEADLINE_PASSED),
    Case(name="nobody answers", polls=(Says(error=TimeoutError("silence")),), ends=DEADLINE_PASSED),
    Case(name="202 at Location for ever", accepts=BY_LOCATION, polls=(odd(None, 202),), ends=DEADLINE_PASSED),
    Case(name="no address, and nothing happens", accepts=Says(202), ends=DEADLINE_PASSED, asked=False),
    Case(name="succeeded, and the world says no", polls=(ENDED,), ends=DEADLINE_PASSED),
    Case(name="succeeded with an error", polls=(ends_as("Succeeded", code="X"),), ends=DEADLINE_PASSED),
    Case(name="200 at Location, and the world says no", accepts=BY_LOCATION, polls=(odd({}),), ends=DEADLINE_PASSED),
]
BADLY = [
    Case(name="failed", polls=(GOES_ON, ends_as("Failed", code="AllocationFailed")), ends="AllocationFailed"),
    Case(name="failed without a reason", polls=(ends_as("Failed"),), ends="Failed"),
    Case(name="canceled", polls=(ends_as("Canceled"),), ends="Canceled"),
    Case(name="cancelled", polls=(ends_as("cancelled", code="UserCancelled"),), ends="UserCancelled"),
    Case(name="failed in a refusal", polls=(odd({"status": "Failed", "error": {"code": "Q"}}, 409),), ends="Q"),
    Case(
        name="refused at Location",
        accepts=BY_LOCATION,
        polls=(refusal(409, "Overconstrained"),),
        ends="Overconstrained",
    ),
    Case(name="an error at Location", accepts=BY_LOCATION, polls=(odd({"error": {"code": "Z"}}),), ends="Z"),
    Case(name="succeeded, and the machine is gone", polls=(ENDED,), gone=True, ends="not-found"),
]
NONSENSE = [
    *(
        Case(name=f"a body like {str(body)[:20]!r}", polls=(odd(body),), ends=PARKED)
        for body in (
            b"<html>gateway</html>", b'{"status": ', b"", b"[]", b"7", b"null", b'"Succeeded"', b"\xff\xfe\x00",
            b"[" * 50_000, {}, {"status": None}, {"status": ""}, {"percentComplete": 50},
            {"error": {"code": "Odd"}}, {"properties": {"status": "Succeeded"}},
        )
    ),
    Case(name="403", polls=(GOES_ON, refusal(403, "AuthorizationFailed")), ends=PARKED),
    Case(name="401", polls=(refusal(401, "InvalidToken"),), ends=PARKED),
    Case(name="400 for the question", polls=(refusal(400, "BadRequest"),), ends=PARKED),
    Case(name="409 for the question", polls=(refusal(409, "Conflict"),), ends=PARKED),
    Case(name="302 to elsewhere", polls=(odd(None, 302, location=ELSEWHERE),), ends=PARKED),
    Case(name="307 to itself", polls=(odd(None, 307, location=STATUS),), ends=PARKED),
    Case(name="302 at Location", accepts=BY_LOCATION, polls=(odd(None, 302, location=LOCATION),), ends=PARKED),
    Case(name="404, and nothing happens", polls=(refusal(404, "NotFound"),), ends=PARKED),
    Case(name="410, and nothing happens", polls=(refusal(410, "Gone"),), ends=PARKED),
    Case(name="an address elsewhere", accepts=accepted(status=ELSEWHERE), ends=PARKED, asked=False),
    Case(name="an address with braces", accepts=accepted(status=f"{ENDPOINT}/{{x}}"), ends=PARKED, asked=False),
    Case(name="no address at all", accepts=accepted(status="::"), ends=PARKED, asked=False),
]  # fmt: skip
WELL = [
    Case(name="it ends", polls=(GOES_ON, ENDED), power=RUNNING, ends=SUCCEEDED),
    Case(name="in capitals", polls=(ends_as("SUCCEEDED"),), power=RUNNING, ends=SUCCEEDED),
    Case(name="forgotten, and the world shows it", polls=(refusal(404, "NotFound"),), power=RUNNING, ends=SUCCEEDED),
    Case(name="elsewhere, and the world shows it", accepts=accepted(status=ELSEWHERE), power=RUNNING, ends=SUCCEEDED),
    Case(name="no address, and the world shows it", accepts=Says(202), power=RUNNING, ends=SUCCEEDED),
    Case(name="nonsense for a while", polls=(odd(b"<html>"), odd({}), ENDED), power=RUNNING, ends=SUCCEEDED),
    Case(name="busy for a while", polls=(refusal(503, "Busy"), odd(None, 500), ENDED), power=RUNNING, ends=SUCCEEDED),
    Case(name="no token for a while", polls=(refusal(401, "InvalidToken"), ENDED), power=RUNNING, ends=SUCCEEDED),
    Case(name="an unknown word, then the end", polls=(ends_as("Odd"), ENDED), power=RUNNING, ends=SUCCEEDED),
]
START = Step(id=StepId("a"), call=Call(uses="vm.start", values={"machine": MACHINE}), timeout=DEADLINE)
CASES = [*NEVER, *BADLY, *NONSENSE, *WELL]


def azure_of(case: Case) -> ScriptedAzure:
    """Script a machine that is off, is started, and does as the case says."""
    azure = ScriptedAzure()

    def seen(_: Asked) -> Says:
        if not azure.sent("POST"):
            return machine(OFF)
        return refusal(404, "ResourceNotFound") if case.gone else machine(case.power)

    azure.scripts["GET", "/virtualMachines/vm-1"] = seen
    azure.on("POST", "/start", case.accepts)
    azure.on("GET", "op-1", *case.polls)
    return azure


async def last_of(house: AzureHouse) -> Event:
    """Wait for the event that ends the step's attempt."""
    async for event in house.engine.follow(house.events()[0].run):
        if event.kind in {Kind.STEP_DONE, Kind.STEP_FAILED, Kind.STEP_PARKED}:
            return event
    raise AssertionError("the step never ended")


def told(event: Event) -> str:
    """Say how it ended."""
    if event.kind is Kind.STEP_DONE:
        return SUCCEEDED
    return PARKED if event.kind is Kind.STEP_PARKED else str(failure(event)["code"])


@pytest.mark.timeout(20)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_an_odd_operation_ends_as_it_should(case: Case) -> None:
    """In its time, with its operation kept, never falsely well, and with one request sent."""
    async with AzureHouse.opened(azure_of(case)) as house:
        card = await house.start(plan(START))
        event = await last_of(house)
        assert told(event) == case.ends
        [intent] = house.events(Kind.STEP_INTENT)
        assert event.at - intent.at <= DEADLINE + GRACE
        assert len(house.azure.sent("POST")) == 1
        assert [each for each in house.azure.asked if not each.url.startswith(f"{ENDPOINT}/")] == []
        asked = [each for each in house.azure.asked if "op-1" in each.url]
        assert case.asked or not asked
        if case.ends == SUCCEEDED:
            assert (await house.engine.over(card.id)).state is RunState.SUCCEEDED
            return
        [recorded] = house.events(Kind.STEP_RECORDED)
        if event.kind is Kind.STEP_PARKED:
            assert event.payload["found"] == recorded.payload["operation"]
            assert MACHINE in str(event.payload["question"])
            assert event.at - intent.at < DEADLINE
        else:
            assert event.payload["operation-id"] == "r-1/a/1"
            assert failure(event)["hint"]


def test_there_are_at_least_forty() -> None:
    """As many as were asked for."""
    assert len(CASES) >= 40
    assert len({case.name for case in CASES}) == len(CASES)
