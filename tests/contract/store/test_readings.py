"""What every store's figures tell, on every database."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.drill_verdict import DrillVerdict, Judgement
from drd.domain.durations import format_instant
from drd.domain.estate import Mechanism, RecoveryPoint
from drd.domain.events import Kind
from drd.domain.ids import ItemId, RunbookId, RunId, ServiceId, TenantId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode, Phase, RecoveryPlan
from drd.domain.plan_status import StandingPlan
from drd.ports.capacity import RecoveryRoom
from drd.ports.inventory import ItemFacts
from drd.ports.readings import Figures
from drd.store.opening import Store
from drd.store.tables import PLANS
from tests.contract.store.sample import NOON, TENANT, Pen, card, plan

pytestmark = pytest.mark.anyio
BEFORE = NOON - timedelta(minutes=10)


async def begin(
    store: Store,
    run: str,
    service: str = "burgerzaken",
    *,
    mode: Mode = Mode.FAILOVER,
    of: RecoveryPlan | None = None,
) -> Pen:
    """Accept a run whose incident was ten minutes before."""
    of, pen = of or plan(service, mode=mode, steps=10), Pen(run)
    accepted = pen.write(Kind.RUN_ACCEPTED, payload={"incident-at": format_instant(BEFORE)})
    await store.journal.accept(card(run, of), of, accepted)
    return pen


async def finish(store: Store, pen: Pen, state: RunState, *, minutes: int, point_hours: int = 1) -> None:
    """End a run with figures."""
    at = NOON + timedelta(minutes=minutes)
    figures: dict[str, Json] = {
        "achieved-recovery-time-ms": minutes * 60_000,
        "achieved-recovery-point-ms": None,
        "points": [{"item": "vm-1", "time": format_instant(NOON - timedelta(hours=point_hours)), "achieved-ms": 0}],
    }
    payload: dict[str, Json] = {"state": state.value, "because": "", "figures": figures}
    await store.journal.append([pen.write(Kind.RUN_FINISHED, payload=payload, at=at)], state=state)


async def test_an_empty_store_has_empty_figures(store: Store) -> None:
    """And no error."""
    empty = Figures(
        items=(), vaults=(), collections=(), last=(), last_succeeded=(), active=(), ended={}, proven={}, events=0
    )

    assert await store.readings.figures() == empty


async def test_the_newest_recovery_is_told_beside_the_newest_that_succeeded(store: Store) -> None:
    """Per service and mode, with what the run's last event says."""
    for run, state, minutes in (("a", RunState.SUCCEEDED, 5), ("b", RunState.SUCCEEDED, 7), ("c", RunState.FAILED, 9)):
        await finish(store, await begin(store, run), state, minutes=minutes)
    await finish(store, await begin(store, "d", mode=Mode.DRILL), RunState.CANCELLED, minutes=1)

    figures = await store.readings.figures()

    assert [(each.mode, each.run, each.state) for each in figures.last] == [
        (Mode.DRILL, "d", RunState.CANCELLED),
        (Mode.FAILOVER, "c", RunState.FAILED),
    ]
    (good,) = figures.last_succeeded
    assert (good.run, good.ended_at, good.achieved_recovery_time, good.achieved_recovery_point) == (
        "b",
        NOON + timedelta(minutes=7),
        timedelta(minutes=7),
        None,
    )
    runbook = RunbookId("burgerzaken")
    assert figures.ended == {
        (TENANT, runbook, Mode.FAILOVER, RunState.SUCCEEDED): 2,
        (TENANT, runbook, Mode.FAILOVER, RunState.FAILED): 1,
        (TENANT, runbook, Mode.DRILL, RunState.CANCELLED): 1,
    }
    assert (figures.active, figures.events) == ((), 8)


async def test_an_active_run_tells_its_steps_by_state(store: Store) -> None:
    """Counted again as events come, also from one look to the next."""
    pen = await begin(store, "a")
    written = [
        pen.write(Kind.STEP_INTENT, step="s1"),
        pen.write(Kind.STEP_INTENT, step="s2"),
        pen.write(Kind.STEP_RECORDED, step="s2"),
        pen.write(Kind.STEP_FAILED, step="s3", payload={"final": False, "failure": {}}),
        pen.write(Kind.STEP_FAILED, step="s4", payload={"final": True, "failure": {}}),
        pen.write(Kind.APPROVAL_ASKED, step="s5", at=NOON + timedelta(minutes=1)),
        pen.write(Kind.APPROVAL_GIVEN, step="s5"),
        pen.write(Kind.CHILD_STARTED, step="s6", payload={"run": "b"}),
        pen.write(Kind.STEP_SKIPPED, step="s7"),
        pen.write(Kind.STEP_PARKED, step="s8"),
    ]
    await store.journal.append(written, state=RunState.RUNNING)
    (active,) = (await store.readings.figures()).active
    assert active.steps == {
        "intended": 1,
        "recorded": 1,
        "retrying": 1,
        "failed": 1,
        "waiting": 1,
        "taken": 1,
        "skipped": 1,
        "parked": 1,
        "pending": 2,
    }
    assert active.approvals == (("s5", NOON + timedelta(minutes=1)),)
    assert active.deadline == BEFORE + timedelta(hours=2)
    assert active.card.id == "a"
    more = [pen.write(Kind.STEP_DONE, step="s5"), pen.write(Kind.STEP_RETRY, step="s4"), pen.write(step="s1/undo")]
    await store.journal.append(more, state=RunState.RUNNING)

    (active,) = (await store.readings.figures()).active

    assert (active.steps["done"], active.steps["pending"], "failed" in active.steps) == (1, 3, False)
    assert sum(active.steps.values()) == 10
    assert active.approvals == ()


async def test_a_point_is_proven_by_a_drill_that_succeeded(store: Store) -> None:
    """By item and mechanism, the newest; a failover, a drill that failed and one without a verdict prove nothing."""
    for run, mode, state, hours in (
        ("a", Mode.DRILL, RunState.SUCCEEDED, 3),
        ("b", Mode.DRILL, RunState.SUCCEEDED, 5),
        ("c", Mode.DRILL, RunState.FAILED, 2),
        ("d", Mode.FAILOVER, RunState.SUCCEEDED, 1),
        ("e", Mode.DRILL, RunState.SUCCEEDED, 1),
    ):
        await finish(store, await begin(store, run, mode=mode), state, minutes=1, point_hours=hours)
    before = (await store.readings.figures()).proven
    for run, verdict in (("a", DrillVerdict.PASSED), ("b", DrillVerdict.PASSED), ("c", DrillVerdict.FAILED)):
        assert await store.drills.settle(RunId(run), Judgement(verdict=verdict, because="so"))

    figures = await store.readings.figures()

    assert (before, figures.proven) == ({}, {(TENANT, ItemId("vm-1"), "site-recovery"): NOON - timedelta(hours=3)})
    assert {verdict.value: count for (*_, verdict), count in figures.drills.items()} == {
        "passed": 2,
        "failed": 1,
        "unconfirmed": 1,
    }


async def test_a_drill_succeeded_when_its_verdict_is_green(store: Store) -> None:
    """A newer one that left something, or was not looked at twice, does not count; a failover has no verdict."""
    verdicts = {"a": DrillVerdict.OBJECTIVE_MISSED, "b": DrillVerdict.LEFTOVER, "c": None}
    for minutes, (run, verdict) in enumerate(verdicts.items(), start=1):
        await finish(store, await begin(store, run, mode=Mode.DRILL), RunState.SUCCEEDED, minutes=minutes)
        if verdict is not None:
            await store.drills.settle(RunId(run), Judgement(verdict=verdict, because="so"))

    figures = await store.readings.figures()

    assert [(each.run, each.verdict) for each in figures.last_succeeded] == [("a", DrillVerdict.OBJECTIVE_MISSED)]
    assert [(each.run, each.verdict) for each in figures.last] == [("c", DrillVerdict.UNCONFIRMED)]


async def test_a_drill_by_a_recovery_plan_proves_the_points_of_its_machines(store: Store) -> None:
    """T30: its steps name no item, and bring up all that the plan holds."""
    usual = plan(mode=Mode.DRILL)
    test = replace(usual.steps[0], item=None, call=Call(uses="asr.test-failover", values={"recovery-plan": "rp"}))
    of = replace(usual, steps=(test, *usual.steps[1:]))

    await finish(store, await begin(store, "a", mode=Mode.DRILL, of=of), RunState.SUCCEEDED, minutes=1, point_hours=3)
    await store.drills.settle(RunId("a"), Judgement(verdict=DrillVerdict.PASSED, because="so"))

    proven = (await store.readings.figures()).proven
    assert proven == {(TENANT, ItemId("vm-1"), "site-recovery"): NOON - timedelta(hours=3)}


async def test_what_recoveries_took_is_told_by_service(store: Store) -> None:
    """Newest first: failovers that succeeded and drills that are green; neither what failed nor a failback."""
    for run, mode, state, minutes in (
        ("a", Mode.FAILOVER, RunState.SUCCEEDED, 5),
        ("b", Mode.DRILL, RunState.SUCCEEDED, 7),
        ("c", Mode.DRILL, RunState.SUCCEEDED, 8),
        ("d", Mode.FAILOVER, RunState.FAILED, 9),
        ("e", Mode.FAILBACK, RunState.SUCCEEDED, 11),
    ):
        await finish(store, await begin(store, run, mode=mode), state, minutes=minutes)
    await store.drills.settle(RunId("b"), Judgement(verdict=DrillVerdict.PASSED, because="so"))

    recoveries = (await store.readings.figures()).recoveries

    assert recoveries == {(TENANT, ServiceId("burgerzaken")): (timedelta(minutes=7), timedelta(minutes=5))}


async def test_plans_are_told_as_they_stand(store: Store) -> None:
    """As they were noted last."""
    standing = (StandingPlan(tenant=TENANT, runbook=RunbookId("alles"), mode=Mode.DRILL, hash="h", since=NOON),)
    await store.plan_book.note(TENANT, standing, NOON)

    assert (await store.readings.figures()).standing == standing


async def test_what_a_run_still_needs_is_told_by_what_its_steps_took_before(store: Store) -> None:
    """In the newest run of the runbook and mode that worked; of the first one by what was estimated."""
    usual = plan(steps=2)
    first, second = usual.steps
    of = replace(usual, steps=(replace(first, estimate=timedelta(minutes=30)), replace(second, needs=(first.id,))))
    pen = await begin(store, "a", of=of)
    assert _green_in(await store.readings.figures()) == timedelta(minutes=30)

    for step, kind, minute in (("s1", Kind.STEP_INTENT, 0), ("s1", Kind.STEP_DONE, 4), ("s2", Kind.STEP_INTENT, 4)):
        await store.journal.append(
            [pen.write(kind, step=step, at=NOON + timedelta(minutes=minute))], state=RunState.RUNNING
        )
    await store.journal.append(
        [pen.write(Kind.STEP_DONE, step="s2", at=NOON + timedelta(minutes=6))], state=RunState.RUNNING
    )
    assert _green_in(await store.readings.figures()) == timedelta(minutes=6)
    await finish(store, pen, RunState.SUCCEEDED, minutes=7)

    pen = await begin(store, "b", of=of)
    assert _green_in(await store.readings.figures()) == timedelta(minutes=6)
    await store.journal.append([pen.write(Kind.STEP_INTENT, step="s1")], state=RunState.RUNNING)
    assert _green_in(await store.readings.figures(), NOON + timedelta(minutes=3)) == timedelta(minutes=6)
    assert _green_in(await store.readings.figures(), NOON + timedelta(minutes=5)) == timedelta(minutes=7)


async def test_what_a_run_tidies_up_once_it_is_green_is_not_late(store: Store) -> None:
    """The objective is decided when the last check is green: its deadline ends there, and the forecast stays there."""
    usual = plan(steps=3)
    work, check, tidy = usual.steps
    steps = (
        replace(work, estimate=timedelta(minutes=30)),
        replace(check, phase=Phase.AFTER),
        replace(tidy, phase=Phase.ALWAYS),
    )
    pen = await begin(store, "a", of=replace(usual, steps=steps))

    deadlines = []
    for step, minute in ((work, 4), (check, 6), (tidy, 300)):
        at = NOON + timedelta(minutes=minute)
        await store.journal.append([pen.write(Kind.STEP_DONE, step=step.id, at=at)], state=RunState.RUNNING)
        (active,) = (await store.readings.figures()).active
        deadlines.append(active.deadline)

    assert deadlines == [BEFORE + timedelta(hours=2), None, None]
    assert _green_in(await store.readings.figures(), NOON + timedelta(hours=6)) == timedelta(minutes=6)


async def test_of_a_run_of_which_nothing_was_estimated_nothing_is_forecast(store: Store) -> None:
    """Nor of one that never worked."""
    await begin(store, "a")

    (active,) = (await store.readings.figures()).active
    assert active.remaining is None


async def test_a_plan_that_cannot_be_read_takes_no_figures_away(store: Store) -> None:
    """It concerns its run alone, of which nothing is forecast."""
    await begin(store, "a")
    await store._desk.change(lambda connection: connection.execute(update(PLANS).values(body="{}")))

    (active,) = (await store.readings.figures()).active
    assert (active.card.id, active.remaining) == ("a", None)


def _green_in(figures: Figures, now: datetime = NOON) -> timedelta:
    (active,) = figures.active
    assert active.remaining is not None
    green = active.remaining.green_at(now)
    assert green is not None
    return green - NOON


async def test_the_room_of_recoveries_is_told_as_it_was_seen_last(store: Store) -> None:
    """Each look at a tenant replaces the one before, and no other tenant's."""
    room = RecoveryRoom(tenant=TENANT, region="northeurope", family="cores", limit=50, used=8, needed=16)
    family, other = replace(room, family="standardDSv5Family"), replace(room, tenant=TenantId("elders"))
    await store.rooms.put(TENANT, [room, family])
    await store.rooms.put(TenantId("elders"), [other])
    await store.rooms.put(TENANT, [replace(room, used=9)])

    assert (await store.readings.figures()).rooms == (other, replace(room, used=9))


async def test_of_an_item_the_points_that_matter_are_told(store: Store) -> None:
    """The newest, and the newest usable one of each consistency; as it is now, however often it was read."""
    times = [NOON - timedelta(hours=ago) for ago in range(6)]
    made = (("crash", False), ("application", False), ("application", True), ("crash", True), ("crash", True))
    points = tuple(
        RecoveryPoint(id=f"p{number}", time=at, consistency=of, usable=usable)
        for number, (at, (of, usable)) in enumerate(zip(times, made, strict=False))
    )
    facts = ItemFacts(
        tenant=TENANT, service=ServiceId("burgerzaken"), item=ItemId("vm-1"), mechanism=Mechanism.BACKUP, seen_at=NOON,
        state="ok", points=points, points_total=5,
    )  # fmt: skip
    await store.inventory.put_items((facts, replace(facts, item=ItemId("vm-2"), points=(), points_total=0)))

    told, bare = (await store.readings.figures()).items
    assert [point.id for point in told.points] == ["p0", "p2", "p3"]
    assert (told.points_total, bare.points) == (5, ())

    await store.inventory.put_items((replace(facts, state="warning", points=points[3:]),))
    told, again = (await store.readings.figures()).items
    assert ([point.id for point in told.points], told.state) == (["p3"], "warning")
    assert again == bare
