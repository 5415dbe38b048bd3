"""The plan that takes an item up the ladder, and what a run of it, or of any drill, proves when it is over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drd.domain.call import Call
from drd.domain.climbed import verifications_of
from drd.domain.climbing import Climb, climb_plan
from drd.domain.durations import format_instant
from drd.domain.errors import RefusedError
from drd.domain.estate import Mechanism, NamedCheck, Probe, ProofPlace, ProtectedItem
from drd.domain.events import Event, Kind
from drd.domain.ids import ArmId, RunId, StepId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.plan import Mode, Phase, RecoveryPlan, Step
from drd.domain.plan_json import plan_from_json
from tests.fakes.small_estate import GROUP, item, service, tenant
from tests.fakes.virtual_clock import EPOCH

PLACE = ProofPlace(
    subnet=ArmId(f"{GROUP}/providers/Microsoft.Network/virtualNetworks/drill/subnets/servers"),
    staging=ArmId(f"{GROUP}/providers/Microsoft.Storage/storageAccounts/st"),
    size="Standard_D2s_v5",
    readable="fsck -n",
    clean="clamscan /",
)
APP, SQL = item("vm-app", Mechanism.BACKUP), item("vm-sql", Mechanism.BACKUP)
SERVICE = replace(
    service("burgerzaken", APP, SQL, item("vm-rep", Mechanism.SITE_RECOVERY)),
    checks=(NamedCheck(id="web", call=Call(uses="check.http", values={"url": "https://b.example/"})),),
    question=Call(uses="check.http", values={"url": "https://b.example/citizen", "within": "2m"}),
)
OWNER = replace(tenant(SERVICE), proofs=PLACE)
POINT_AT = EPOCH - timedelta(hours=9)


def climb(to: Rung, subject: ProtectedItem = APP, **others: Any) -> Climb:
    """Make a wish."""
    return Climb(**{"tenant": OWNER, "service": SERVICE, "item": subject, "to": to, **others})


def ids(plan: RecoveryPlan) -> list[str]:
    """Give the steps in order."""
    return [each.id for each in plan.steps]


def proved(plan: RecoveryPlan, *told: tuple[Kind, str, dict[str, Any]], ends: str = "succeeded") -> list[Verification]:
    """Let a run go as told, a minute a step, and ask it."""
    story = [(Kind.RUN_ACCEPTED, "", {"graceful": True}), (Kind.RUN_CLAIMED, "", {}), *told]
    events = [
        Event(
            run=RunId("r-1"),
            sequence=number,
            kind=kind,
            at=EPOCH + timedelta(minutes=number),
            step=StepId(name) if name else None,
            payload=payload,
            attempt=1,
            reason="chosen: by lot" if number == 1 else "",
        )
        for number, (kind, name, payload) in enumerate([*story, (Kind.RUN_FINISHED, "", {"state": ends})], start=1)
    ]
    return list(verifications_of(plan, events))


def done(*names: str, by_hand: bool = False) -> list[tuple[Kind, str, dict[str, Any]]]:
    """Let steps be done; restores tell their point."""
    point = {"recovery-point": "p7", "recovery-point-time": format_instant(POINT_AT)}
    return [
        (Kind.STEP_DONE, name, {"outputs": point if name.startswith("restore") else {}, "by-hand": by_hand})
        for name in names
    ]


def failed(name: str, code: str = "check-red", *, transient: bool = False) -> tuple[Kind, str, dict[str, Any]]:
    """Let a step fail for good."""
    failure = {"code": code, "message": "it did not", "transient": transient}
    return Kind.STEP_FAILED, name, {"failure": failure, "final": True}


PROBED = ["probe-group", "probe"]
UP = [f"{name}[vm-app]" for name in ("group", "restore", "nic", "machine")]


def test_a_climb_restores_asks_and_removes() -> None:
    """In that order, in an isolated network, and the end always runs."""
    plan = climb_plan(climb(Rung.L4, point="p7"))
    restore = plan.step(StepId("restore[vm-app]"))

    assert ids(plan) == [
        "isolation", *PROBED, *UP, "boots[vm-app]", "readable[vm-app]", "clean[vm-app]",
        "cleanup[vm-app]", "probe-cleanup",
    ]  # fmt: skip
    assert restore is not None
    assert (restore.call.uses, restore.call.values["point"]) == ("backup.cross-region-restore", "p7")
    assert [each.phase for each in plan.steps if each.id in {"isolation", "cleanup[vm-app]"}] == [
        Phase.BEFORE,
        Phase.ALWAYS,
    ]
    assert plan.mode is Mode.DRILL


def test_nothing_boots_before_the_network_was_tried_from_inside() -> None:
    """Beside the restore, in a group of its own that goes too; one probe for all that climb."""
    plan = climb_plan(
        climb(Rung.L5, tenant=replace(OWNER, proofs=replace(PLACE, probe=Probe(reach=("sql.example:1433",)))))
    )
    (probe,) = [each for each in plan.steps if each.call.uses == "network.probe"]
    machines = [each for each in plan.steps if each.call.uses == "vm.create"]

    assert (probe.call.values["reach"], probe.needs) == (["sql.example:1433"], ("probe-group",))
    assert len(machines) == 2
    assert all("probe" in each.needs for each in machines)
    assert plan.steps[-1].call.values == {"id": "${{ steps.probe-group.id }}"}


def test_a_climb_never_stands_in_the_way_of_a_recovery() -> None:
    """It holds no service's lock, and only one climb of an item goes at a time."""
    one, other = climb_plan(climb(Rung.L4)), climb_plan(climb(Rung.L5, point="p7"))

    assert one.lock() == other.lock() == "voorbeeld/runbook/verify-vm-app"
    assert plan_from_json(one.to_json()).hash() == one.hash()


def test_a_service_answers_only_when_all_of_it_that_can_be_restored_is_there() -> None:
    """The item in question first, with its point; the others with their newest."""
    plan = climb_plan(climb(Rung.L6, SQL, point="p7"))
    points = {each.item: each.call.values["point"] for each in plan.steps if each.id.startswith("restore")}

    assert points == {"vm-sql": "p7", "vm-app": "newest"}
    assert [each.id for each in plan.steps if each.phase is Phase.AFTER] == ["answers[web]", "useful"]
    assert [each.call.values["within"] for each in plan.steps if each.phase is Phase.AFTER] == ["15m", "2m"]


def test_in_the_home_region_the_vault_restores_by_itself() -> None:
    """With the copy's group where the copy is."""
    at_home = replace(OWNER, proofs=replace(PLACE, home=True, readable="", clean=""))
    plan = climb_plan(climb(Rung.L4, tenant=at_home))
    group, restore = plan.steps[3:5]

    assert (group.call.values["location"], restore.call.uses) == ("westeurope", "backup.restore-disks")
    assert "readable[vm-app]" not in ids(plan)


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (climb(Rung.L4, tenant=tenant(SERVICE)), "no-place-for-proofs"),
        (climb(Rung.L4, item("vm-rep", Mechanism.SITE_RECOVERY)), "cannot-be-proven"),
        (climb(Rung.L2, tenant=replace(OWNER, proofs=replace(PLACE, readable=""))), "nothing-to-ask"),
        (climb(Rung.L5, service=replace(SERVICE, checks=())), "nothing-to-ask"),
        (climb(Rung.L6, service=replace(SERVICE, question=None)), "nothing-to-ask"),
    ],
)
def test_what_cannot_be_proven_is_refused_before_anything_is_restored(wish: Climb, code: str) -> None:
    """With what to do about it."""
    with pytest.raises(RefusedError) as refused:
        climb_plan(wish)

    assert (refused.value.code, bool(refused.value.hint)) == (code, True)


def test_a_run_that_went_well_proves_each_rung_of_its_point() -> None:
    """The point that was really used, and why it was chosen."""
    steps = [*PROBED, *UP, "boots[vm-app]", "readable[vm-app]", "clean[vm-app]"]
    proofs = proved(climb_plan(climb(Rung.L4)), *done("isolation", *steps, "cleanup[vm-app]"))

    assert [(each.rung, each.outcome) for each in proofs] == [
        (Rung.L4, Outcome.PASSED), (Rung.L2, Outcome.PASSED), (Rung.L3, Outcome.PASSED),
    ]  # fmt: skip
    assert {(each.point, each.point_time, each.mechanism, each.service) for each in proofs} == {
        ("p7", POINT_AT, Mechanism.BACKUP, "burgerzaken")
    }
    assert {each.id for each in proofs} == {f"r-1/vm-app/{rung}" for rung in ("L2", "L3", "L4")}
    assert proofs[0].measured["chosen"] == "chosen: by lot"


def test_the_copies_that_were_restored_beside_it_are_proven_too() -> None:
    """Each of its own point."""
    plan = climb_plan(climb(Rung.L5))
    proofs = proved(plan, *done(*(each.id for each in plan.steps)))

    assert {(each.item, each.rung) for each in proofs} == {
        (each.id, rung) for each in (APP, SQL) for rung in (Rung.L2, Rung.L3, Rung.L4, Rung.L5)
    }


@pytest.mark.parametrize(
    ("steps", "rung", "outcome"),
    [
        ([failed("isolation")], Rung.L2, Outcome.INCONCLUSIVE),
        ([*done("isolation", UP[0]), failed(UP[1], "no-recovery-point")], Rung.L2, Outcome.FAILED),
        ([*done("isolation", UP[0]), failed(UP[1], "busy", transient=True)], Rung.L2, Outcome.INCONCLUSIVE),
        ([*done("isolation", UP[0]), failed(UP[1], "refused")], Rung.L2, Outcome.INCONCLUSIVE),
        ([*done("isolation", *UP[:2]), failed("probe", "network-not-isolated")], Rung.L2, Outcome.INCONCLUSIVE),
        ([*done("isolation", *PROBED, *UP[:3]), failed(UP[3], "SkuNotAvailable")], Rung.L2, Outcome.INCONCLUSIVE),
        ([*done("isolation", *PROBED, *UP[:3]), failed(UP[3], "deadline-passed")], Rung.L2, Outcome.FAILED),
        ([*done("isolation", *PROBED, *UP), failed("boots[vm-app]")], Rung.L4, Outcome.FAILED),
        ([*done("isolation", *PROBED, *UP), *done("boots[vm-app]", by_hand=True)], Rung.L4, Outcome.INCONCLUSIVE),
        (done("isolation", *PROBED, *UP), Rung.L4, Outcome.INCONCLUSIVE),
    ],
)
def test_only_an_answer_about_the_copy_is_a_proof_or_its_opposite(
    steps: list[tuple[Kind, str, dict[str, Any]]], rung: Rung, outcome: Outcome
) -> None:
    """A network that is open, a quota, a refusal say nothing of the point; a point that vanished does."""
    proofs = proved(climb_plan(climb(Rung.L4)), *steps, ends="failed")

    assert (proofs[0].rung, proofs[0].outcome) == (rung, outcome)
    assert len(proofs) == 1
    assert proofs[0].because


def test_what_failed_to_be_clean_was_readable_all_the_same() -> None:
    """Rung by rung."""
    steps = [
        *done("isolation", *PROBED, *UP, "boots[vm-app]", "readable[vm-app]"),
        failed("clean[vm-app]", "operation-failed"),
    ]
    proofs = proved(climb_plan(climb(Rung.L4)), *steps, ends="failed")

    assert {each.rung: each.outcome for each in proofs} == {
        Rung.L4: Outcome.PASSED, Rung.L2: Outcome.PASSED, Rung.L3: Outcome.FAILED,
    }  # fmt: skip


def test_a_run_that_a_person_cancelled_is_aborted_where_it_stood() -> None:
    """And says nothing of what it did not come to."""
    steps = [*done("isolation", *PROBED, *UP, "boots[vm-app]"), (Kind.RUN_CANCEL, "", {})]
    proofs = proved(climb_plan(climb(Rung.L4)), *steps, ends="cancelled")

    assert [(each.rung, each.outcome) for each in proofs] == [(Rung.L4, Outcome.PASSED), (Rung.L2, Outcome.ABORTED)]


def test_a_run_that_goes_on_proves_nothing_yet() -> None:
    """Nor does one that is no drill."""
    plan = climb_plan(climb(Rung.L4))
    events = [Event(run=RunId("r-1"), sequence=1, kind=Kind.RUN_ACCEPTED, at=EPOCH, payload={"graceful": True})]

    assert verifications_of(plan, events) == ()
    assert proved(replace(plan, mode=Mode.FAILOVER), *done("isolation")) == []


def _rehearsal() -> RecoveryPlan:
    steps = (
        Step(id=StepId("copy"), call=Call(uses="asr.test-failover", values={"item": "vm-app"}), item=APP.id),
        Step(id=StepId("web"), call=Call(uses="check.http", values={}), phase=Phase.AFTER),
    )
    return replace(climb_plan(climb(Rung.L4)), runbook="burgerzaken", service=SERVICE.id, steps=steps, items=(APP,))


@pytest.mark.parametrize(
    ("told", "outcome"), [(done("web")[0], Outcome.PASSED), (failed("web"), Outcome.FAILED)], ids=["green", "red"]
)
def test_a_runbooks_own_drill_proves_its_points_too(told: tuple[Kind, str, dict[str, Any]], outcome: Outcome) -> None:
    """That the copy stood, and whether the service answered."""
    copy = (Kind.STEP_DONE, "copy", {"outputs": {"recovery-point-time": format_instant(POINT_AT)}})
    proofs = proved(_rehearsal(), copy, told)

    assert [(each.rung, each.outcome, each.mechanism, each.point_time) for each in proofs] == [
        (Rung.L4, Outcome.PASSED, Mechanism.SITE_RECOVERY, POINT_AT),
        (Rung.L5, outcome, Mechanism.SITE_RECOVERY, POINT_AT),
    ]
