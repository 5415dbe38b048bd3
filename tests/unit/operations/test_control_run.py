"""Helping a run along, or ending it: who may, with what, and what is refused before the engine hears of it."""

from typing import Any

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import ForbiddenError, NotFoundError, RefusedError
from drd.domain.ids import RunId, StepId, TenantId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode
from drd.engine.orders import StartWish
from drd.operations.control_run import ControlOrder, ControlRun
from tests.fakes.engine_house import House
from tests.fakes.small_estate import plan

pytestmark = pytest.mark.anyio

ANSWERS = {Request.APPROVE, Request.DENY}
OF_STEPS = {Request.RETRY, Request.SKIP, Request.HOLD, Request.RELEASE, Request.RESOLVE, Request.ADOPT}
WITH_STEP = {*OF_STEPS, *ANSWERS}
WITH_REASON = [
    Request.SKIP,
    Request.RESOLVE,
    Request.ADOPT,
    Request.CANCEL,
    Request.UNDO,
    Request.NOTE,
    Request.DENY,
]


def _may(role: Role, request: Request, mode: Mode) -> bool:
    if role is Role.ADMIN:
        return True
    if request in ANSWERS:
        return role is Role.APPROVER
    if request is Request.NOTE:
        return role in {Role.OPERATOR, Role.RESPONDER, Role.APPROVER}
    return role is Role.RESPONDER or (role is Role.OPERATOR and mode is Mode.DRILL)


class Desk:
    """The use case on an engine with one accepted run that nobody moves."""

    def __init__(self, mode: Mode) -> None:
        """Take the run's mode."""
        self.house, self.mode = House(), mode
        self.control = ControlRun(journal=self.house.journal, engine=self.house.engine)

    async def order(self, request: Request, *roles: Role, **others: Any) -> RunState:
        """Start the run if it is not there, and give an order with all that it needs."""
        if not self.house.journal.cards:
            await self.house.engine.start(plan(mode=self.mode), StartWish(actor="bert", run=RunId("r-1")))
        tenants = frozenset(others.pop("tenants", ()))
        terms: dict[str, Any] = {
            "run": "r-1", "request": request, "step": StepId("go") if request in WITH_STEP else None,
            "actor": Actor(name="an", roles=frozenset(roles or {Role.ADMIN}), tenants=tenants),
            "reason": "because", "confirm": "burgerzaken", **others,
        }  # fmt: skip
        return (await self.control(ControlOrder(**terms))).state


@pytest.mark.parametrize("mode", [Mode.DRILL, Mode.FAILOVER])
@pytest.mark.parametrize("request_", Request)
@pytest.mark.parametrize("role", Role)
async def test_who_may_ask_what(role: Role, request_: Request, mode: Mode) -> None:
    """Every role, request and mode; who may is heard by the engine, which has rules of its own."""
    try:
        await Desk(mode).order(request_, role)
        heard = True
    except ForbiddenError:
        heard = False
    except (RefusedError, NotFoundError):
        heard = True

    assert heard == _may(role, request_, mode)


async def test_a_role_for_another_municipality_controls_nothing_here() -> None:
    """Not even an administrator's, where it is limited."""
    with pytest.raises(ForbiddenError):
        await Desk(Mode.DRILL).order(Request.PAUSE, Role.ADMIN, tenants=(TenantId("elders"),))


@pytest.mark.parametrize("request_", sorted(WITH_STEP))
async def test_what_is_about_a_step_names_one(request_: Request) -> None:
    """Before anything is written."""
    with pytest.raises(RefusedError, match="needs a step"):
        await Desk(Mode.DRILL).order(request_, step=None)


@pytest.mark.parametrize("request_", WITH_REASON)
@pytest.mark.parametrize("reason", ["", " "])
async def test_what_cannot_be_taken_back_has_a_reason(request_: Request, reason: str) -> None:
    """Leaving out, ending and refusing: somebody will ask why."""
    with pytest.raises(RefusedError) as refused:
        await Desk(Mode.DRILL).order(request_, reason=reason)

    assert refused.value.code == "no-reason"


@pytest.mark.parametrize("request_", [Request.CANCEL, Request.UNDO])
async def test_a_failover_is_ended_only_by_who_types_its_name(request_: Request) -> None:
    """A service half moved is worse than one that moves."""
    desk = Desk(Mode.FAILOVER)
    with pytest.raises(RefusedError) as refused:
        await desk.order(request_, confirm="")
    assert refused.value.code == "not-confirmed"


async def test_a_failover_whose_name_was_typed_is_cancelled() -> None:
    """At once."""
    desk = Desk(Mode.FAILOVER)
    assert await desk.order(Request.CANCEL) in {RunState.STOPPING, RunState.CANCELLED}


async def test_a_drill_is_cancelled_without_its_name() -> None:
    """Its cleanup runs all the same."""
    assert await Desk(Mode.DRILL).order(Request.CANCEL, confirm="") in {RunState.STOPPING, RunState.CANCELLED}


async def test_every_order_stands_in_the_journal_with_who_and_why() -> None:
    """Pause, then resume."""
    desk = Desk(Mode.DRILL)
    await desk.order(Request.PAUSE, reason="lunch")
    await desk.order(Request.RESUME)
    told = [(event.kind.value, event.actor, event.reason) for event in desk.house.journal.stored[RunId("r-1")][1:]]

    assert told == [("run.paused", "an", "lunch"), ("run.resumed", "an", "because")]


async def test_a_run_that_is_not_there_is_not_found() -> None:
    """Nothing else happens."""
    with pytest.raises(NotFoundError):
        await Desk(Mode.DRILL).order(Request.PAUSE, run="r-9")
