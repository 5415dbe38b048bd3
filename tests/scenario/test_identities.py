"""Who speaks: drills under the identity that cannot fail over, and what changes production under the other."""

import pytest

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs.stage import Entries, Stage, troubles, virtually

READS = {"GET", "HEAD"}


def _entries(mode: Mode, *, lost: bool) -> Entries:
    async def play(stage: Stage) -> Entries:
        if lost:
            stage.lose_home()
        card = await stage.start("databank", mode, lost=lost)
        view = await stage.until_settled(card.id)
        assert troubles(view) == []
        assert view.card.state is RunState.SUCCEEDED
        return stage.entries()

    return virtually(play)


@pytest.mark.parametrize(
    ("mode", "lost", "identity"),
    [
        (Mode.DRILL, False, "drd-standing"),
        (Mode.FAILOVER, True, "drd-failover"),
        (Mode.FAILOVER, False, "drd-failover"),
    ],
    ids=["drill", "lost region", "planned move"],
)
def test_every_change_of_a_run_is_sent_by_the_identity_of_its_mode(mode: Mode, *, lost: bool, identity: str) -> None:
    """And nothing is refused for want of a right, nor for want of patience."""
    entries = _entries(mode, lost=lost)
    changes = [one for one in entries if one["method"] not in READS and one["effects"]]

    assert changes
    assert {one["identity"] for one in changes} == {identity}
    assert [one for one in entries if one["status"] in {401, 403, 429}] == []
