"""Whether a drill's plan lets everything that boots wait for a probe of its network."""

from typing import Any

import pytest

from drd.domain.ids import StepId
from drd.domain.plan import Mode, OnFailure, RecoveryGroup, Step
from drd.domain.probing import unprobed
from tests.fakes.engine_house import plan, step

NETS = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/virtualNetworks"
DRILL, OTHER = f"{NETS}/drill", f"{NETS}/other"
NIC = step("nic", "nic.create", {"subnet": f"{OTHER}/subnets/servers"})


def _probe(network: str = DRILL, **others: Any) -> Step:
    return step("probe", "network.probe", {"subnet": f"{network}/subnets/servers"}, **others)


def _copy(**others: Any) -> Step:
    return step("copy", "asr.test-failover", {"network": DRILL}, **others)


def _machine(interface: str) -> Step:
    return step("copy", "vm.create", {"interface": interface}, needs=("probe",))


@pytest.mark.parametrize(
    ("steps", "early"),
    [
        ((_probe(), _copy(needs=("probe",))), ()),
        ((_probe(), step("between", needs=("probe",)), _copy(needs=("between",))), ()),
        ((_probe("${{ inputs.network }}"), _copy(needs=("probe",))), ()),
        ((_probe(), NIC, _machine("${{ inputs.interface }}")), ()),
        ((_probe(), step("rest"), step("wait", "vm.deallocate")), ()),
        ((_copy(),), ("copy",)),
        ((_probe(), _copy()), ("copy",)),
        ((_probe(needs=("copy",)), _copy()), ("copy",)),
        ((_probe(OTHER), _copy(needs=("probe",))), ("copy",)),
        ((_probe(), NIC, _machine("${{ steps.nic.id }}")), ("copy",)),
        ((_probe(on_failure=OnFailure.CONTINUE), _copy(needs=("probe",))), ("copy",)),
        ((_probe(left_out="skip"), _copy(needs=("probe",))), ("copy",)),
    ],
)
def test_what_boots_waits_for_a_probe_of_its_own_network(steps: tuple[Step, ...], early: tuple[str, ...]) -> None:
    """However far before; one beside it, after it, elsewhere, left out, or whose failure changes nothing is none."""
    assert tuple(each.id for each in unprobed(plan(*steps, mode=Mode.DRILL))) == early


def test_a_group_that_waits_for_the_probes_group_waits_for_the_probe() -> None:
    """Groups are waited for by their join."""
    groups = (RecoveryGroup(id="first", join=StepId("group first")), RecoveryGroup(id="then"))
    steps = (_probe(group="first"), _copy(group="then", needs=("group first",)))

    assert unprobed(plan(*steps, groups=groups, mode=Mode.DRILL)) == ()


def test_only_drills_are_probed() -> None:
    """A failover goes into the real network."""
    assert unprobed(plan(_copy())) == ()
