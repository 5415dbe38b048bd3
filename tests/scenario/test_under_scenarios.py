"""A failover while a scenario plays: it ends well, at the latest with a person's retries, and nothing happens twice."""

from collections import Counter
from datetime import timedelta

import pytest

from drd.domain.lifecycle import RunState
from drd.domain.plan import Mode
from proofs import account
from proofs.stage import NO_CODE, NO_HINT, Stage, virtually

_ROUNDS = 12
_PATIENCE = timedelta(minutes=5)
_LOSES_HOME = frozenset({"region-down", "capacity-gone", "everybody-at-once"})


@pytest.mark.parametrize(
    "scenario", ["region-down", "capacity-gone", "everybody-at-once", "throttled", "identity-down", "api-storm"]
)
def test_a_failover_under_a_scenario_ends_well_and_once(scenario: str) -> None:
    """What a person is told meanwhile has a reason and a hint."""

    async def play(stage: Stage) -> tuple[RunState, list[str], dict[tuple[str, str], int], int]:
        if scenario not in _LOSES_HOME:
            stage.lose_home()
        stage.control("scenarios", {"name": scenario})
        card = await stage.start("burgerzaken", Mode.FAILOVER, lost=True)
        view = await stage.until_settled(card.id)
        said: list[str] = []
        for _ in range(_ROUNDS):
            if view.card.state.final:
                break
            await stage.world.clock.sleep(_PATIENCE)
            said += await stage.help_along(view)
            view = await stage.until_settled(card.id)
        entries = [entry for entry in stage.entries() if entry["operation"] != "scenario"]
        return view.card.state, said, _unasked(entries), sum(bool(one["strikes"]) for one in entries)

    state, said, repeated, strikes = virtually(play)

    assert (state, repeated) == (RunState.SUCCEEDED, {}), said
    assert [each for each in said if NO_HINT in each or NO_CODE in each] == []
    assert strikes or scenario == "region-down"


def _unasked(entries: list[account.Entry]) -> dict[tuple[str, str], int]:
    """Give what happened more often than once and once more for each time that Azure had given it up."""
    given_up = Counter(strike["target"].casefold() for entry in entries for strike in entry["strikes"])
    return {what: times for what, times in account.repeated(entries).items() if times > 1 + given_up[what[1]]}
