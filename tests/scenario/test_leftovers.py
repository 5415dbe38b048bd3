"""T23 in small: a drill whose own cleanup cannot succeed, among production that looks just like it."""

from datetime import UTC, datetime

import pytest

from drd.domain.plan import Mode
from proofs.faults import Case
from proofs.leftovers import cases, leave, left_by

_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - rotates the cases with the days
_LOOK_ALIKES = 60
_CLEAN_UP = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
    "/testFailoverCleanup/action"
)
_DELETE = "Microsoft.Resources/subscriptions/resourceGroups/delete"


@pytest.mark.parametrize(
    ("runbook", "method", "operation", "with_book"),
    [
        ("burgerzaken", "POST", _CLEAN_UP, True),
        ("besluitvorming", "DELETE", _DELETE, True),
        ("besluitvorming", "DELETE", _DELETE, False),
    ],
)
def test_what_a_drill_cannot_clean_up_itself_is_gone_a_quarter_of_an_hour_after_its_end(
    runbook: str, method: str, operation: str, *, with_book: bool
) -> None:
    """T23: by the ledger, and by the seal; no look-alike goes."""
    case = Case(runbook=runbook, mode=Mode.DRILL, method=method, operation=operation, fault="403", stubborn=True)

    told = leave(case, look_alikes=_LOOK_ALIKES, with_book=with_book)

    assert told.hits > 0
    assert told.reaped > 0
    assert told.left == frozenset()
    assert told.harmed == frozenset()


def test_a_fault_at_any_call_leaves_nothing_and_harms_nothing() -> None:
    """T23: two of the cases here, another two each day; all of them in `make proof ONLY=leftovers`."""
    every = cases(("besluitvorming",))
    chosen = [(_TURN + turn, every[(_TURN * 7 + turn * 83) % len(every)]) for turn in range(2)]

    told = [left_by(number, case, look_alikes=_LOOK_ALIKES) for number, case in chosen]

    assert [str(each.case) for each in told if not each.good] == []
