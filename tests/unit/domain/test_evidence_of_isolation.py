"""What the evidence says of a probe: that it stood before anything booted, or that it did not."""

from datetime import timedelta
from typing import Any

import pytest

from drd.domain.evidence_of_isolation import probe_told
from drd.domain.ids import StepId
from drd.domain.lifecycle import StepState
from drd.domain.plan import Mode
from drd.domain.progress import Progress
from tests.fakes.engine_house import plan, step
from tests.fakes.virtual_clock import VirtualClock

SAID = {
    "probe": "/s/vm",
    "network": "/s/vnet",
    "tried": ["a:1"],
    "rules": ["nsg"],
    "routes": ["10.99.0.0/16 to VnetLocal"],
}


def _progress(*, probed: StepState, booted_after: int | None) -> Progress:
    progress = Progress(plan(step("probe", "network.probe"), step("boot", "vm.create"), mode=Mode.DRILL))
    at = VirtualClock().now()
    probe, boot = progress.steps[StepId("probe")], progress.steps[StepId("boot")]
    probe.state, probe.started_at, probe.ended_at = probed, at, at + timedelta(minutes=5)
    probe.outputs = SAID if probed is StepState.DONE else {}
    if booted_after is not None:
        boot.started_at = at + timedelta(minutes=booted_after)
    return progress


@pytest.mark.parametrize(
    ("probed", "booted_after", "proven", "early"),
    [
        (StepState.DONE, 6, True, []),
        (StepState.DONE, None, True, []),
        (StepState.DONE, 4, False, ["boot"]),
        (StepState.FAILED, None, False, []),
        (StepState.FAILED, 6, False, ["boot"]),
        (StepState.SKIPPED, 6, False, ["boot"]),
    ],
)
def test_a_probe_counts_when_it_ended_well_before_anything_booted(
    probed: StepState, booted_after: int | None, proven: bool, early: list[str]
) -> None:
    """What booted too early is named."""
    told: Any = probe_told(_progress(probed=probed, booted_after=booted_after))

    assert (told["proven"], told["booted-before"]) == (proven, early)
    assert told["probes"][0]["tried"] == (["a:1"] if probed is StepState.DONE else "unknown")


def test_without_a_probe_nobody_knows() -> None:
    """Nothing is made up."""
    assert probe_told(Progress(plan(step("boot", "vm.create"), mode=Mode.DRILL))) == "unknown"
