"""How a runbook goes over virtual PCs."""

import pathlib
from dataclasses import replace

import pytest

from drd.domain.errors import InvalidError
from drd.domain.estate import VirtualPc
from drd.domain.ids import ItemId
from drd.runbook.shelf import Shelf
from tests.unit.runbook.small_shelf import HEAD, shelf, tenant, wish

LINE = '      - {id: go, uses: vm.run-command, for-each: %s, with: {item: sql-1, script: "${{ each.id }}"}}\n'


def kept(folder: pathlib.Path, selection: str) -> Shelf:
    """Put a runbook with one for-each on the shelf of a tenant with three virtual PCs."""
    known = tenant()
    pcs = tuple(
        VirtualPc(id=ItemId(f"vm-{pool}-{number:03d}"), labels={"pool": pool})
        for pool, count in (("kantoor", 2), ("balie", 1))
        for number in range(1, count + 1)
    )
    (web,) = known.services
    text = HEAD + "groups:\n  - id: g\n    steps:\n" + LINE % selection
    return shelf(folder, replace(known, services=(replace(web, virtual_pcs=pcs),)), r=text)


@pytest.mark.parametrize(
    ("selection", "steps"),
    [
        ("{virtual-pcs: {pool: kantoor}}", ["go[vm-kantoor-001]", "go[vm-kantoor-002]"]),
        ("{virtual-pcs: {}}", ["go[vm-kantoor-001]", "go[vm-kantoor-002]", "go[vm-balie-001]"]),
        ("{virtual-pcs: {pool: zaal}, allow-empty: true}", []),
    ],
)
def test_a_for_each_makes_one_step_a_virtual_pc(tmp_path: pathlib.Path, selection: str, steps: list[str]) -> None:
    """Ids carry its name, values are put in; it is no item of the plan."""
    plan = kept(tmp_path, selection).plan(wish())
    found = [step for step in plan.steps if step.id.startswith("go")]

    assert [step.id for step in found] == steps
    assert [f"go[{step.call.values['script']}]" for step in found] == steps
    assert {item.id for item in plan.items} == {"app-1", "app-2", "sql-1"}


@pytest.mark.parametrize(
    ("selection", "fault"),
    [
        ("{virtual-pcs: {pool: zaal}}", "no virtual PC of web carries {pool: zaal}"),
        ("{virtual-pcs: {}, items: {}}", "exactly one of items and virtual-pcs is needed"),
        ("{allow-empty: true}", "exactly one of items and virtual-pcs is needed"),
    ],
)
def test_a_wrong_selection_is_refused(tmp_path: pathlib.Path, selection: str, fault: str) -> None:
    """At load or when the plan is made, with its place."""
    with pytest.raises(InvalidError) as error:
        kept(tmp_path, selection).plan(wish())
    assert any(fault in each for each in error.value.faults)
