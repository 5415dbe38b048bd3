"""The shortest list of faults that still breaks a promise."""

from dataclasses import replace

import pytest

from drd.domain.plan import Mode
from proofs.simulation.faults import draw
from proofs.simulation.minimise import minimised, told
from proofs.simulation.play import Fault, Play
from proofs.simulation.proof import Played, so_far
from proofs.simulation.simulate import Simulated

_PLAY = Play(runbook="loket", mode=Mode.DRILL, lost=False, hosts=("a",), ticking=False)
_FAULTS = tuple(Fault(number=number, kind="crash", at=number) for number in range(7))


def _simulated(faults: tuple[Fault, ...], bad: tuple[str, ...]) -> Simulated:
    return Simulated(
        seed=5,
        play=_PLAY,
        faults=faults,
        bad=bad,
        digest="",
        trace=("    0.000 first",),
        requests=0,
        seconds=0,
        ends=(),
    )


def _broken_by(*needed: int) -> Simulated:
    return _play(5, faults=_FAULTS, needed=needed)


def _play(seed: int, *, faults: tuple[Fault, ...], needed: tuple[int, ...]) -> Simulated:
    numbers = {fault.number for fault in faults}
    one = _simulated(faults, ("P1 twice",) if numbers.issuperset(needed) else ())
    return replace(one, seed=seed)


@pytest.mark.parametrize("needed", [(), (3,), (0, 6), (1, 2, 5)])
def test_only_what_is_needed_is_left(needed: tuple[int, ...]) -> None:
    """Whether it is one fault, several, or none at all."""
    shortest = minimised(
        _broken_by(*needed), play=lambda seed, *, faults: _play(seed, faults=tuple(faults), needed=needed)
    )

    assert [fault.number for fault in shortest.faults] == list(needed)
    assert shortest.bad == ("P1 twice",)


def test_another_promise_that_breaks_does_not_count() -> None:
    """Else the shortest list might show something else."""

    def play(_seed: int, *, faults: tuple[Fault, ...]) -> Simulated:
        return _simulated(faults, ("P1 twice",) if len(faults) == len(_FAULTS) else ("P2 nothing ends",))

    assert minimised(play(5, faults=_FAULTS), play=play).faults == _FAULTS


def test_a_failing_seed_is_told_with_the_command_that_replays_it() -> None:
    """The numbers are those of the faults that are left."""
    text = told(_simulated(_FAULTS[2:4], ("P1 twice",)))

    assert "python -m proofs.simulation 5 --only 2,3" in text
    assert "P1 twice" in text


def test_a_long_proof_tells_how_far_it_has_come() -> None:
    """Seeds, what broke, and how long the rest takes at this pace."""
    well = Played(seed=1, said="", kinds=(), requests=0, virtual_seconds=0, seconds=1)

    line = so_far([well, well, replace(well, said="! P1")], of=300, seconds=120)

    assert line == "simulation: 3 of 300 seeds, 1 broken, 2 min, about 198 min left"


def test_the_same_seed_draws_the_same_faults() -> None:
    """And each has its place in the drawing."""
    assert draw(17) == draw(17)
    _, faults = draw(17)
    assert [fault.number for fault in faults] == list(range(len(faults)))
