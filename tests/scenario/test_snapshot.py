"""A whole recovery, kept in a file: the world that is restored from it has the same journal and the same resources."""

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.sandbox.assembly import restore_sandbox
from drd.sandbox.clock import CalledClock, host_now
from drd.sandbox.snapshot import read_snapshot, snapshot_text
from proofs.stage import Stage, virtually


def test_a_failover_is_restored_from_a_snapshot() -> None:
    """Tokens, restores, failovers, switched records and questions to guests, each asked again at its instant."""

    async def play(stage: Stage) -> tuple[str, str, list[tuple[str, str]]]:
        stage.lose_home()
        card = await stage.start("databank", Mode.FAILOVER, lost=True)
        view = await stage.until_settled(card.id)
        assert view.card.state is RunState.SUCCEEDED
        world = stage.world.sandbox.world
        return snapshot_text(world), world.journal.digest(), [(one.id, one.etag) for one in world.store.each()]

    text, digest, resources = virtually(play)
    again = restore_sandbox(read_snapshot(text), clock=CalledClock(tell=host_now))

    assert again.world.journal.digest() == digest
    assert [(one.id, one.etag) for one in again.world.store.each()] == resources
