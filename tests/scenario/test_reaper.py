"""The reaper: what drills left goes, and nothing that only looks like it."""

from dataclasses import replace
from datetime import timedelta

from drd.domain.drill_seal import EXPIRES_TAG, RUN_TAG, SEAL_TAG, DrillSeal
from drd.domain.ids import ArmId
from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from drd.operations.reap import Reap
from drd.ports.replication import REPLICATION
from proofs.drills import DRILL_NETWORK
from proofs.reaping import SUBSCRIPTION, book_of, groups, lock, make_group, told, with_a_reaper
from proofs.stage import EPOCH, Stage

PAST_EXPIRY = timedelta(hours=6)
VAULT = ArmId(f"{SUBSCRIPTION}/resourceGroups/rg-recovery-neu/providers/Microsoft.RecoveryServices/vaults/rsv-neu")


async def _left_alone(stage: Stage, runbook: str, *, after: timedelta) -> str:
    """Start a drill and let its daemon stop for good in the middle; gives the run."""
    card = await stage.start(runbook, Mode.DRILL, lost=False)
    await stage.world.clock.sleep(after)
    await stage.world.installation.engine.drain()
    return card.id


def _made(stage: Stage, known: set[str]) -> tuple[str, str]:
    """Give the groups that the drill has made since: of its copy, and of the probe of its network."""
    copy, probe = sorted(set(groups(stage)) - known)
    return copy, probe


def test_what_a_dead_daemons_drill_made_goes_by_the_ledger_once_it_is_expired() -> None:
    """P3: before that nothing is touched; a dry run touches nothing at all; afterwards all is as before."""

    async def play(stage: Stage, reaper: Reap) -> None:
        before, book = stage.resources(), book_of(stage)
        await _left_alone(stage, "besluitvorming", after=timedelta(minutes=4))
        assert stage.resources() > before
        assert await reaper(book) == ()
        assert await reaper(None) == ()

        await stage.world.clock.sleep(PAST_EXPIRY)
        there = stage.resources()
        dry = await reaper(book, dry=True)
        assert ([each.outcome.value for each in dry], stage.resources()) == (["would-remove"] * 2, there)
        assert len(await book.ledger.open()) == 7
        done = await reaper(book)

        assert [each.outcome.value for each in done] == ["removed"] * 2
        assert stage.resources() == before
        assert await book.ledger.open() == ()
        assert await reaper(book) == ()

    with_a_reaper(play)


def test_without_the_ledger_only_a_group_whose_seal_fits_goes() -> None:
    """Audit 18: the same tags on another group, no seal, another key, a changed expiry and a lock are all told."""

    async def play(stage: Stage, reaper: Reap) -> None:
        known = set(groups(stage))
        run = await _left_alone(stage, "besluitvorming", after=timedelta(minutes=4))
        own, probe = _made(stage, known)
        tags = groups(stage)[own]
        plain = {name: value for name, value in tags.items() if name != SEAL_TAG}
        young = ArmId(f"{SUBSCRIPTION}/resourceGroups/rg-young")
        make_group(stage, "rg-burgerzaken-copied", tags)
        make_group(stage, "rg-burgerzaken-unsealed", plain)
        make_group(stage, "rg-other-key", DrillSeal(b"o" * 32).tags(young, tags))
        make_group(stage, "rg-young", {**tags, EXPIRES_TAG: "2026-11-22T03:01:00.000Z"})
        make_group(stage, "rg-failover", {RUN_TAG: run})
        make_group(stage, "rg-odd", {EXPIRES_TAG: "soon", SEAL_TAG: "x"})
        before = set(groups(stage)) - {own, probe}
        await stage.world.clock.sleep(PAST_EXPIRY)

        found = told(await reaper(None))

        assert found == {
            ArmId(own).name: "removed",
            ArmId(probe).name: "removed",
            "rg-burgerzaken-copied": "seal-broken",
            "rg-burgerzaken-unsealed": "unsealed",
            "rg-other-key": "seal-broken",
            "rg-young": "seal-broken",
            "rg-odd": "seal-broken",
        }
        assert set(groups(stage)) == before

    with_a_reaper(play)


def test_a_locked_group_is_told_and_goes_when_it_is_unlocked() -> None:
    """A lock is a person's word; by the ledger and by the seal alike."""

    async def play(stage: Stage, reaper: Reap) -> None:
        known = set(groups(stage))
        await _left_alone(stage, "besluitvorming", after=timedelta(minutes=4))
        own, probe = _made(stage, known)
        lock(stage, own)
        await stage.world.clock.sleep(PAST_EXPIRY)

        assert told(await reaper(book_of(stage))) == {ArmId(own).name: "locked", ArmId(probe).name: "removed"}
        assert told(await reaper(None)) == {ArmId(own).name: "locked"}
        assert own in groups(stage)

    with_a_reaper(play)


def test_a_group_whose_tags_or_contents_changed_is_told_and_stays() -> None:
    """Deletes are re-checked against tag and creation time: a server that was moved into the group keeps it."""

    async def play(stage: Stage, reaper: Reap) -> None:
        known = set(groups(stage))
        await _left_alone(stage, "besluitvorming", after=timedelta(minutes=4))
        own, probe = _made(stage, known)
        tags = groups(stage)[own]
        await stage.world.clock.sleep(PAST_EXPIRY)
        make_group(stage, ArmId(own).name, {**tags, "drd-step": "another"})
        assert told(await reaper(book_of(stage))) == {ArmId(own).name: "foreign-tags", ArmId(probe).name: "removed"}

        make_group(stage, ArmId(own).name, tags)
        store, kind = stage.world.sandbox.world.store, "Microsoft.Compute/disks"
        old = next(iter(store.each(kind)))
        moved = replace(old, id=f"{own}/providers/{kind}/production", created_at=None)
        store.put(moved, at=EPOCH - timedelta(days=400), by="somebody")
        assert told(await reaper(book_of(stage))) == {ArmId(own).name: "older-than-its-group"}
        assert told(await reaper(None)) == {ArmId(own).name: "older-than-its-group"}

        store.delete(moved.id, at=EPOCH, by="somebody")
        assert told(await reaper(book_of(stage))) == {ArmId(own).name: "removed"}

    with_a_reaper(play)


def test_a_test_failover_is_cleaned_up_by_site_recovery_and_read_back() -> None:
    """By the ledger; of a recovery plan too. Without the ledger an open one is told, and stays."""

    async def play(stage: Stage, reaper: Reap) -> None:
        before, book = stage.resources(), book_of(stage)
        await _left_alone(stage, "sociaal-huis", after=timedelta(minutes=16))
        await stage.world.clock.sleep(PAST_EXPIRY)
        assert set(told(await reaper(None)).values()) == {"test-failover-open", "removed"}
        assert stage.resources() > before

        assert set(told(await reaper(book)).values()) == {"removed"}

        items = await reaper.provider.capability(REPLICATION).items(VAULT)
        assert {item.test_state for item in items} <= {"", "None"}
        assert stage.resources() == before
        assert await book.ledger.open() == ()

    with_a_reaper(play)


def test_somebody_elses_test_failover_of_the_same_machine_stays() -> None:
    """The newest test of the item names no request of the ledger's run: it is told, and not cleaned up."""

    async def play(stage: Stage, reaper: Reap) -> None:
        await _left_alone(stage, "burgerzaken", after=timedelta(minutes=6))
        await stage.world.clock.sleep(PAST_EXPIRY)
        replication = reaper.provider.capability(REPLICATION)
        theirs = stage.world.installation.providers[0].capability(REPLICATION)
        standing = [each for each in await replication.items(VAULT) if each.test_state not in {"", "None"}]
        assert standing
        for item in standing:
            await replication.clean_up_test(item, comment="by hand", request_id="somebody")
        await stage.world.clock.sleep(timedelta(hours=1))
        again = await replication.item(VAULT, standing[0].name)
        await theirs.test_fail_over(again, point=None, network=ArmId(DRILL_NETWORK), request_id="somebody")
        await stage.world.clock.sleep(timedelta(hours=1))

        found = told(await reaper(book_of(stage)))

        probed = {name: end for name, end in found.items() if name.startswith("rg-oefening-sonde")}
        assert list(probed.values()) == ["removed"]
        assert found == {standing[0].name.casefold(): "test-failover-of-others", **probed}
        assert (await replication.item(VAULT, standing[0].name)).test_state not in {"", "None"}

    with_a_reaper(play)


def test_a_run_that_is_under_way_is_not_touched() -> None:
    """T23: the reaper comes by every minute while a drill goes on, and the drill ends green."""

    async def play(stage: Stage, reaper: Reap) -> None:
        book = book_of(stage)
        card = await stage.start("besluitvorming", Mode.DRILL, lost=False)
        while not (await stage.show(card.id)).card.state.final:
            assert await reaper(book) == ()
            await stage.world.clock.sleep(timedelta(minutes=1))

        assert (await stage.show(card.id)).card.state is RunState.SUCCEEDED

    with_a_reaper(play)
