"""Whatever a runbook says, its plan is whole: every name leads somewhere, nothing waits in a circle, order holds."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drd.document import Refused, parse
from drd.domain.estate import ItemKind, Objectives, ProtectedItem, Service, Tenant
from drd.domain.ids import ArmId, ItemId, ServiceId, TenantId
from drd.domain.language import Text
from drd.domain.plan import Mode, RecoveryPlan
from drd.domain.plan_json import plan_from_json
from drd.runbook.loader import loaded
from drd.runbook.outline import circle_in
from drd.runbook.resolve import Resolver, Target
from tests.fakes.vocabulary import fake_vocabulary

VOCABULARY = fake_vocabulary()
MODES = st.sampled_from([None, ["drill"], ["failover"], ["drill", "failover"]])
LABELS = st.sampled_from([{}, {"role": "app"}, {"role": "db"}, {"role": "app", "zone": "1"}])


@st.composite
def runbooks(draw: st.DrawFn) -> dict[str, Any]:
    """Make a runbook whose needs lead to earlier steps and groups."""
    groups: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 4))):
        steps: list[dict[str, Any]] = []
        for place in range(draw(st.integers(1, 4))):
            step: dict[str, Any] = {"id": f"s{number}-{place}", "uses": "noop"}
            known = [each["id"] for group in groups for each in group["steps"]] + [each["id"] for each in steps]
            if known and draw(st.booleans()):
                step["needs"] = draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
            if modes := draw(MODES):
                step["modes"] = modes
            if draw(st.booleans()):
                step["for-each"] = {"items": draw(LABELS), "allow-empty": True}
            steps.append(step)
        group: dict[str, Any] = {"id": f"g{number}", "steps": steps}
        if groups and draw(st.booleans()):
            group["needs"] = draw(st.lists(st.sampled_from([each["id"] for each in groups]), max_size=2, unique=True))
        groups.append(group)
    return {
        "drd": "runbook/v1",
        "id": "r",
        "service": "web",
        "title": {"nl": "T", "en": "T", "fr": "T"},
        "modes": ["drill", "failover"],
        "groups": groups,
    }


@st.composite
def tenants(draw: st.DrawFn) -> Tenant:
    """Make a tenant with one service of some items."""
    labels = draw(st.lists(LABELS, max_size=5))
    items = tuple(
        ProtectedItem(
            id=ItemId(f"vm-{number}"),
            kind=ItemKind.VIRTUAL_MACHINE,
            resource=ArmId(
                f"/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm-{number}"
            ),
            labels=each,
        )
        for number, each in enumerate(labels)
    )
    objectives = Objectives(rpo=timedelta(hours=1), rto=timedelta(hours=2))
    web = Service(id=ServiceId("web"), name=Text(nl="Web"), tier=1, objectives=objectives, items=items)
    return Tenant(
        id=TenantId("t"),
        name=Text(nl="T"),
        home_region="a",
        recovery_region="b",
        subscriptions=("s",),
        services=(web,),
    )


def planned(runbook: Mapping[str, Any], tenant: Tenant, mode: Mode) -> RecoveryPlan | None:
    """Plan a runbook; None where it is refused, always with places and hints."""

    def no_child(*_: object) -> RecoveryPlan:
        raise AssertionError("there is no child")

    document = parse(json.dumps(runbook, indent=1), "r.yaml")
    try:
        found = loaded(document, "r", VOCABULARY)
        target = Target(tenant=tenant, service=tenant.services[0], mode=mode, inputs={})
        return Resolver(found, target, VOCABULARY, no_child).plan()
    except Refused as refused:
        assert all(fault.hint and fault.place.line >= 1 for fault in refused.faults)  # noqa: PT017 - both ways are right
        return None


def waits_for(plan: RecoveryPlan) -> dict[str, tuple[str, ...]]:
    """Give what each step and each join waits for."""
    graph: dict[str, tuple[str, ...]] = {step.id: tuple(step.needs) for step in plan.steps}
    for group in plan.groups:
        if group.join:
            graph[group.join] = tuple(step.id for step in plan.steps if step.group == group.id)
    return graph


def earlier(name: str, graph: Mapping[str, tuple[str, ...]]) -> set[str]:
    """Give everything that is settled before a step begins."""
    found: set[str] = set()
    pending = [*graph[name]]
    while pending:
        each = pending.pop()
        if each not in found:
            found.add(each)
            pending += graph[each]
    return found


@settings(deadline=None)
@given(runbooks(), tenants(), st.sampled_from([Mode.DRILL, Mode.FAILOVER]))
def test_a_plan_is_whole(runbook: dict[str, Any], tenant: Tenant, mode: Mode) -> None:
    """Ids are unique, every need is in the plan, nothing waits in a circle, no step of another mode is there."""
    plan = planned(runbook, tenant, mode)
    if plan is None:
        return
    graph = waits_for(plan)
    assert len({step.id for step in plan.steps}) == len(plan.steps)
    assert all(need in graph for needs in graph.values() for need in needs)
    assert circle_in(graph) == ()
    left_out = {
        step["id"]
        for group in runbook["groups"]
        for step in group["steps"]
        if mode.value not in step.get("modes", [mode])
    }
    assert not left_out & {step.id.partition("[")[0] for step in plan.steps}
    assert {group.id for group in plan.groups} == {step.group for step in plan.steps}


@settings(deadline=None)
@given(runbooks(), tenants(), st.sampled_from([Mode.DRILL, Mode.FAILOVER]))
def test_order_of_groups_and_needs_holds(runbook: dict[str, Any], tenant: Tenant, mode: Mode) -> None:
    """A step begins after all of the groups that its own waits for, and after all that it needs."""
    plan = planned(runbook, tenant, mode)
    if plan is None:
        return
    graph = waits_for(plan)
    groups = {group["id"]: group for group in runbook["groups"]}
    names = list(groups)
    waits = {
        name: set(group.get("needs", names[max(0, place - 1) : place]))
        for place, (name, group) in enumerate(groups.items())
    }
    for place, name in enumerate(names):
        for before in list(waits[name]):
            waits[name] |= waits[before] if names.index(before) < place else set()
    written = {step["id"]: step for group in runbook["groups"] for step in group["steps"]}
    for step in plan.steps:
        settled = earlier(step.id, graph)
        for other in plan.steps:
            wanted = set(written[step.id.partition("[")[0]].get("needs", []))
            if other.group in waits[step.group] or other.id.partition("[")[0] in wanted:
                assert other.id in settled, (other.id, step.id)


@settings(deadline=None)
@given(runbooks(), tenants(), st.sampled_from([Mode.DRILL, Mode.FAILOVER]))
def test_the_same_files_give_the_same_plan(runbook: dict[str, Any], tenant: Tenant, mode: Mode) -> None:
    """Hash for hash; and a stored plan read back is the plan."""
    plan = planned(runbook, tenant, mode)
    if plan is None:
        return
    again = planned(runbook, tenant, mode)
    assert again is not None
    assert again.hash() == plan.hash() == plan_from_json(json.loads(json.dumps(plan.to_json()))).hash()


@settings(deadline=None)
@given(runbooks(), tenants())
def test_a_for_each_makes_one_step_for_each_item_it_selects(runbook: dict[str, Any], tenant: Tenant) -> None:
    """No more and no fewer, in the catalogue's order."""
    plan = planned(runbook, tenant, Mode.FAILOVER)
    if plan is None:
        return
    for group in runbook["groups"]:
        for step in group["steps"]:
            if "failover" not in step.get("modes", ["failover"]):
                continue
            wanted = step.get("for-each", {}).get("items")
            made = [each.id for each in plan.steps if each.id.partition("[")[0] == step["id"]]
            items = tenant.services[0].selected(wanted) if wanted is not None else None
            assert made == ([step["id"]] if items is None else [f"{step['id']}[{item.id}]" for item in items])
