"""The end of a drill is looked at twice, minutes apart, before anything calls it green; and each end has its word."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog.testing

from drd.daemon.virtual_time import VirtualTimeLoop
from drd.domain.drill_verdict import APART, DrillVerdict, Judgement, Listing
from drd.domain.findings import Finding
from drd.domain.ids import RunbookId, RunId, TenantId
from drd.domain.lifecycle import Request, RunState
from drd.domain.plan import Mode
from drd.domain.plan_status import PlanStatus
from drd.operations.reap import Reap
from drd.operations.start_run import StartOrder
from proofs.reaping import SUBSCRIPTION, book_of, groups, lock, unlock, with_a_reaper
from proofs.reaping import told as reaped
from proofs.stage import STARTER, TENANT, Stage, virtually
from tests.fakes.lives import Lives

NETWORK = RunbookId("netwerk")
_GROUPS = "?api-version=2021-04-01"
_LISTS = "Microsoft.Resources/subscriptions/resourceGroups/read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a drill ended, and what is told of it."""

    state: RunState
    judgement: Judgement | None
    listings: tuple[Listing, ...]
    ended_at: datetime
    findings: tuple[Finding, ...]
    status: PlanStatus
    records: int

    @property
    def verdict(self) -> DrillVerdict | None:
        """The word for it."""
        return self.judgement.verdict if self.judgement else None

    @property
    def codes(self) -> list[str]:
        """The findings about the ends of drills."""
        return [each.code for each in self.findings if each.code.startswith("drill-") and "network" not in each.code]


async def told(stage: Stage, run: RunId) -> Ended:
    """Look at what is told of a drill now."""
    installation, store = stage.world.installation, stage.world.store
    card = await store.journal.run(run)
    await installation.readiness()
    written = await installation.evidence.catch_up()
    return Ended(
        state=card.state,
        judgement=await store.drills.judgement(run),
        listings=await store.drills.listings(run),
        ended_at=card.ended_at or card.accepted_at,
        findings=tuple(each for each in await store.findings.list() if each.subject == run),
        status=(await installation.use_cases.list_findings.statuses(STARTER))[NETWORK],
        records=written,
    )


async def over(stage: Stage, run: RunId) -> None:
    """Wait for the run's own end, not for its verdict."""
    while not (await stage.world.store.journal.run(run)).state.final:
        await stage.world.clock.sleep(timedelta(seconds=10))
    await stage.world.clock.sleep(timedelta(seconds=1))


def standing(stage: Stage, run: RunId) -> str:
    """Put a machine's group there, with the tag of the drill."""
    group = f"{SUBSCRIPTION}/resourceGroups/rg-late-{run}"
    stage.arm("PUT", group + _GROUPS, {"location": "northeurope", "tags": {"drd-run": str(run)}})
    return group


def test_nothing_calls_a_drill_green_before_its_end_was_looked_at_twice() -> None:
    """P3: neither the runbook's status, nor the evidence, nor what is due, until the second listing is in."""

    async def play(stage: Stage) -> tuple[Ended, Ended]:
        await stage.world.installation.readiness()
        card = await stage.start("netwerk", Mode.DRILL, lost=False)
        await over(stage, card.id)
        between = await told(stage, card.id)
        await stage.until_settled(card.id)
        return between, await told(stage, card.id)

    between, after = virtually(play)

    assert (between.state, between.verdict, between.records) == (RunState.SUCCEEDED, DrillVerdict.UNCONFIRMED, 0)
    assert (between.status, len(between.listings)) == (PlanStatus.NEVER_DRILLED, 1)
    assert (after.verdict, after.status, after.records) == (DrillVerdict.PASSED, PlanStatus.VERIFIED, 1)
    assert [each.at - after.ended_at for each in after.listings] == [timedelta(0), APART]
    assert all(each.empty for each in after.listings)
    assert after.codes == []


def test_what_appears_after_the_first_empty_look_is_found_by_the_second() -> None:
    """Leftover, with a finding and a hint; the finding goes when the thing is gone, the verdict stays."""

    async def play(stage: Stage) -> tuple[Ended, Ended, str]:
        card = await stage.start("netwerk", Mode.DRILL, lost=False)
        await over(stage, card.id)
        group = standing(stage, card.id)
        await stage.until_settled(card.id)
        found = await told(stage, card.id)
        stage.arm("DELETE", group + _GROUPS)
        await stage.world.clock.sleep(3 * APART)
        return found, await told(stage, card.id), group

    found, later, group = virtually(play)

    assert [each.empty for each in found.listings] == [True, False]
    assert (found.state, found.verdict) == (RunState.SUCCEEDED, DrillVerdict.LEFTOVER)
    assert (found.codes, group in found.findings[0].message) == (["drill-left-over"], True)
    assert "drd reaper" in found.findings[0].hint
    assert found.status is PlanStatus.NEVER_DRILLED
    assert (later.verdict, later.codes) == (DrillVerdict.LEFTOVER, [])


def test_a_clean_up_that_is_refused_is_told_at_once_and_keeps_nobody_waiting() -> None:
    """P3: the copy's group was locked; the drill ends and says so, and its rest goes once the lock is away."""

    async def play(stage: Stage, reaper: Reap) -> tuple[Ended, timedelta, dict[str, str], Ended, set[str]]:
        known, before = set(groups(stage)), stage.resources()
        card = await stage.start("e-loket", Mode.DRILL, lost=False)
        while not (made := set(groups(stage)) - known):
            await stage.world.clock.sleep(timedelta(seconds=10))
        (own,) = made
        lock(stage, own)
        await stage.until_settled(card.id)
        await stage.world.installation.confirm()
        found, after = await told(stage, card.id), stage.world.clock.now()
        assert list(reaped(await reaper(book_of(stage))).values()) == ["locked"]
        unlock(stage, own)
        passed = reaped(await reaper(book_of(stage)))
        await stage.world.clock.sleep(3 * APART)
        await stage.world.installation.confirm()
        return found, after - found.ended_at, passed, await told(stage, card.id), stage.resources() - before

    found, after, passed, later, left = with_a_reaper(play)

    assert (found.state, found.verdict, found.codes) == (RunState.FAILED, DrillVerdict.LEFTOVER, ["drill-left-over"])
    assert after <= timedelta(minutes=15)
    assert list(passed.values()) == ["removed"]
    assert (later.verdict, later.codes, left) == (DrillVerdict.LEFTOVER, [], set())


def test_an_end_that_cannot_be_seen_is_never_green() -> None:
    """Nobody may list groups for a quarter of an hour: inconclusive, with a finding; a short while costs only time."""

    async def play(stage: Stage, minutes: int) -> Ended:
        card = await stage.start("netwerk", Mode.DRILL, lost=False)
        await over(stage, card.id)
        fault = {"status": 403, "code": "AuthorizationFailed", "count": 10_000}
        stage.control("faults", {"method": "GET", "operation": _LISTS, **fault})
        await stage.world.clock.sleep(timedelta(minutes=minutes))
        stage.control("faults", method="DELETE")
        await stage.until_settled(card.id)
        return await told(stage, card.id)

    blind, late = virtually(lambda stage: play(stage, 16)), virtually(lambda stage: play(stage, 8))

    assert (blind.verdict, blind.codes) == (DrillVerdict.INCONCLUSIVE, ["drill-unconfirmed"])
    assert blind.status is PlanStatus.NEVER_DRILLED
    assert blind.listings[-1].at - blind.ended_at <= timedelta(minutes=15)
    assert (late.verdict, late.codes) == (DrillVerdict.PASSED, [])


def test_a_drill_that_was_cancelled_is_looked_at_too() -> None:
    """Aborted when nothing is left of it."""

    async def play(stage: Stage) -> Ended:
        card = await stage.start("burgerzaken", Mode.DRILL, lost=False)
        await stage.world.clock.sleep(timedelta(minutes=2))
        await stage.ask(card.id, Request.CANCEL, reason="moving day")
        await stage.until_settled(card.id)
        return await told(stage, card.id)

    ended = virtually(play)

    assert (ended.state, ended.verdict) == (RunState.CANCELLED, DrillVerdict.ABORTED)
    assert "moving day" in (ended.judgement.because if ended.judgement else "")
    assert [each.empty for each in ended.listings] == [True, True]


def test_a_daemon_that_dies_between_the_two_looks_is_no_reason_to_begin_again(tmp_path: Path) -> None:
    """The next one makes the second listing, hours late, and the verdict is the same; nothing is green meanwhile."""

    async def play() -> tuple[int, DrillVerdict | None, DrillVerdict | None, tuple[Listing, ...]]:
        lives = Lives(tmp_path / "drd")
        async with lives.life(kill=True) as life:
            order = StartOrder(
                runbook=NETWORK,
                tenant=TenantId(TENANT),
                mode=Mode.DRILL,
                actor=STARTER,
                confirm="netwerk",
                reason="scenario",
            )
            run = (await life.installation.use_cases.start_run(order)).id
            while not await life.store.drills.listings(run):
                await lives.clock.sleep(timedelta(seconds=30))
            first = await life.store.journal.run(run)
        await lives.clock.sleep(timedelta(hours=3))
        async with lives.life(kill=False) as life:
            looked = len(await life.store.drills.listings(run))
            await lives.clock.sleep(timedelta(minutes=1))
            card = await life.store.journal.run(run)
            return looked, first.verdict, card.verdict, await life.store.drills.listings(run)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner, structlog.testing.capture_logs():
        looked, before, after, listings = runner.run(play())

    assert (looked, before, after) == (1, DrillVerdict.UNCONFIRMED, DrillVerdict.PASSED)
    assert listings[1].at - listings[0].at > timedelta(hours=2)


def test_a_drill_that_waits_for_too_long_is_ended_and_cleans_up() -> None:
    """Paused by somebody who forgot it: after its time drd cancels it, and it counts as timed out, not as aborted."""

    async def play(stage: Stage) -> tuple[Ended, bool, int]:
        overdue = stage.world.installation.overdue
        card = await stage.start("burgerzaken", Mode.DRILL, lost=False)
        await stage.world.clock.sleep(timedelta(minutes=2))
        await stage.ask(card.id, Request.PAUSE)
        due = await overdue()
        await stage.world.clock.sleep(timedelta(hours=4))
        await overdue()
        await stage.until_settled(card.id)
        left = len(await stage.world.store.ledger.open())
        return await told(stage, card.id), due == card.accepted_at + overdue.longest, left

    ended, knew, left = virtually(play)

    assert (ended.state, ended.verdict, left) == (RunState.CANCELLED, DrillVerdict.TIMED_OUT, 0)
    assert knew
    assert [each.empty for each in ended.listings] == [True, True]
