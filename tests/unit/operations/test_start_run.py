"""Starting a run: who may, what must be confirmed, and when the incident was."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import ConflictError, DrdError, ForbiddenError, InvalidError, RefusedError
from drd.domain.ids import RunbookId, TenantId
from drd.domain.plan import Mode
from drd.operations.start_run import StartOrder, StartRun, incident_instant
from tests.fakes.engine_house import House
from tests.fakes.small_estate import FixedRunbooks, plan

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DRILL, FAILOVER, FAILBACK = Mode.DRILL, Mode.FAILOVER, Mode.FAILBACK
MAY = {
    (Role.VIEWER, DRILL): False, (Role.VIEWER, FAILOVER): False, (Role.VIEWER, FAILBACK): False,
    (Role.OPERATOR, DRILL): True, (Role.OPERATOR, FAILOVER): False, (Role.OPERATOR, FAILBACK): False,
    (Role.RESPONDER, DRILL): True, (Role.RESPONDER, FAILOVER): True, (Role.RESPONDER, FAILBACK): True,
    (Role.APPROVER, DRILL): False, (Role.APPROVER, FAILOVER): False, (Role.APPROVER, FAILBACK): False,
    (Role.ADMIN, DRILL): True, (Role.ADMIN, FAILOVER): True, (Role.ADMIN, FAILBACK): True,
}  # fmt: skip


def actor(*roles: Role, tenants: tuple[str, ...] = ()) -> Actor:
    """Make a person."""
    return Actor(name="an", roles=frozenset(roles), tenants=frozenset(TenantId(each) for each in tenants))


def order(mode: Mode = FAILOVER, **others: Any) -> StartOrder:
    """Make an order that is confirmed and has its reason."""
    terms: dict[str, Any] = {
        "runbook": RunbookId("burgerzaken"), "tenant": None, "mode": mode, "actor": actor(Role.RESPONDER),
        "confirm": "burgerzaken", "reason": "west europe is gone", **others,
    }  # fmt: skip
    return StartOrder(**terms)


class Desk:
    """The use case on an engine that nobody serves: runs are accepted and wait."""

    def __init__(self) -> None:
        """Put plans on the shelf."""
        self.house = House()
        self.books = FixedRunbooks(
            *(plan(mode=mode) for mode in Mode), plan("minimale-dienstverlening", FAILOVER, parent=True)
        )
        self.start = StartRun(runbooks=self.books, engine=self.house.engine, clock=self.house.clock)

    @property
    def accepted(self) -> int:
        """How many runs were accepted."""
        return len(self.house.journal.cards)


@pytest.fixture
async def desk() -> Desk:
    """Give a desk."""
    return Desk()


def test_every_role_and_mode_has_its_row() -> None:
    """A new role or mode must be decided on."""
    assert set(MAY) == {(role, mode) for role in Role for mode in Mode}


@pytest.mark.parametrize(("role", "mode"), MAY, ids=lambda value: value.value)
async def test_who_may_start_what(desk: Desk, role: Role, mode: Mode) -> None:
    """An operator drills; only a responder moves production; an approver starts nothing."""
    wanted = order(mode, actor=actor(role))
    if MAY[role, mode]:
        assert (await desk.start(wanted)).mode is mode
    else:
        with pytest.raises(ForbiddenError):
            await desk.start(wanted)
        assert (desk.accepted, desk.books.wishes) == (0, [])


@pytest.mark.parametrize("tenant", [None, TenantId("voorbeeld")])
async def test_a_role_for_another_municipality_starts_nothing_here(desk: Desk, tenant: TenantId | None) -> None:
    """Also when the order names no tenant and the plan turns out to be of one."""
    with pytest.raises(ForbiddenError):
        await desk.start(order(tenant=tenant, actor=actor(Role.RESPONDER, tenants=("elders",))))

    assert desk.accepted == 0


@pytest.mark.parametrize("confirm", ["", "Burgerzaken", "burgerzaken ", "voorbeeld", "yes"])
@pytest.mark.parametrize("mode", [FAILOVER, FAILBACK])
async def test_production_is_moved_only_by_who_types_its_name(desk: Desk, mode: Mode, confirm: str) -> None:
    """To the letter; the error says what to type."""
    with pytest.raises(RefusedError) as refused:
        await desk.start(order(mode, confirm=confirm))

    assert refused.value.code == "not-confirmed"
    assert "burgerzaken" in refused.value.hint
    assert desk.accepted == 0


async def test_a_parent_is_confirmed_by_the_name_of_the_municipality(desk: Desk) -> None:
    """It moves all of its services."""
    parent = RunbookId("minimale-dienstverlening")
    with pytest.raises(RefusedError):
        await desk.start(order(runbook=parent, confirm="minimale-dienstverlening"))

    assert (await desk.start(order(runbook=parent, confirm="voorbeeld"))).service is None


@pytest.mark.parametrize("reason", ["", "  "])
async def test_production_is_moved_for_a_reason(desk: Desk, reason: str) -> None:
    """It stands in the journal; blanks are none."""
    with pytest.raises(RefusedError) as refused:
        await desk.start(order(reason=reason))

    assert refused.value.code == "no-reason"


async def test_a_drill_needs_neither_name_nor_reason(desk: Desk) -> None:
    """It touches nothing that people use."""
    assert (await desk.start(order(DRILL, confirm="", reason=""))).mode is DRILL


async def test_a_plan_that_changed_since_it_was_shown_is_not_started(desk: Desk) -> None:
    """What was looked at is what runs, or nothing."""
    with pytest.raises(ConflictError):
        await desk.start(order(plan_hash="0" * 64))
    assert desk.accepted == 0

    assert (await desk.start(order(plan_hash=plan().hash()))).plan_hash == plan().hash()


async def test_t19_a_second_run_on_a_service_is_told_which_one_holds_it(desk: Desk) -> None:
    """Its id is in the error, so that people can go there."""
    first = await desk.start(order())
    with pytest.raises(ConflictError) as refused:
        await desk.start(order(DRILL))

    assert refused.value.other == first.id


async def test_who_and_why_stand_in_the_journal(desk: Desk) -> None:
    """The first event of the run."""
    card = await desk.start(order(incident_at="-10m"))
    first = desk.house.journal.stored[card.id][0]

    assert (first.actor, first.reason) == ("an", "west europe is gone")
    assert first.payload["incident-at"] == "2026-11-22T02:50:00.000Z"


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("", None),
        ("-10m", NOW - timedelta(minutes=10)),
        ("-PT1H", NOW - timedelta(hours=1)),
        ("2026-11-22T11:00:00Z", NOW - timedelta(hours=1)),
        ("2026-11-22T12:00:00+01:00", NOW - timedelta(hours=1)),
        ("2026-11-22T12:00:30Z", NOW),
    ],
)
def test_the_incident_is_an_instant_or_a_length_before_now(text: str, instant: datetime | None) -> None:
    """A watch that is a little fast is forgiven: the incident is then now."""
    assert incident_instant(text, NOW) == instant


@pytest.mark.parametrize("text", ["10m", "-", "-soon", "yesterday", "2026-11-22T11:00:00", "2026-13-01T00:00:00Z"])
def test_what_is_neither_is_refused(text: str) -> None:
    """An instant without a zone could be any of twenty-four."""
    with pytest.raises(DrdError):
        incident_instant(text, NOW)


def test_an_incident_in_the_future_is_refused() -> None:
    """It would give a recovery time below zero; the hint tells drd's own clock."""
    with pytest.raises(InvalidError) as refused:
        incident_instant("2026-11-22T13:00:00Z", NOW)

    assert "2026-11-22T12:00:00" in refused.value.hint
