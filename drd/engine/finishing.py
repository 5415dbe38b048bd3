"""How a run ends: its state, why, its figures, and what a drill left behind."""

from drd.domain.canonical import Json
from drd.domain.events import Kind
from drd.domain.figures import FigureFold
from drd.domain.lifecycle import RunState, StepState
from drd.engine.run_in_hand import RunInHand


def finish(hand: RunInHand, figures: FigureFold) -> None:
    """Write the run's last event. A drill that left something behind failed, whatever its checks said (P3)."""
    state, because = hand.progress.outcome()
    payload: dict[str, Json] = {}
    if hand.drill:
        leftovers = [str(each) for each in hand.holdings.leftovers()]
        payload["leftovers"] = leftovers
        if leftovers:
            state, because = RunState.FAILED, "leftovers"
    payload |= {"state": state.value, "because": because, "figures": figures.figures().to_json()}
    hand.scribe.write(Kind.RUN_FINISHED, payload=payload)


def finish_stuck(hand: RunInHand, figures: FigureFold) -> None:
    """End a run whose plan holds steps that can never become due, instead of waiting for ever (P2)."""
    waiting = [each.step.id for each in hand.progress.steps.values() if each.state is StepState.PENDING]
    payload: dict[str, Json] = {
        "state": RunState.FAILED.value,
        "because": f"steps that never become due: {', '.join(waiting[:5])}",
        "figures": figures.figures().to_json(),
    }
    if hand.drill:
        payload["leftovers"] = [str(each) for each in hand.holdings.leftovers()]
    hand.scribe.write(Kind.RUN_FINISHED, payload=payload)
