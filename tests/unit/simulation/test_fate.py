"""What becomes of what a daemon does when it is killed or frozen."""

import asyncio

from proofs.simulation.loop import Fate, FatefulLoop, context_of


async def _counts(seen: list[float]) -> None:
    try:
        while True:
            await asyncio.sleep(1)
            seen.append(asyncio.get_running_loop().time())
    finally:
        seen.append(-1.0)


def _played(seconds_before: float, seconds_after: float, fate: Fate, *, kill: bool) -> list[float]:
    seen: list[float] = []

    async def play() -> None:
        task = asyncio.get_running_loop().create_task(_counts(seen), context=context_of(fate))
        await asyncio.sleep(seconds_before)
        if kill:
            fate.kill()
        else:
            fate.freeze()
        await asyncio.sleep(5)
        if not kill:
            fate.thaw()
        await asyncio.sleep(seconds_after)
        assert not task.done()

    loop = FatefulLoop()
    loop.run_until_complete(play())
    loop.close()
    return list(seen)


def test_what_is_dead_runs_no_more_not_even_what_cleans_up() -> None:
    """Cancelling a task would."""
    assert _played(2.5, 10, Fate("a"), kill=True) == [1.0, 2.0]


def test_what_is_frozen_goes_on_when_it_wakes_and_finds_time_gone() -> None:
    """The timer that ended meanwhile ends now, once."""
    assert _played(2.5, 1.2, Fate("a"), kill=False) == [1.0, 2.0, 7.5, 8.5]


def test_a_doom_strikes_right_before_its_turn() -> None:
    """Turns are counted for each life."""
    fate = Fate("a")
    fate.at_turn(3, fate.kill)
    seen: list[float] = []

    async def play() -> None:
        task = asyncio.get_running_loop().create_task(_counts(seen), context=context_of(fate))
        await asyncio.sleep(60)
        assert not task.done()

    loop = FatefulLoop()
    loop.run_until_complete(play())
    loop.close()

    assert fate.turns == 3
    assert seen == []
