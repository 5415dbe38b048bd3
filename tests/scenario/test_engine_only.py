"""T3, its first half: the engine among everything that goes wrong, seed by seed; and defects that it must find."""

from datetime import UTC, datetime

import pytest

from drd.domain.plan import Step
from drd.engine.orders import StartWish
from drd.engine.protocol import ActionStep
from drd.engine.run_in_hand import RunInHand
from drd.engine.scribe import Scribe
from drd.ports.action import Absent, Sighting
from proofs.engine_only import PROOF, Defect, Played, play, play_seeds, quiet, replay_command, shortened
from proofs.model.process import Process
from proofs.model.script import script_of

_SHARES = 8
"""Cores share the seeds: each takes a part."""
_TURN = datetime.now(UTC).timetuple().tm_yday  # noqa: TID251 - rotates the seeds with the days
_PART = PROOF.share // _SHARES
_MOST_SEEDS = 150


@pytest.mark.timeout(400)
@pytest.mark.parametrize("part", range(_SHARES))
def test_t3_whatever_goes_wrong_nothing_is_sent_twice_and_nothing_is_lost(part: int) -> None:
    """Ten thousand seeds, other ones each day; a seed that fails is told with the command that replays it."""
    first = 1 + (_TURN * _SHARES + part) * _PART
    tally = play_seeds(range(first, first + _PART))
    assert [each.told() for each in tally.broken] == []
    assert tally.unequal == ()
    assert tally.seeds == _PART


def test_t3_the_same_seed_has_the_same_trace_always() -> None:
    """Else no failure could be seen a second time."""
    with quiet():
        traces = [[play(script_of(seed)).trace() for seed in range(1, 40)] for _ in range(2)]
    assert traces[0] == traces[1]
    assert len(set(traces[0])) == len(traces[0])


def _found(defect: Defect | None = None) -> Played:
    """Give the first seed that finds a defect, shortened."""
    with quiet():
        for seed in range(1, _MOST_SEEDS):
            played = play(script_of(seed), defect)
            if played.broken:
                return shortened(played, defect)
    raise AssertionError(f"not found in {_MOST_SEEDS} seeds")


def _never_loses(process: Process) -> None:
    process.dispatcher.never_lost = True


async def _at_once(_scribe: Scribe) -> None:
    return


async def _blind(_step: ActionStep) -> Sighting:
    return Absent()


def _heedless(_hand: RunInHand, _step: Step) -> None:
    return


@pytest.fixture(params=["blind", "hasty", "heedless"])
def defect_in_the_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Break the engine on purpose: no look, an intent that is not awaited, a cancel that is not heard."""
    owner, name, broken = {
        "blind": (ActionStep, "_look", _blind),
        "hasty": (Scribe, "durable", _at_once),
        "heedless": (RunInHand, "check_may_go", _heedless),
    }[request.param]
    monkeypatch.setattr(owner, name, broken)
    return str(request.param)


def test_t3_a_defect_in_the_engine_is_found_and_its_story_shortened(defect_in_the_engine: str) -> None:
    """What is left over says what it takes, and how to see it again."""
    found = _found()
    assert len(found.script.faults) <= 3, defect_in_the_engine
    assert sum(len(plan.steps) for plan in found.script.plans) <= 12
    assert replay_command(found.script.seed) in found.told()


def test_t3_a_zombie_that_believes_it_holds_the_run_is_found() -> None:
    """The lease is looked at right before each request, or somebody else has sent it."""
    found = _found(_never_loses)
    assert "without holding the run" in found.broken[0]


def test_t3_a_start_that_forgets_its_key_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two identical starts would make two runs."""
    monkeypatch.setattr(StartWish, "trigger", None)
    assert "identical starts" in " ".join(_found().broken)
