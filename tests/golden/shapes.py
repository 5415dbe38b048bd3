"""Runs that journals are kept of: each plan with what goes wrong in it, and a person who answers.

The person only reacts to what the journal says, so that the same one can go on with a run that was interrupted.
"""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from drd.domain.call import Call
from drd.domain.errors import ConflictError, NotFoundError, PermanentError, RefusedError
from drd.domain.events import Event, Kind
from drd.domain.ids import RunbookId, RunId, ServiceId
from drd.domain.language import Text
from drd.domain.lifecycle import Request
from drd.domain.plan import ApprovalTerms, Mode, OnFailure, Phase, RecoveryGroup, RecoveryPlan, Retry, Ungraceful
from drd.ports.action import Absent, Unclear
from drd.ports.capabilities import Operation
from tests.fakes.engine_house import House, check, machine, plan, step
from tests.fakes.scripted_world import BUSY, LOST_AFTER

RUN = RunId("r-1")
_OF_RUN = frozenset({Request.PAUSE, Request.RESUME, Request.CANCEL, Request.UNDO, Request.UNGRACEFUL, Request.NOTE})
_NO = PermanentError("no quota", target="b", hint="ask for more")
_GROUP = "/subscriptions/s/resourceGroups/rg-drill-r-1"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the person orders when an event comes; without a request he looks at the world and retries or skips."""

    kind: Kind
    step: str | None
    request: Request | None = None
    at: str | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shape:
    """A run: its plan, its start, what goes wrong at which effect and method, and what the person answers."""

    plan: RecoveryPlan
    wish: Mapping[str, Any] = field(default_factory=dict)
    wrong: Mapping[tuple[str, str], tuple[object, ...]] = field(default_factory=dict)
    replies: tuple[Reply, ...] = ()


async def person(house: House, shape: Shape) -> None:
    """Follow the run and answer, until it is over. What is refused was answered before."""
    async for event in house.engine.follow(RUN):
        for reply in shape.replies:
            if reply.kind is event.kind and reply.step in {event.step, None}:
                with contextlib.suppress(RefusedError, ConflictError, NotFoundError):
                    await _order(house, reply, event)


async def _order(house: House, reply: Reply, event: Event) -> None:
    at = reply.at or (None if reply.request in _OF_RUN else event.step)
    request = reply.request
    if request is None:
        request = Request.SKIP if at in house.world.effects else Request.RETRY
    if request in {Request.ADOPT, Request.RESOLVE} and at not in house.world.effects:
        request = Request.RETRY
    await house.order(request, at, reason="looked", **reply.terms)


def _failover() -> Shape:
    groups = (RecoveryGroup(id="data"), RecoveryGroup(id="servers"))
    return Shape(
        plan(
            step("vm-1", "adopt", {"lasts": 900, "outputs": {"recovery-point-time": "2026-11-22T02:40:00.000Z"}},
                 item=machine("vm-1").id, group="data"),
            step("vm-2", "adopt", {"lasts": 1200}, item=machine("vm-2").id, group="data"),
            step("start", values={"lasts": 60, "was": "${{ steps.vm-1.recovery-point-time }}"}, group="servers",
                 needs=("vm-1", "vm-2"), retry=Retry(times=1, wait=timedelta(seconds=20))),
            step("fence", group="servers", needs=("vm-1",), ungraceful=Ungraceful.SKIP),
            check("answers", {"within": 600}),
            groups=groups,
            items=(machine("vm-1"), machine("vm-2")),
        ),
        wish={"reason": "region lost", "graceful": False},
        wrong={("vm-1", "act"): (LOST_AFTER,), ("start", "act"): (BUSY,)},
    )  # fmt: skip


def _drill() -> Shape:
    made = {"creates": [{"id": _GROUP, "kind": "resource-group"}], "lasts": 30}
    return Shape(
        plan(
            step("group", values=made),
            step("restore", "adopt", {"lasts": 1800}, needs=("group",)),
            check("answers"),
            step("cleanup", "resource-group.delete", {"id": _GROUP}, phase=Phase.ALWAYS),
            mode=Mode.DRILL,
        )
    )


def _child(service: str) -> RecoveryPlan:
    return plan(step(f"{service}-a", "adopt", {"lasts": 60}), service=ServiceId(service), runbook=RunbookId(service))


def _parent() -> Shape:
    children = (_child("databank"), _child("website"))
    return Shape(
        plan(
            *(step(str(each.service), "runbook", child=each) for each in children),
            step("tell", needs=("databank", "website")),
            service=None, runbook=RunbookId("minimale-dienstverlening"), objectives=None,
        )
    )  # fmt: skip


def _undo() -> Shape:
    back = Call(uses="put", values={"name": "back-b", "was": "${{ steps.a.acted }}"})
    return Shape(
        plan(
            step("a", values={"undo": "back-a"}),
            step("b", values={"lasts": 5}, needs=("a",)),
            step("d", needs=("b",), undo=back),
            step("c", needs=("d",), on_failure=OnFailure.UNDO),
            step("z", phase=Phase.ALWAYS),
        ),
        wrong={("c", "act"): (_NO,)},
    )


def _approvals() -> Shape:
    terms = ApprovalTerms(ask=Text(nl="DNS omzetten?"), by=("crisisteam",), minimum=2, expires=timedelta(hours=4))
    contacts = {"contacts": frozenset({"crisisteam"})}
    return Shape(
        plan(step("a"), step("go", "approve", approval=terms, needs=("a",)), step("dns", "tell", needs=("go",))),
        replies=(
            Reply(Kind.APPROVAL_ASKED, "go", Request.APPROVE, terms={"actor": "bo", **contacts}),
            Reply(Kind.APPROVAL_ASKED, "go", Request.APPROVE, terms={"actor": "cis", **contacts}),
            Reply(Kind.STEP_PARKED, None),
        ),
    )


def _parked() -> Shape:
    return Shape(
        plan(step("a"), step("b", "tell", needs=("a",)), step("c", needs=("b",))),
        wrong={("b", "act"): (LOST_AFTER,)},
        replies=(Reply(Kind.STEP_PARKED, None),),
    )


def _retried() -> Shape:
    often = Retry(times=2, wait=timedelta(seconds=30))
    return Shape(
        plan(step("a", retry=often), step("b", "adopt", {"lasts": 60}, needs=("a",)), check("answers")),
        wrong={("a", "act"): (BUSY, BUSY), ("b", "act"): (_NO,)},
        replies=(Reply(Kind.STEP_FAILED, "b", Request.RETRY),),
    )


def _cancelled() -> Shape:
    return Shape(
        plan(
            step("a"),
            step("b", "adopt", {"lasts": 3600}, needs=("a",)),
            step("c", needs=("b",)),
            step("z", phase=Phase.ALWAYS),
        ),
        replies=(Reply(Kind.STEP_RECORDED, "b", Request.CANCEL),),
    )


def _paused() -> Shape:
    return Shape(
        plan(step("a"), step("b", "adopt", {"lasts": 600}, needs=("a",)), step("c", needs=("b",))),
        replies=(Reply(Kind.STEP_DONE, "a", Request.PAUSE), Reply(Kind.RUN_PAUSED, None, Request.RESUME)),
    )


def _tolerated() -> Shape:
    return Shape(
        plan(
            step("a"),
            step("extra", needs=("a",), critical=False, on_failure=OnFailure.CONTINUE),
            step("b", needs=("extra",), on_failure=OnFailure.CONTINUE),
            step("c", needs=("b",)),
        ),
        wrong={("b", "act"): (_NO,), ("extra", "act"): (_NO,)},
    )


def _held() -> Shape:
    return Shape(
        plan(step("a"), step("b", "adopt", {"lasts": 60}, needs=("a",)), step("c", needs=("b",))),
        replies=(
            Reply(Kind.STEP_DONE, "a", Request.HOLD, at="c"),
            Reply(Kind.STEP_DONE, "b", Request.NOTE),
            Reply(Kind.STEP_DONE, "b", Request.RELEASE, at="c"),
        ),
    )


def _grace() -> Shape:
    return Shape(
        plan(
            step("a"),
            step("b", "adopt", {"lasts": 600}, needs=("a",)),
            step("stop-source", needs=("b",), ungraceful=Ungraceful.SKIP),
            step("c", needs=("stop-source",)),
        ),
        replies=(Reply(Kind.STEP_DONE, "a", Request.UNGRACEFUL),),
    )


def _taken_back() -> Shape:
    return Shape(
        plan(
            step("a", values={"undo": "back-a"}),
            step("b", "adopt", {"lasts": 5, "undo": "back-b"}, needs=("a",)),
            step("c", "adopt", {"lasts": 600}, needs=("b",)),
        ),
        replies=(Reply(Kind.STEP_DONE, "b", Request.UNDO),),
    )


def _resolved() -> Shape:
    return Shape(
        plan(step("a", "tell"), step("b", needs=("a",))),
        wrong={("a", "act"): (LOST_AFTER,)},
        replies=(Reply(Kind.STEP_PARKED, "a", Request.RESOLVE),),
    )


def _adopted() -> Shape:
    found = Operation(kind="fake", target="a", started_at=datetime(2026, 11, 22, 3, tzinfo=UTC), request_id="job-7")
    unclear = Unclear(question="whose is it?", found=found)
    return Shape(
        plan(step("a", "adopt", {"lasts": 3600}), step("b", needs=("a",))),
        wrong={("a", "act"): (LOST_AFTER,), ("a", "look"): (Absent(), *[unclear] * 30)},
        replies=(Reply(Kind.STEP_PARKED, "a", Request.ADOPT),),
    )


SHAPES: Mapping[str, Shape] = {
    "failover": _failover(),
    "drill": _drill(),
    "parent": _parent(),
    "undo": _undo(),
    "approvals": _approvals(),
    "parked": _parked(),
    "retried": _retried(),
    "cancelled": _cancelled(),
    "paused": _paused(),
    "tolerated": _tolerated(),
    "held": _held(),
    "grace": _grace(),
    "taken-back": _taken_back(),
    "resolved": _resolved(),
    "adopted": _adopted(),
}
