"""What a drill's journal says of the probe that stood in its network before anything that was restored booted there."""

from drd.domain.canonical import Json
from drd.domain.durations import format_instant
from drd.domain.evidence import UNKNOWN
from drd.domain.lifecycle import StepState
from drd.domain.probing import BOOTS, PROBE
from drd.domain.progress import Progress
from drd.domain.step_progress import StepProgress


def probe_told(progress: Progress) -> Json:
    """Give what probes found, and what booted before they had; unknown where none was asked for."""
    probes = [each for each in progress.steps.values() if each.step.call.uses == PROBE]
    if not probes:
        return UNKNOWN
    early = _booted_before(progress, probes)
    proven = all(each.state is StepState.DONE and not each.by_hand for each in probes)
    return {
        "proven": proven and not early,
        "probes": [_probe(each) for each in probes],
        "booted-before": [str(each.step.id) for each in early],
    }


def _booted_before(progress: Progress, probes: list[StepProgress]) -> list[StepProgress]:
    """Give the steps that began to boot something before every probe had ended well."""
    ends = [each.ended_at if each.state is StepState.DONE else None for each in probes]
    last = max((each for each in ends if each is not None), default=None) if None not in ends else None
    return [
        each
        for each in progress.steps.values()
        if each.step.call.uses in BOOTS and each.started_at is not None and (last is None or each.started_at < last)
    ]


def _probe(each: StepProgress) -> Json:
    failure = each.failure or {}
    return {
        "step": each.step.id,
        "at": format_instant(each.ended_at) if each.ended_at else None,
        "outcome": each.state.value,
        "machine": each.outputs.get("probe", UNKNOWN),
        "network": each.outputs.get("network", UNKNOWN),
        "tried": each.outputs.get("tried", UNKNOWN),
        "rules": each.outputs.get("rules", UNKNOWN),
        "routes": each.outputs.get("routes", UNKNOWN),
        "failure": str(failure.get("message", "")) or None,
    }
