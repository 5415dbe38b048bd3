"""Ends the daemon at the drawn step of a drill that wants it, once; the next one takes the run up from the journal.

Why it is done is durable before it is done, so that it is never done twice.
"""

from collections.abc import Mapping

import structlog

from drd.domain.canonical import Json
from drd.domain.conductor import Kill, Moment
from drd.domain.events import KILL, Kind
from drd.domain.ids import RunId, StepId
from drd.engine.run_in_hand import RunInHand

_log = structlog.get_logger(__name__)

_ENDS = "the daemon ends itself at {step}, moment {moment}, as this drill wants; whoever takes the run up goes on"
_STAYS = "the daemon does not end itself at {step}, moment {moment}: {because}"


async def strike(hand: RunInHand, step: StepId, moment: Moment) -> None:
    """End the daemon where this is the moment that was drawn; does not return then. Nothing otherwise.

    Raises:
        ClaimLost: somebody else moves the run; nothing was ended.
    """
    kill, conductor = hand.kill, hand.parts.conductor
    if kill is None or not kill.due(step, moment):
        return
    hand.kill = None
    because = _why_not(hand, kill)
    _note(hand, step, moment, because)
    await hand.scribe.durable()
    if because:
        return
    # Others may have begun while this was being written.
    because = _why_not(hand, kill)
    if because or conductor is None:
        _note(hand, step, moment, because)
        return
    _log.warning("ends itself as the drill wants", run=hand.claim.run, step=step, moment=moment.value)
    await conductor.end()


def _note(hand: RunInHand, step: StepId, moment: Moment, because: str) -> None:
    conductor = hand.parts.conductor
    told: Mapping[str, Json] = {
        "moment": moment.value,
        "ends": not because,
        "because": because,
        "daemon": hand.claim.daemon,
        "boot": conductor.boot if conductor else "",
    }
    text = (_STAYS if because else _ENDS).format(step=step, moment=moment.value, because=because)
    hand.scribe.write(Kind.RUN_NOTE, payload={"step": step, KILL: told}, reason=text)


def _why_not(hand: RunInHand, kill: Kill) -> str:
    """Say why the daemon must go on; empty where it may end. Whoever took the run may not be whom the starter asked."""
    conductor = hand.parts.conductor
    if conductor is None or not conductor.restarted_by:
        return "nothing that is known of would start it again"
    if hand.stopping:
        return "it is being stopped anyway"
    beside = hand.beside()
    parents = {each.claim.run: each.parent for each in beside}
    mine = _root(hand.claim.run, parents)
    others = [each for each in beside if _root(each.claim.run, parents) != mine]
    real = [each.claim.run for each in others if not each.drill]
    if real:
        return f"it moves {real[0]}, which is no drill"
    if others and not kill.among_others:
        return f"it moves {others[0].claim.run} too"
    return ""


def _root(run: RunId, parents: Mapping[RunId, RunId | None]) -> RunId:
    """Give the run that stands at the beginning of a family, as far as it moves here, or its name."""
    above = parents.get(run)
    while above is not None:
        run, above = above, parents.get(above)
    return run
