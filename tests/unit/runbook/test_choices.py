"""What whoever wishes for a plan chooses: the steps that are left out, and the recovery point."""

import pathlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from drd.domain.errors import InvalidError
from drd.domain.plan import Mode, RecoveryPlan
from drd.domain.plan_json import plan_from_json
from drd.ports.runbooks import PlanWish
from tests.unit.runbook.small_shelf import HEAD, PARENT, shelf, wish

BOOK = (
    HEAD
    + """before:
  - {id: ready, uses: check.replication, with: {service: web}, text: {nl: T, en: T, fr: T}}
groups:
  - id: stop
    title: {nl: T, en: T, fr: T}
    steps:
      - {id: off, uses: vm.deallocate, for-each: {items: {role: app}}, with: {item: "${{ each.id }}"},
         text: {nl: T, en: T, fr: T}}
  - id: bring
    title: {nl: T, en: T, fr: T}
    steps:
      - {id: go, uses: approve, with: {ask: {nl: T, en: T, fr: T}, by: [crisisteam]}, text: {nl: T, en: T, fr: T}}
      - {id: group, uses: resource-group.create, with: {prefix: drd}, text: {nl: T, en: T, fr: T}}
      - {id: disks, uses: backup.restore-disks, needs: [group], text: {nl: T, en: T, fr: T},
         with: {item: sql-1, resource-group: "${{ steps.group.id }}", staging: /subscriptions/s/resourceGroups/g}}
      - {id: over, uses: asr.failover, needs: [go], with: {item: app-1}, text: {nl: T, en: T, fr: T}}
always:
  - {id: note, uses: wait, with: {for: 1s}, text: {nl: T, en: T, fr: T}}
"""
).replace("modes: [drill, failover]", "modes: [failover]")


def planned(folder: pathlib.Path, text: str = BOOK, **chosen: Any) -> RecoveryPlan:
    """Plan the small runbook."""
    return shelf(folder, r=text).plan(replace(wish(), **chosen))


def left_out(plan: RecoveryPlan) -> Mapping[str, str]:
    """Give the steps that are left out, and why."""
    return {step.id: step.left_out for step in plan.steps if step.left_out}


def fault(folder: pathlib.Path, text: str = BOOK, **chosen: Any) -> str:
    """Give the one fault of a plan that cannot be made."""
    with pytest.raises(InvalidError) as caught:
        planned(folder, text, **chosen)
    assert len(caught.value.faults) == 1, caught.value.faults
    return caught.value.faults[0]


def values(plan: RecoveryPlan, step: str) -> Mapping[str, Any]:
    """Give the values of a step."""
    return next(each.call.values for each in plan.steps if each.id == step)


def test_nothing_chosen_leaves_the_plan_and_its_hash_alone(tmp_path: pathlib.Path) -> None:
    """What is not chosen is not written, so that plans of older releases keep their hashes."""
    plan = planned(tmp_path)
    stored = plan.to_json()
    assert "choices" not in stored
    assert all("left-out" not in step for step in stored["steps"])  # type: ignore[union-attr]  # a list of steps
    assert plan_from_json(stored) == replace(plan, steps=tuple(replace(step, source="") for step in plan.steps))


@pytest.mark.parametrize(
    ("chosen", "out"),
    [
        ({"only": ("bring",)}, {"off[app-1]": "only", "off[app-2]": "only"}),
        ({"only": ("off",)}, {"group": "only", "disks": "only", "over": "only"}),
        ({"only": ("off[app-1]", "over")}, {"off[app-2]": "only", "group": "only", "disks": "only"}),
        ({"skip": ("stop",)}, {"off[app-1]": "skip", "off[app-2]": "skip"}),
        ({"skip": ("off[app-2]", "ready")}, {"off[app-2]": "skip", "ready": "skip"}),
        ({"only": ("bring",), "skip": ("over",)}, {"off[app-1]": "only", "off[app-2]": "only", "over": "skip"}),
    ],
    ids=["a group", "a line", "a copy and a step", "skip a group", "skip a copy and a check", "both"],
)
def test_steps_that_are_left_out_stay_in_the_plan(
    tmp_path: pathlib.Path, chosen: dict[str, Any], out: dict[str, str]
) -> None:
    """They are shown as left out; approvals, checks that stop the clock and what always runs are never among them."""
    whole, plan = planned(tmp_path), planned(tmp_path, **chosen)
    assert left_out(plan) == out
    assert [step.id for step in plan.steps] == [step.id for step in whole.steps]
    assert [step.needs for step in plan.steps] == [step.needs for step in whole.steps]
    assert plan.hash() != whole.hash()
    read = plan_from_json(plan.to_json())
    assert (left_out(read), read.choices, read.hash()) == (out, plan.choices, plan.hash())


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"only": ("brimg",)}, 'r.yaml:1:1: --only names "brimg", and the plan has no such step or group'),
        ({"skip": ("of",)}, 'r.yaml:1:1: --skip names "of", and the plan has no such step or group'),
        ({"skip": ("go",)}, 'the approval "go" cannot be left out'),
        ({"skip": ("login",)}, '--skip names "login", and the plan has no such step or group'),
        ({"skip": ("note",)}, '"note" always runs, so that nothing is left behind'),
        ({"skip": ("group",)}, 'r.yaml:20:46: "disks" needs what "group" gives, and that is left out'),
        ({"only": ("over",), "skip": ("over",)}, "nothing of what --only names is left"),
    ],
    ids=["typo", "typo in skip", "approval", "catalogue check", "always", "output", "nothing left"],
)
def test_what_must_not_be_left_out_is_refused_with_its_place(
    tmp_path: pathlib.Path, chosen: dict[str, Any], said: str
) -> None:
    """At resolution, before anybody approves anything."""
    assert said in fault(tmp_path, **chosen)


@pytest.mark.parametrize(
    ("point", "over", "disks"),
    [
        ("newest", "latest-processed", "newest"),
        ("latest", "latest", "newest"),
        ("latest-processed", "latest-processed", "newest"),
    ],
)
def test_a_chosen_recovery_point_stands_in_every_step_that_takes_one(
    tmp_path: pathlib.Path, point: str, over: str, disks: str
) -> None:
    """Each action gets it in its own words, before the plan is hashed."""
    plan = planned(tmp_path, recovery_point=point)
    assert (values(plan, "over")["recovery-point"], values(plan, "disks")["point"]) == (over, disks)
    assert plan.choices == {"recovery-point": point}
    assert plan.hash() != planned(tmp_path).hash()


ONE = HEAD + (
    "groups:\n  - id: g\n    title: {nl: T, en: T, fr: T}\n    steps:\n"
    "      - {id: a, uses: %s, with: {%s}, text: {nl: T, en: T, fr: T}}\n"
)
ASR = (ONE % ("asr.failover", "item: app-1")).replace("modes: [drill, failover]", "modes: [failover]")
DISKS = ONE % (
    "backup.restore-disks",
    "item: sql-1, resource-group: /subscriptions/s/resourceGroups/g, staging: /subscriptions/s/resourceGroups/g",
)
WAIT = ONE % ("wait", "for: 1s")


@pytest.mark.parametrize(
    ("text", "point", "said"),
    [
        (ASR, "newest-clean", 'asr.failover cannot use the recovery point "newest-clean"'),
        (ASR, "p-17", 'asr.failover cannot use the recovery point "p-17"'),
        (ASR, "2026-11-22T03:00:00Z", 'asr.failover cannot use the recovery point "2026-11-22T03:00:00Z"'),
        (DISKS, "latest-app-consistent", "backup.restore-disks cannot use"),
        (WAIT, "newest", "no step of this plan chooses a recovery point"),
    ],
)
def test_a_recovery_point_that_cannot_be_used_is_refused(
    tmp_path: pathlib.Path, text: str, point: str, said: str
) -> None:
    """Better than a run that quietly recovers from another one."""
    assert said in fault(tmp_path, text, recovery_point=point)


def test_the_id_of_a_point_serves_one_item(tmp_path: pathlib.Path) -> None:
    """Two items have no point in common."""
    assert values(planned(tmp_path, DISKS, recovery_point="p-17"), "a")["point"] == "p-17"
    two = DISKS + DISKS.splitlines(keepends=True)[-1].replace("id: a,", "id: b,").replace("sql-1", "app-1")
    assert '"p-17" is no point of every item' in fault(tmp_path, two, recovery_point="p-17")


def test_a_parent_hands_the_recovery_point_to_the_plans_that_use_one(tmp_path: pathlib.Path) -> None:
    """A child without recovery points is no fault."""
    parent = PARENT % "top" + (
        "groups:\n  - id: g\n    title: {nl: T, en: T, fr: T}\n    steps:\n"
        "      - {id: one, uses: runbook, with: {runbook: disks}, text: {nl: T, en: T, fr: T}}\n"
        "      - {id: two, uses: runbook, with: {runbook: wait}, text: {nl: T, en: T, fr: T}}\n"
    )
    books = shelf(
        tmp_path, top=parent, disks=DISKS.replace("id: r\n", "id: disks\n"), wait=WAIT.replace("id: r\n", "id: wait\n")
    )
    wanted = PlanWish(runbook="top", tenant=None, mode=Mode.FAILOVER, recovery_point="newest")  # type: ignore[arg-type]  # ids are texts
    plan = books.plan(wanted)
    assert [step.child.choices if step.child else None for step in plan.steps] == [{"recovery-point": "newest"}, {}]
    assert plan.choices == {"recovery-point": "newest"}
    with pytest.raises(InvalidError, match="is no point of every item"):
        books.plan(replace(wanted, recovery_point="p-17"))
