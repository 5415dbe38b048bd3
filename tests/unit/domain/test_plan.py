"""Plans: their stored form, their hash, their lock."""

from dataclasses import replace
from datetime import timedelta

import pytest

from drd.domain.call import Call
from drd.domain.ids import ItemId, ServiceId, StepId
from drd.domain.language import Text
from drd.domain.plan import ApprovalTerms, OnFailure, Phase, RecoveryGroup, RecoveryPlan, Retry, Step, Ungraceful
from drd.domain.plan_json import plan_from_json
from tests.fakes.engine_house import check, machine, plan, step

CHILD = plan(step("x"), service=ServiceId("databank"))
FULL = Step(
    id=StepId("db[vm-1]"),
    call=Call(uses="asr.failover", values={"item": "vm-1", "deep": {"list": [1, None, True]}}),
    phase=Phase.ALWAYS,
    group="data",
    needs=(StepId("a"),),
    lane="db",
    parallel=3,
    item=ItemId("vm-1"),
    ungraceful=Ungraceful.ONLY,
    timeout=timedelta(seconds=90),
    estimate=timedelta(minutes=2),
    retry=Retry(times=3, wait=timedelta(seconds=5)),
    critical=False,
    on_failure=OnFailure.UNDO,
    text=Text(nl="Databank", en="Database"),
    undo=Call(uses="asr.cancel-failover", values={"item": "vm-1"}),
    approval=ApprovalTerms(
        ask=Text(nl="Nu?"), by=("crisisteam",), minimum=2, not_the_starter=True, expires=timedelta(hours=1)
    ),
    child=CHILD,
)
WHOLE = plan(
    step("a"),
    FULL,
    check("ok"),
    items=(machine("vm-1"),),
    groups=(RecoveryGroup(id="data", title=Text(nl="Data"), join=StepId("group:data"), minimum_success=80),),
    inputs={"zone": "/subscriptions/s", "n": 3},
    on_failure=OnFailure.STOP,
)


@pytest.mark.parametrize("recovery_plan", [WHOLE, CHILD, plan(objectives=None, service=None)])
def test_a_stored_plan_reads_back_equal(recovery_plan: RecoveryPlan) -> None:
    """Nothing is lost, and the hash stays."""
    read = plan_from_json(recovery_plan.to_json())

    assert read == recovery_plan
    assert read.hash() == recovery_plan.hash()


def test_every_change_changes_the_hash_but_the_place_in_the_file() -> None:
    """What people approved is exactly what runs."""
    moved = replace(WHOLE, steps=(WHOLE.steps[0], replace(FULL, source="a.yaml:3:1"), WHOLE.steps[2]))
    changed = replace(WHOLE, steps=(WHOLE.steps[0], replace(FULL, critical=True), WHOLE.steps[2]))

    assert moved.hash() == WHOLE.hash()
    assert changed.hash() != WHOLE.hash()


def test_a_service_and_a_parent_hold_different_locks() -> None:
    """One run per service, one per parent runbook and tenant."""
    parent = plan(service=None)

    assert WHOLE.lock() == "voorbeeld/service/burgerzaken"
    assert parent.lock() == "voorbeeld/runbook/burgerzaken"
    assert WHOLE.to_confirm() == "burgerzaken"
    assert parent.to_confirm() == "voorbeeld"


def test_steps_items_and_children_are_found() -> None:
    """By id."""
    assert WHOLE.step(StepId("a")) is WHOLE.steps[0]
    assert WHOLE.step(StepId("nowhere")) is None
    assert WHOLE.item(ItemId("vm-1")) is WHOLE.items[0]
    assert WHOLE.item(ItemId("nowhere")) is None
    assert [each.id for each in WHOLE.children()] == ["db[vm-1]"]
