"""What a drill's record says of its cost: by what really stood, from the ledger, and for how long."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from drd.domain.canonical import Json
from drd.domain.cost import PriceTable, estimate, makers
from drd.domain.durations import parse_instant
from drd.domain.evidence import NOT_APPLICABLE, UNKNOWN
from drd.domain.ids import StepId
from drd.domain.plan import Mode, RecoveryPlan


def cost(plan: RecoveryPlan, ledger: Sequence[Mapping[str, Json]], prices: PriceTable | None) -> Json:
    """Give the member `cost` of a run's record. A parent's own steps make nothing: its children have their own."""
    if plan.mode is not Mode.DRILL:
        return UNKNOWN
    if plan.service is None:
        return NOT_APPLICABLE
    return UNKNOWN if prices is None else estimate(plan, prices, _stood(plan, ledger)).to_json()


def _stood(plan: RecoveryPlan, ledger: Sequence[Mapping[str, Json]]) -> dict[StepId, timedelta | None]:
    """Give how long what each step made stood, from when it was written down until it was read back as gone."""
    paid = {step.id for step in makers(plan)}
    found: dict[StepId, tuple[datetime, datetime | None]] = {}
    for entry in ledger:
        step = StepId(str(entry["step"]))
        if step not in paid:
            continue
        began, gone = parse_instant(str(entry["recorded-at"])), entry["removed-at"]
        ended = parse_instant(gone) if isinstance(gone, str) else None
        first, last = found.get(step, (began, ended))
        found[step] = (min(first, began), None if last is None or ended is None else max(last, ended))
    return {step: None if ended is None else ended - began for step, (began, ended) in found.items()}
