"""What a plan would do, in words, and how long it would take."""

from datetime import timedelta

from drd.domain.ids import ItemId, RunbookId, ServiceId, StepId
from drd.domain.language import Text
from drd.domain.plan import ApprovalTerms, Phase, RecoveryGroup, Ungraceful
from drd.engine.simulation import Simulator
from tests.fakes.engine_house import check, plan, step
from tests.fakes.scripted_world import ScriptedActions, ScriptedChecks, World
from tests.fakes.virtual_clock import VirtualClock

WORLD = World(VirtualClock())
SIMULATOR = Simulator(actions=ScriptedActions(WORLD), checks=ScriptedChecks(WORLD))
MINUTE = timedelta(minutes=1)


def test_every_kind_of_step_is_put_in_words() -> None:
    """Actions and checks speak for themselves, approvals and child runs are told by the engine."""
    child = plan(step("x"), service=ServiceId("databank"), runbook=RunbookId("databank"))
    approval = ApprovalTerms(ask=Text(nl="Omzetten?", en="Switch?"), by=("crisisteam",), minimum=2)
    anybody = ApprovalTerms(ask=Text(nl="Nu?"), by=())
    planned = SIMULATOR.simulate(
        plan(
            step("a", values={"targets": ["/subscriptions/s"]}),
            check("ok"),
            step("go", "approve", approval=approval),
            step("any", "approve", approval=anybody),
            step("bare", "approve"),
            step("db", "runbook", child=child),
            step("known", "put", {"invalid": "${{ steps.a.id }}", "n": 3, "to": ["x:1", "y:2"]}, item=ItemId("vm-1")),
            step("gone", "no.such-verb"),
        )
    )

    assert [each.sentence for each in planned] == [
        "put a",
        "asks ok",
        "asks 2 of crisisteam: Switch?",
        "asks 1 of anybody who may approve: Nu?",
        "asks for an approval",
        "starts a run of databank (1 steps)",
        "put on vm-1 with name known, invalid as steps.a.id says, n 3, to (x:1, y:2)",
        "no.such-verb with name gone",
    ]
    assert planned[0].targets == ("/subscriptions/s",)
    assert planned[0].destructive
    assert [each.id for each in planned[5].children] == ["x"]
    assert WORLD.sent == []
    assert WORLD.looks == []


def test_steps_that_a_run_leaves_out_say_so() -> None:
    """By whether the home region can be reached."""
    recovery_plan = plan(step("a", ungraceful=Ungraceful.SKIP), step("b", ungraceful=Ungraceful.ONLY))

    assert [each.skipped for each in SIMULATOR.simulate(recovery_plan)] == ["", "graceful"]
    assert [each.skipped for each in SIMULATOR.simulate(recovery_plan, graceful=False)] == ["ungraceful", ""]


def test_the_forecast_adds_up_the_critical_path() -> None:
    """Phases after each other, needs within, joins of groups, children by their own forecast."""
    child = plan(step("x", estimate=7 * MINUTE), service=ServiceId("databank"))
    recovery_plan = plan(
        check("ready", phase=Phase.BEFORE, estimate=MINUTE),
        step("a", group="data", estimate=2 * MINUTE),
        step("b", group="data", estimate=5 * MINUTE),
        step("c", needs=("group:data",), estimate=3 * MINUTE),
        step("d", needs=("a",), estimate=MINUTE),
        step("db", "runbook", child=child),
        step("skipped", estimate=9 * MINUTE, ungraceful=Ungraceful.ONLY),
        check("ok", estimate=MINUTE),
        step("z", phase=Phase.ALWAYS, estimate=2 * MINUTE),
        groups=(RecoveryGroup(id=""), RecoveryGroup(id="data", join=StepId("group:data"))),
    )
    forecast = SIMULATOR.forecast(recovery_plan)
    planned = {each.id: each for each in SIMULATOR.simulate(recovery_plan)}

    assert forecast.total == 12 * MINUTE
    assert forecast.to_green == 10 * MINUTE
    assert forecast.critical_path == ("ready", "b", "c", "ok", "z")
    assert planned[StepId("c")].starts_after == 6 * MINUTE
    assert planned[StepId("db")].estimate == 7 * MINUTE
    assert [each.id for each in planned.values() if each.critical_path] == ["ready", "b", "c", "ok", "z"]


def test_a_plan_without_estimates_takes_no_time_and_has_no_critical_path() -> None:
    """Nobody knows is not shown as a path."""
    forecast = SIMULATOR.forecast(plan(step("a"), step("b", needs=("a",))))

    assert (forecast.total, forecast.critical_path) == (timedelta(0), ())
