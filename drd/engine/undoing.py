"""Which calls take back what a run did: the runbook's own `undo`, else the action's."""

from collections.abc import Mapping

import structlog

from drd.domain.call import Call
from drd.domain.canonical import Json
from drd.domain.errors import DrdError
from drd.domain.plan import ENGINE_WORDS
from drd.domain.progress import StepProgress
from drd.engine.run_in_hand import RunInHand

_log = structlog.get_logger(__name__)


def undo_payload(hand: RunInHand, questions: frozenset[str]) -> dict[str, Json]:
    """Give the payload of UNDO_STARTED: done steps that can be taken back, newest first, each with its call."""
    calls: dict[str, Json] = {}
    for each in hand.progress.undoable():
        call = each.step.undo or _own_undo(hand, each, questions)
        if call is not None:
            calls[each.step.id] = call.to_json()
    return {"steps": list(calls), "calls": calls}


def _own_undo(hand: RunInHand, each: StepProgress, questions: frozenset[str]) -> Call | None:
    uses = each.step.call.uses
    if uses in ENGINE_WORDS or uses in questions or each.intent is None:
        return None
    values = each.intent.get("values")
    try:
        return hand.parts.actions.bind(uses, values if isinstance(values, Mapping) else {}).undo(each.outputs)
    except DrdError as error:
        _log.warning("step cannot be taken back", run=hand.claim.run, step=each.step.id, because=str(error))
        return None
