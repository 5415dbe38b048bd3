"""Recovery points are proven: restored beside production, asked, removed; by hand and on a schedule alike."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog.testing

from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.clean_point import Search
from drd.domain.drill_verdict import APART
from drd.domain.errors import NotFoundError, RefusedError
from drd.domain.estate import RecoveryPoint, Scanner
from drd.domain.ids import ArmId, ItemId, RunId
from drd.domain.ladder import Outcome, Rung, Verification
from drd.domain.lifecycle import RunState
from drd.domain.sampling import Budget
from drd.operations.sample_backups import Sampled, SampleOrder
from drd.operations.verify_backup import VerifyOrder
from drd.ports.evidence import EvidenceFilter
from drd.ports.journal import RunFilter
from drd.sandbox.faults import make
from drd.settings.loading import Configuration
from drd.settings.services import CatalogueServices
from proofs.drills import DRILL_NETWORK, PEERING
from proofs.stage import STARTER, Stage, sample_configuration, troubles, virtually, virtually_with
from tests.fakes.lives import Lives

ITEM = ItemId("vm-bv-app-1")
IMAGE = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-recovery-neu"
    "/providers/Microsoft.Compute/galleries/galherstel/images/scanner"
)


@dataclass(frozen=True, slots=True)
class Proven:
    """How a verification went, and what it left."""

    state: RunState
    troubles: list[str]
    rungs: dict[Rung, Outcome]
    proofs: tuple[Verification, ...]
    left: set[str]
    open_entries: int
    evidence: list[str]
    findings: list[str]

    @property
    def cleaned(self) -> bool:
        """Say whether nothing is left running."""
        return not self.left and not self.open_entries


def configured(**proofs: Any) -> Configuration:
    """Give the sample municipality with other ways to prove."""
    sample = sample_configuration()
    tenants = tuple(
        replace(each, proofs=replace(each.proofs, **proofs) if each.proofs else None)
        for each in sample.services.tenants()
    )
    return replace(sample, services=CatalogueServices(tenants))


async def proven(
    stage: Stage, to: Rung = Rung.L6, *, meanwhile: Callable[[], object] = lambda: None, **others: Any
) -> Proven:
    """Collect, verify the item, let something happen once that is under way, and wait until the run is over."""
    installation, store = stage.world.installation, stage.world.store
    await installation.collect()
    before = stage.resources()
    verified = await installation.proofs.verify_backup(VerifyOrder(actor=STARTER, item=ITEM, to=to, **others))
    assert verified.run is not None
    assert verified.run.service is None
    meanwhile()
    view = await stage.until_settled(verified.run.id)
    proofs = await installation.proofs.list_backups.verifications(STARTER, None, run=verified.run.id)
    records = await store.evidence.list(EvidenceFilter())
    return Proven(
        state=view.card.state,
        troubles=troubles(view),
        rungs={each.rung: each.outcome for each in proofs},
        proofs=proofs,
        left=stage.resources() - before,
        open_entries=len(await store.ledger.open()),
        evidence=[record.body()["key"] for record in records if record.body()["type"] == "verification"],
        findings=[each.code for each in await store.findings.list() if each.subject == ITEM],
    )


def test_an_item_climbs_to_the_top_and_nothing_is_left() -> None:
    """L2 to L6 of the point that was really used, each with its evidence."""
    result = virtually(proven)

    assert (result.troubles, result.state) == ([], RunState.SUCCEEDED)
    assert result.rungs == dict.fromkeys([Rung.L2, Rung.L3, Rung.L4, Rung.L5, Rung.L6], Outcome.PASSED)
    assert all(each.point and each.point_time and each.took > timedelta(0) for each in result.proofs)
    assert set(result.evidence) == {f"verification/{each.id}" for each in result.proofs}
    assert result.cleaned
    assert "proof-overdue" not in result.findings


def test_a_network_that_is_open_ends_the_climb_before_anything_is_restored() -> None:
    """Inconclusive: it says nothing of the point, and is not green."""

    async def play(stage: Stage) -> Proven:
        stage.arm("PUT", f"{DRILL_NETWORK}/virtualNetworkPeerings/drill-to-neu?api-version=2024-05-01", PEERING)
        return await proven(stage, Rung.L4)

    result = virtually(play)

    assert result.state is RunState.FAILED
    assert result.rungs == {Rung.L2: Outcome.INCONCLUSIVE}
    assert result.cleaned
    assert "proof-overdue" in result.findings


def test_a_point_that_vanished_is_a_failed_proof_and_leaves_nothing() -> None:
    """It was in the list, and is not in the vault any more."""

    async def play(stage: Stage) -> Proven:
        await stage.world.installation.collect()
        view = await stage.world.installation.use_cases.list_services.item(STARTER, None, ITEM)
        faults, point = stage.world.sandbox.world.faults, view.facts[0].points[0].id
        return await proven(stage, Rung.L4, point=point, meanwhile=lambda: faults.add(make("point-missing")))

    result = virtually(play)

    assert result.state is RunState.FAILED
    assert result.rungs == {Rung.L2: Outcome.FAILED}
    assert result.cleaned
    assert "proof-failed" in result.findings


@pytest.mark.parametrize(
    ("kind", "rungs"),
    [
        ("copy-torn", {Rung.L2: Outcome.FAILED}),
        ("copy-infected", {Rung.L2: Outcome.PASSED, Rung.L3: Outcome.FAILED}),
        ("copy-changed", {Rung.L2: Outcome.PASSED, Rung.L3: Outcome.FAILED}),
        ("copy-hides", {Rung.L2: Outcome.PASSED, Rung.L3: Outcome.FAILED}),
    ],
)
def test_what_is_on_the_disks_decides_and_not_what_the_vault_says_of_it(kind: str, rungs: dict[Rung, Outcome]) -> None:
    """A torn file system, an infection that no scan of the vault saw, a canary file, what hides once it has booted."""

    async def play(stage: Stage) -> Proven:
        stage.world.sandbox.world.faults.add(make(kind))
        return await proven(stage, Rung.L4)

    result = virtually(play)

    assert (result.rungs, result.state) == (rungs, RunState.FAILED)
    assert {each.measured["way"] for each in result.proofs} == {"scanner"}
    assert result.cleaned
    assert "proof-failed" in result.findings


def test_without_a_scanner_the_copy_is_asked_itself_and_the_record_says_so() -> None:
    """What hides from everything in that system is not found by it, which is why there is another way."""

    async def play(stage: Stage) -> Proven:
        stage.world.sandbox.world.faults.add(make("copy-hides"))
        return await proven(stage, Rung.L4)

    result = virtually_with(configured(scanner=None), play)

    assert result.rungs == dict.fromkeys((Rung.L2, Rung.L3, Rung.L4), Outcome.PASSED)
    assert {each.measured["way"] for each in result.proofs if each.rung is not Rung.L4} == {"guest"}
    assert result.cleaned


@pytest.mark.parametrize(("most", "outcome"), [(3, Outcome.PASSED), (2, Outcome.FAILED)])
def test_what_a_script_counts_is_held_against_what_is_tolerated(most: int, outcome: Outcome) -> None:
    """Files that differ, and may, up to a number; readable is all that was asked, so nothing boots."""
    script = 'echo "drd: checked=120 differing=3"'
    there = configured(readable=script, tolerances={"differing": most})
    result = virtually_with(there, lambda stage: proven(stage, Rung.L2))

    assert result.rungs == {Rung.L2: outcome}
    assert result.cleaned
    if outcome is Outcome.PASSED:
        assert result.proofs[0].measured["figures"] == {"checked": 120, "differing": 3}
    else:
        assert "differing is 3, at most 2 is tolerated" in result.proofs[0].because


def test_a_scanner_that_cannot_be_made_says_nothing_of_the_point() -> None:
    """Its image is not in the region: inconclusive, and nothing is left."""
    elsewhere = Scanner(image=ArmId(f"{IMAGE}-elders"), size="Standard_D2s_v5")
    result = virtually_with(configured(scanner=elsewhere), lambda stage: proven(stage, Rung.L3))

    assert result.rungs == {Rung.L2: Outcome.INCONCLUSIVE}
    assert result.cleaned


def test_the_newest_clean_point_is_found_by_examining_few() -> None:
    """What got in three nights ago is in every point since; the vault's scan saw nothing of it."""

    async def play(stage: Stage) -> tuple[Search, int, list[RecoveryPoint]]:
        attacked = stage.world.clock.now() - timedelta(days=3)
        stage.world.sandbox.world.faults.add(make("copy-infected", points_from=attacked))
        proofs, cost = stage.world.installation.proofs, 0
        await stage.world.installation.collect()
        while (search := await proofs.list_backups.clean_point(STARTER, None, ITEM, budget=9 - cost)).next is not None:
            order = VerifyOrder(actor=STARTER, item=ITEM, to=Rung.L3, point=search.next.id)
            run = (await proofs.verify_backup(order)).run
            assert run is not None
            await stage.until_settled(run.id)
            await stage.world.installation.collect()
            cost += 1
        view = await stage.world.installation.use_cases.list_services.item(STARTER, None, ITEM)
        return search, cost, [point for point in view.facts[0].points if point.time < attacked]

    search, cost, older = virtually(play)

    assert search.exact
    assert search.found == older[0]
    assert 0 < cost <= 5


def test_a_script_that_fails_in_the_copy_fails_its_rung_and_the_copy_goes_all_the_same() -> None:
    """It could not be read, so it is not booted."""

    async def play(stage: Stage) -> Proven:
        # Not of the probe, whose script comes with a deployment.
        stage.world.sandbox.world.faults.add(
            make("script-fails", exit_code=4, message="bad superblock", callers_only=True)
        )
        return await proven(stage, Rung.L4)

    result = virtually(play)

    assert result.rungs == {Rung.L2: Outcome.FAILED}
    assert "bad superblock" in " ".join(each.because for each in result.proofs)
    assert result.cleaned


def test_a_sample_starts_what_counts_most_and_keeps_the_reason() -> None:
    """Two restores, one of them by lot; a second turn of the same slot starts nothing more."""

    async def play(stage: Stage) -> tuple[tuple[Sampled, ...], tuple[Sampled, ...], list[str]]:
        installation = stage.world.installation
        await installation.collect()
        order = SampleOrder(actor=STARTER, budget=Budget(restores=2), key="schedule/prove/2026-11-22T03:00")
        first = await installation.proofs.sample_backups(order)
        again = await installation.proofs.sample_backups(order)
        for each in first:
            assert each.run is not None
            await stage.until_settled(each.run.id)
        proofs = await installation.proofs.list_backups.verifications(STARTER, None)
        return first, again, [str(each.measured["chosen"]) for each in proofs if each.rung is Rung.L4]

    first, again, reasons = virtually(play)

    assert [each.run.id for each in first if each.run] == [each.run.id for each in again if each.run]
    assert sorted(reasons) == sorted(f"chosen: {each.because}" for each in first)
    assert ["by lot" in each.because for each in first] == [False, True]


def test_bad_wishes_are_refused_with_nothing_started() -> None:
    """An item that is gone, a budget of zero, a rung that nobody can ask."""

    async def play(stage: Stage) -> list[str]:
        installation = stage.world.installation
        await installation.collect()
        codes = []
        for wish in (
            installation.proofs.verify_backup(VerifyOrder(actor=STARTER, item=ItemId("vm-gone"), to=Rung.L4)),
            installation.proofs.verify_backup(VerifyOrder(actor=STARTER, item=ItemId("vm-el-web-1"), to=Rung.L4)),
            installation.proofs.verify_backup(VerifyOrder(actor=STARTER, item=ItemId("vm-bz-app-1"), to=Rung.L6)),
            installation.proofs.sample_backups(SampleOrder(actor=STARTER, budget=Budget(restores=0))),
            installation.proofs.list_backups.clean_point(STARTER, None, ITEM, budget=0),
        ):
            with pytest.raises((RefusedError, NotFoundError)) as refused:
                await wish
            codes.append(refused.value.code)
        assert await installation.use_cases.show_run.runs(STARTER, RunFilter()) == ()
        return codes

    assert virtually(play) == ["not-found", "cannot-be-proven", "nothing-to-ask", "no-budget", "no-budget"]


def test_daemons_that_die_on_the_way_up_lose_no_proof_and_repeat_none(tmp_path: Path) -> None:
    """Killed every forty seconds: one restore, each rung proven once, nothing left."""

    async def play() -> tuple[list[Rung], list[str], int, set[str]]:
        lives, run = Lives(tmp_path / "drd"), RunId("")
        before: set[str] = set()
        for _ in range(60):
            async with lives.life(kill=True) as life:
                proofs = life.installation.proofs
                if not run:
                    await life.installation.collect()
                    before = {each.id for each in lives.sandbox.world.store.each()}
                    started = (await proofs.verify_backup(VerifyOrder(actor=STARTER, item=ITEM, to=Rung.L6))).run
                    assert started is not None
                    run = started.id
                await lives.clock.sleep(timedelta(seconds=40))
                if (await life.store.journal.run(run)).state.final:
                    break
        async with lives.life(kill=False) as life:
            await lives.clock.sleep(2 * APART)
            proofs = life.installation.proofs
            told = [await proofs.list_backups.verifications(STARTER, None, run=run) for _ in range(2)][-1]
            records = await life.store.evidence.list(EvidenceFilter())
        restores = [
            each
            for each in lives.sandbox.world.journal.entries
            if each.method == "POST" and "backupCrossRegionRestore" in each.path
        ]
        left = {each.id for each in lives.sandbox.world.store.each() if "Jobs/" not in each.id} - before
        keys = [record.body()["key"] for record in records]
        return sorted(each.rung for each in told if each.proves), keys, len(restores), left

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        rungs, keys, restores, left = runner.run(play())

    assert rungs == [Rung.L2, Rung.L3, Rung.L4, Rung.L5, Rung.L6]
    assert len(keys) == len(set(keys)) == len(rungs)
    assert restores == 1
    assert left == set()
