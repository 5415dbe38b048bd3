"""L2 and L3 from outside: the plan with a scanner, what a run of it proves, and what its scripts report."""

from dataclasses import replace

import pytest

from drd.domain.climbing import climb_plan, cores_of
from drd.domain.estate import Scanner
from drd.domain.events import Kind
from drd.domain.ids import ArmId, StepId
from drd.domain.ladder import Outcome, Rung
from drd.domain.script_report import beyond, reported_figures
from tests.fakes.small_estate import GROUP
from tests.unit.domain.test_climbing import OWNER, PLACE, PROBED, climb, done, failed, ids, proved

IMAGE = ArmId(f"{GROUP}/providers/Microsoft.Compute/galleries/gal/images/scanner")
SCANNED = replace(PLACE, scanner=Scanner(image=IMAGE, size="Standard_D4s_v5", cores=4), tolerances={"differing": 2})
OUTSIDE = replace(OWNER, proofs=SCANNED)
LOOKED = [*PROBED, *(f"{name}[vm-app]" for name in ("group", "restore", "scanner-nic", "scanner"))]
GONE = ["cleanup[vm-app]", "probe-cleanup"]
BOOTED = [f"{name}[vm-app]" for name in ("scanner-gone", "nic", "machine")]


def test_restored_disks_are_examined_by_a_machine_of_its_own_before_anything_boots_from_them() -> None:
    """Both scripts run there, with what is tolerated; then it goes, and the copy is made of the same disks."""
    plan = climb_plan(climb(Rung.L4, tenant=OUTSIDE))
    scanner, readable = plan.step(StepId("scanner[vm-app]")), plan.step(StepId("readable[vm-app]"))
    machine = plan.step(StepId("machine[vm-app]"))

    assert ids(plan) == [
        "isolation", *LOOKED, "readable[vm-app]", "clean[vm-app]", *BOOTED, "boots[vm-app]", *GONE,
    ]  # fmt: skip
    assert scanner is not None
    assert readable is not None
    assert machine is not None
    assert (scanner.call.uses, scanner.call.values["image"]) == ("scanner.create", str(IMAGE))
    assert scanner.call.values["disks"] == "${{ steps.restore[vm-app].disks }}"
    assert readable.call.values["machine"] == "${{ steps.scanner[vm-app].machine }}"
    assert readable.call.values["at-most"] == {"differing": 2}
    assert "scanner-gone[vm-app]" in machine.needs


def test_up_to_l3_nothing_boots_at_all() -> None:
    """And where nothing is asked of the disks there is no scanner."""
    unasked = replace(OUTSIDE, proofs=replace(SCANNED, readable="", clean=""))

    assert ids(climb_plan(climb(Rung.L2, tenant=OUTSIDE))) == [
        "isolation", *LOOKED, "readable[vm-app]", *GONE,
    ]  # fmt: skip
    assert "scanner[vm-app]" not in ids(climb_plan(climb(Rung.L4, tenant=unasked)))
    assert cores_of(climb(Rung.L3, tenant=OUTSIDE)) == 4 + 1
    assert cores_of(climb(Rung.L4, tenant=unasked)) == PLACE.cores + 1
    assert cores_of(climb(Rung.L5, tenant=OUTSIDE)) == 8 + 1


SAID = (Kind.STEP_DONE, "readable[vm-app]", {"outputs": {"output": "ok\ndrd: checked=120 differing=1\n"}})


@pytest.mark.parametrize(
    ("told", "rungs"),
    [
        (
            [*done("isolation", *LOOKED), SAID, *done("clean[vm-app]", *BOOTED, "boots[vm-app]")],
            {Rung.L2: Outcome.PASSED, Rung.L3: Outcome.PASSED, Rung.L4: Outcome.PASSED},
        ),
        ([*done("isolation", LOOKED[2]), failed(LOOKED[3], "no-recovery-point")], {Rung.L2: Outcome.FAILED}),
        ([*done("isolation", *LOOKED[:5]), failed(LOOKED[5], "GalleryImageNotFound")], {Rung.L2: Outcome.INCONCLUSIVE}),
        ([*done("isolation", *LOOKED), failed("readable[vm-app]", "operation-failed")], {Rung.L2: Outcome.FAILED}),
        (
            [*done("isolation", *LOOKED), SAID, failed("clean[vm-app]", "operation-failed")],
            {Rung.L2: Outcome.PASSED, Rung.L3: Outcome.FAILED},
        ),
        (
            [*done("isolation", *LOOKED), SAID, *done("clean[vm-app]"), failed(BOOTED[0], "forbidden")],
            {Rung.L2: Outcome.PASSED, Rung.L3: Outcome.PASSED, Rung.L4: Outcome.INCONCLUSIVE},
        ),
    ],
)
def test_each_rung_says_what_was_seen_and_no_other_is_told(
    told: list[tuple[Kind, str, dict[str, object]]], rungs: dict[Rung, Outcome]
) -> None:
    """What kept the scanner from standing says nothing of the point; what the disks hold does."""
    proofs = proved(climb_plan(climb(Rung.L4, tenant=OUTSIDE)), *told, ends="failed")

    assert {each.rung: each.outcome for each in proofs} == rungs
    assert {each.measured.get("way") for each in proofs if each.rung is not Rung.L4} == {"scanner"}
    if told[-1][1] == "boots[vm-app]":
        assert proofs[0].measured["figures"] == {"checked": 120, "differing": 1}


def test_a_restore_that_fails_says_nothing_of_what_is_in_it() -> None:
    """Though only that was asked: it could not be read, which is no infection."""
    only_clean = replace(OUTSIDE, proofs=replace(SCANNED, readable=""))
    told = [*done("isolation", LOOKED[2]), failed(LOOKED[3], "no-recovery-point")]
    [proof] = proved(climb_plan(climb(Rung.L3, tenant=only_clean)), *told, ends="failed")

    assert (proof.rung, proof.outcome) == (Rung.L2, Outcome.FAILED)


def test_in_the_copy_itself_the_record_says_so_too() -> None:
    """The other way, where no scanner is named."""
    steps = [
        *PROBED,
        *(f"{name}[vm-app]" for name in ("group", "restore", "nic", "machine", "boots")),
        "readable[vm-app]",
    ]
    proofs = proved(climb_plan(climb(Rung.L2)), *done("isolation", *steps))

    assert {each.rung: each.measured.get("way") for each in proofs} == {Rung.L4: None, Rung.L2: "guest"}


@pytest.mark.parametrize(
    ("output", "figures"),
    [
        ("", {}),
        ("drd: checked=120 differing=3", {"checked": 120, "differing": 3}),
        ("noise\ndrd: a=1\nmore\ndrd: a=2 b-c=0 \n", {"a": 2, "b-c": 0}),
        ("drd: a=-1\ndrd: A=1\ndrd: a=1;\n x drd: a=1\ndrd:a=1\ndrd: a=1.5\ndrd: a=9999999999999", {}),
        (" ".join(["drd:", *(f"n{number}=1" for number in range(60))]), {f"n{number}": 1 for number in range(40)}),
    ],
)
def test_only_what_looks_like_a_report_is_one(output: str, figures: dict[str, int]) -> None:
    """Scripts print what they like."""
    assert reported_figures(output) == figures


def test_what_is_tolerated_is_tolerated() -> None:
    """And what nobody counted is not judged."""
    assert beyond({"differing": 2, "checked": 9}, {"differing": 2, "missing": 0}) == ()
    assert beyond({"differing": 3}, {"differing": 2}) == ("differing is 3, at most 2 is tolerated",)
