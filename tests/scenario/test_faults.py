"""An ARM error at each call that a failover or a drill makes: a rotating tenth here, all of them in `make proof`."""

import functools
from datetime import UTC, datetime

import pytest

from drd.domain.plan import Mode
from proofs.faults import Case, cases_of, try_case

_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - rotates the cases with the days
_SHARE = 10
_RUNBOOKS = ("burgerzaken", "besluitvorming")


@functools.cache
def _cases() -> list[Case]:
    modes = (Mode.FAILOVER, Mode.DRILL)
    return [case for mode in modes for runbook in _RUNBOOKS for case in cases_of(runbook, mode)]


@pytest.mark.parametrize("part", range(8))
def test_an_error_of_azure_never_leads_to_a_second_effect_nor_to_a_lost_run(part: int) -> None:
    """T4, T5, T6: the run ends well, or waits with a reason and a hint, and ends well after a retry; nothing twice."""
    tried = [try_case(case) for case in _cases()[_TURN % _SHARE :: _SHARE][part::8]]

    assert tried
    assert [(str(each.case), each.repeated) for each in tried if each.repeated] == []
    assert [(str(each.case), each.state, each.said) for each in tried if not each.ended] == []
    assert [(str(each.case), each.unclear) for each in tried if each.unclear] == []
    assert [(str(each.case), each.left) for each in tried if each.left] == []
    assert [str(each.case) for each in tried if not each.hits] == []


def test_a_test_failover_that_was_accepted_is_found_again_after_a_right_went_missing() -> None:
    """P3: a retry adopts the copies that the first attempt made, and the drill removes them."""
    read = "Microsoft.Compute/virtualMachines/read"
    tried = try_case(
        Case(runbook="identiteit", mode=Mode.DRILL, method="GET", operation=read, fault="403", stubborn=True)
    )

    assert tried.good, tried


def test_a_refusal_that_needs_a_person_is_never_waited_out_in_silence() -> None:
    """A missing right stops the run at once, and the run says which right."""
    action = "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers"
    operation = f"{action}/replicationProtectedItems/unplannedFailover/action"
    tried = try_case(Case(runbook="burgerzaken", method="POST", operation=operation, fault="403", stubborn=True))

    assert tried.good
    assert not tried.alone
    assert any("AuthorizationFailed" in each for each in tried.said)
