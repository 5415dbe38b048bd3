"""L1 against the policy of the vault: through the official client, from what the sandbox makes on schedule."""

from datetime import timedelta

from drd.domain.ids import ItemId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.sandbox.faults import make
from proofs.stage import EPOCH, Stage, virtually

HOLED, EMPTIED = ItemId("vm-bz-app-1"), ItemId("vm-bz-app-2")
WHOLE = ItemId("vm-bv-app-1")
DAY = timedelta(days=1)


def test_points_that_the_policy_promises_and_the_vault_does_not_hold_fail_the_rung() -> None:
    """One night is missing of one item, and of another somebody deletes what is older than four days."""

    async def play(stage: Stage) -> tuple[dict[ItemId, Verification], dict[ItemId, Verification], set[str]]:
        installation, faults = stage.world.installation, stage.world.sandbox.world.faults
        await installation.collect()
        before = await looked(stage)
        night, four_days = EPOCH - timedelta(days=2), EPOCH - timedelta(days=4)
        faults.add(make("point-missing", resource=HOLED, points_from=night, points_until=night + DAY))
        faults.add(make("point-missing", resource=EMPTIED, points_until=four_days))
        await installation.collect()
        after, found = await looked(stage), await stage.world.store.findings.list()
        return before, after, {each.subject for each in found if each.code == "points-below-policy"}

    before, after, found = virtually(play)

    assert {each.outcome for each in before.values()} == {Outcome.PASSED}
    assert (before[WHOLE].measured["promised-points"], before[WHOLE].measured["missing-points"]) == (29, 0)
    assert (after[HOLED].outcome, after[HOLED].measured["missing-points"]) == (Outcome.FAILED, 1)
    assert after[EMPTIED].outcome is Outcome.FAILED
    assert "of the 28 points that pol-vm-nacht promises of vm-bz-app-2 are not there" in after[EMPTIED].because
    assert (after[WHOLE].outcome, found) == (Outcome.PASSED, {HOLED, EMPTIED})


async def looked(stage: Stage) -> dict[ItemId, Verification]:
    """Look at all items, and give what L1 says of each."""
    said = await stage.world.installation.proofs.look()
    return {each.item: each for each in said if each.rung is Rung.L1}
