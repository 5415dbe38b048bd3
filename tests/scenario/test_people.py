"""What people may and may not: two runs on one service, approvals, skip, cancel, pause, and a guest that stays sick."""

import asyncio
from datetime import timedelta

import pytest

from drd.domain.actor import Actor, Role
from drd.domain.errors import ConflictError, DrdError, ForbiddenError, RefusedError
from drd.domain.events import Kind
from drd.domain.lifecycle import Request, RunState, StepState
from drd.domain.plan import Mode
from drd.ports.journal import RunFilter
from proofs import account
from proofs.stage import CRISIS, PARENT, STARTER, Stage, virtually, whole

_STRANGER = Actor(name="voorbijganger", roles=frozenset({Role.APPROVER}), contacts=frozenset({"iemand-anders"}))
_BOTH = Actor(name="operator", roles=frozenset({Role.ADMIN}), contacts=frozenset({"crisisteam"}))


async def _until_asked(stage: Stage, run: str) -> str:
    """Wait until an approval of the run waits; gives its step."""
    for _ in range(1000):
        await stage.world.clock.sleep(timedelta(seconds=10))
        waiting = await stage.world.installation.use_cases.list_approvals.waiting(STARTER)
        mine = [each for each in waiting if each.card.id == run]
        if mine:
            return mine[0].step
    raise AssertionError("nothing was asked")


def test_a_second_run_on_a_service_is_refused_with_the_first_ones_id() -> None:
    """T19: one run per service; who is refused learns which run to look at."""

    async def play(stage: Stage) -> None:
        first = await stage.start("databank", Mode.DRILL, lost=False)
        with pytest.raises(ConflictError) as refusal:
            await stage.start("databank", Mode.FAILOVER, lost=False)
        assert refusal.value.other == first.id
        assert refusal.value.hint
        other = await stage.start("identiteit", Mode.DRILL, lost=False)
        for run in (first, other):
            assert (await stage.until_settled(run.id)).card.state is RunState.SUCCEEDED

    virtually(play)


def test_a_hundred_identical_triggers_start_one_run() -> None:
    """T19: whoever comes second gets the first one's id; the service is failed over once."""

    async def play(stage: Stage) -> None:
        stage.lose_home()
        answers = await asyncio.gather(
            *(stage.start("databank", Mode.FAILOVER, lost=True) for _ in range(100)), return_exceptions=True
        )
        started = [each for each in answers if not isinstance(each, BaseException)]
        refused = [each for each in answers if isinstance(each, ConflictError)]
        assert (len(started), len(refused)) == (1, 99)
        assert {each.other for each in refused} == {started[0].id}
        assert (await stage.until_settled(started[0].id)).card.state is RunState.SUCCEEDED
        assert len(await stage.world.store.journal.runs(RunFilter())) == 1
        assert account.kinds(stage.entries())["asr.failover"] == 2

    virtually(play)


def test_an_approval_is_not_given_by_the_starter_nor_by_somebody_who_is_not_asked() -> None:
    """T22: refused by name, nothing is sent meanwhile, and the right person can still answer."""

    async def play(stage: Stage) -> None:
        stage.lose_home()
        card = await stage.start(PARENT, Mode.FAILOVER, lost=True)
        step = await _until_asked(stage, card.id)
        for actor in (_BOTH, _STRANGER, STARTER):
            with pytest.raises(ForbiddenError) as refusal:
                await stage.ask(card.id, Request.APPROVE, step=step, actor=actor)
            assert refusal.value.hint
        await stage.world.clock.sleep(timedelta(hours=1))
        assert account.kinds(stage.entries()) == {}
        await stage.ask(card.id, Request.APPROVE, step=step, actor=CRISIS)
        with pytest.raises(RefusedError):
            await stage.ask(card.id, Request.APPROVE, step=step, actor=CRISIS)
        assert (await stage.until_settled(card.id)).card.state is RunState.SUCCEEDED

    virtually(play)


def test_a_denied_approval_pauses_the_run_until_somebody_asks_again() -> None:
    """A no is a decision: nothing goes on by itself, and retry asks once more."""

    async def play(stage: Stage) -> None:
        stage.lose_home()
        card = await stage.start("burgerzaken", Mode.FAILOVER, lost=True)
        step = await _until_asked(stage, card.id)
        await stage.ask(card.id, Request.DENY, step=step, actor=CRISIS, reason="eerst de burgemeester bellen")
        await stage.world.clock.sleep(timedelta(hours=1))
        view = await stage.show(card.id)
        assert view.card.state is RunState.PAUSED
        failure = view.progress.steps[step].failure
        assert failure is not None
        assert "burgemeester" in str(failure["message"])
        await stage.ask(card.id, Request.RETRY, step=step)
        assert (await stage.until_settled(card.id)).card.state is RunState.SUCCEEDED
        assert account.repeated(stage.entries()) == {}

    virtually(play)


def test_a_step_is_skipped_only_with_a_reason_and_the_reason_stays() -> None:
    """Who leaves something out says why, and the journal keeps it."""

    async def play(stage: Stage) -> None:
        stage.lose_home()
        stage.control("faults", {"operation": _COMMIT, "status": 403, "code": "AuthorizationFailed", "count": 99})
        card = await stage.start("databank", Mode.FAILOVER, lost=True)
        view = await stage.until_settled(card.id)
        assert view.card.state is RunState.PAUSED
        failed = [step for step, each in view.progress.steps.items() if each.state is StepState.FAILED]
        with pytest.raises(RefusedError):
            await stage.ask(card.id, Request.SKIP, step=failed[0], reason=" ")
        for step in failed:
            await stage.ask(card.id, Request.SKIP, step=step, reason="morgen met de hand")
        view = await stage.until_settled(card.id)
        assert view.card.state is RunState.SUCCEEDED
        assert "asr.commit" not in account.kinds(stage.entries())
        events = await stage.events(card.id)
        skipped = [event for event in events if event.kind is Kind.STEP_SKIPPED and event.step in failed]
        assert {(event.actor, event.reason or event.payload["because"]) for event in skipped} == {
            ("operator", "morgen met de hand")
        }

    virtually(play)


_COMMIT = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
    "/failoverCommit/action"
)


def test_a_pause_of_a_parent_starts_nothing_new_below_it_until_it_is_resumed() -> None:
    """T33: what was sent is followed to its end; what was not sent waits."""

    async def play(stage: Stage) -> None:
        stage.lose_home()
        card = await stage.start(PARENT, Mode.FAILOVER, lost=True)
        await stage.approve_all()
        while "asr.failover" not in account.kinds(stage.entries()):
            await stage.world.clock.sleep(timedelta(seconds=5))
            await stage.approve_all()
        await stage.ask(card.id, Request.PAUSE)
        before = account.kinds(stage.entries())
        await stage.world.clock.sleep(timedelta(hours=1))
        assert account.kinds(stage.entries()) == before
        view = await stage.show(card.id)
        assert view.card.state is RunState.PAUSED
        assert {each.card.state for each in whole(view) if not each.card.state.final} == {RunState.PAUSED}
        await stage.ask(card.id, Request.RESUME)
        assert (await stage.until_settled(card.id)).card.state is RunState.SUCCEEDED
        assert account.repeated(stage.entries()) == {}

    virtually(play)


def test_a_failover_is_cancelled_only_with_its_service_typed_and_is_never_taken_back() -> None:
    """A slip of the finger ends no failover; a cancel stops where it is and undoes nothing."""

    async def play(stage: Stage) -> None:
        stage.lose_home()
        card = await stage.start("databank", Mode.FAILOVER, lost=True)
        await stage.world.clock.sleep(timedelta(seconds=30))
        with pytest.raises(DrdError):
            await stage.ask(card.id, Request.CANCEL, reason="")
        await stage.ask(card.id, Request.CANCEL)
        view = await stage.until_settled(card.id)
        assert view.card.state is RunState.CANCELLED
        assert set(account.kinds(stage.entries())) == {"asr.failover"}

    virtually(play)


def test_a_run_never_ends_green_while_a_guest_is_sick() -> None:
    """The last check is the truth: the run waits, then says what is not green, and ends well once the guest is."""

    async def play(stage: Stage) -> None:
        stage.lose_home()
        stage.control("guests", {"machine": "vm-bv-app-1", "healthy": False})
        card = await stage.start("besluitvorming", Mode.FAILOVER, lost=True)
        view = await stage.until_settled(card.id)
        assert view.card.state is RunState.PAUSED
        assert view.figures.green_at is None
        assert not view.figures.met
        stage.control("guests", {"machine": "vm-bv-app-1", "healthy": True})
        said = await stage.help_along(view)
        assert len(said) == 1
        assert "503" in said[0]
        view = await stage.until_settled(card.id)
        assert view.card.state is RunState.SUCCEEDED
        assert account.repeated(stage.entries()) == {}

    virtually(play)
