"""A plan outlives the drd that made it: what this one no longer knows, or no longer can, is said with both named."""

from collections.abc import Mapping

from drd import __version__
from drd.domain.canonical import Json
from drd.domain.errors import DrdError, InvalidError, NotFoundError, PermanentError
from drd.domain.plan import Step
from drd.engine.run_in_hand import RunInHand
from drd.ports.action import BoundAction

UNKNOWN, UNFIT = "action-unknown", "values-unfit"
_OF_ANOTHER_VERSION = frozenset({UNKNOWN, UNFIT, "mode-refused", "capability-missing"})
_HASH_SHOWN = 12


def bound(hand: RunInHand, step: Step, values: Mapping[str, Json]) -> BoundAction:
    """Bind a step's action.

    Raises:
        PermanentError: this drd has no such action, or the plan's values do not fit it.
    """
    try:
        return hand.parts.actions.bind(step.call.uses, values)
    except NotFoundError as error:
        raise PermanentError(
            f"this drd has no action or check {step.call.uses}", target=step.id, code=UNKNOWN
        ) from error
    except InvalidError as error:
        raise PermanentError(error.message, target=step.id, hint=error.hint, code=UNFIT) from error


def explained(hand: RunInHand, error: DrdError) -> DrdError:
    """Add what helps where a plan and this version of drd do not fit; any other error is given back as it is."""
    if error.code not in _OF_ANOTHER_VERSION:
        return error
    hint = (
        f"the plan {hand.plan_hash[:_HASH_SHOWN]} of this run was made by a drd or with settings that had it; this is"
        f" drd {__version__}. Let that version go on with the run and retry the step, or do it by hand and resolve it,"
        " or skip it"
    )
    told = PermanentError(
        error.message, target=error.target, hint=f"{error.hint}; {hint}" if error.hint else hint, code=error.code
    )
    told.__cause__ = error
    return told
