"""Virtual PCs in the catalogue: a name, a count and labels."""

import pathlib

import pytest

from drd.document import Refused
from tests.unit.settings.test_catalogue import GOOD, catalogue

AFTER = "    objectives: {rto: 1h}\n"
PCS = "    virtual-pcs:\n      - {id: vm-kantoor, count: 3, labels: {pool: kantoor}}\n"


def test_a_count_stands_for_that_many_names(tmp_path: pathlib.Path) -> None:
    """They are no items, so the service has no recovery point objective."""
    read = catalogue(tmp_path, GOOD.replace(AFTER, AFTER + PCS))
    high = read.tenant.services[1]

    assert [each.id for each in high.virtual_pcs] == ["vm-kantoor-001", "vm-kantoor-002", "vm-kantoor-003"]
    assert {each.labels["pool"] for each in high.virtual_pcs} == {"kantoor"}
    assert high.selected_pcs({"pool": "balie"}) == ()
    assert len(high.selected_pcs({"pool": "kantoor"})) == 3
    assert high.items == ()
    assert read.findings == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PCS + "      - {id: vm-kantoor, count: 1}\n", 'the virtual PC "vm-kantoor" stands here twice'),
        (PCS.replace("count: 3", "count: 0"), "greater than or equal to 1"),
        (PCS.replace("count: 3", "count: 1000"), "less than or equal to 999"),
        (PCS.replace("vm-kantoor", "vm-very-long-name"), "pattern"),
    ],
)
def test_what_cannot_be_counted_is_refused(tmp_path: pathlib.Path, text: str, says: str) -> None:
    """Names of machines have at most 15 letters, three of them the number."""
    with pytest.raises(Refused) as refused:
        catalogue(tmp_path, GOOD.replace(AFTER, AFTER + text))
    assert any(says in fault.message for fault in refused.value.faults)
