"""What boots in a drill's network, and whether it waits for a probe that tried that network from inside."""

import re
from collections import defaultdict
from collections.abc import Mapping

from drd.domain.ids import ArmId, StepId
from drd.domain.plan import Mode, OnFailure, RecoveryPlan, Step

PROBE = "network.probe"
BOOTS = frozenset({"asr.test-failover", "backup.restore-vm", "desktop.host", "scanner.create", "vm.create"})
"""What boots a machine in a drill's network, of what was restored or with its disks attached."""
_STEPS_ID = re.compile(r"\$\{\{ steps\.(?P<step>.+)\.id \}\}")


def unprobed(plan: RecoveryPlan) -> tuple[Step, ...]:
    """Give the steps of a drill that boot something without waiting for a probe of the same network.

    A probe whose failure changes nothing (`on-failure: continue`) is none. A network that only the run will know is
    taken to be the right one. Nothing for plans of other modes.
    """
    if plan.mode is not Mode.DRILL:
        return ()
    boots = [step for step in plan.steps if step.call.uses in BOOTS and not step.left_out]
    if not boots:
        return ()
    steps, later = {step.id: step for step in plan.steps}, _later(plan)
    probes = [(_network(step, steps), _behind(step.id, later)) for step in plan.steps if _counts(step)]
    return tuple(
        step
        for step in boots
        if not any(step.id in behind and _fits(network, _network(step, steps)) for network, behind in probes)
    )


def _counts(step: Step) -> bool:
    return step.call.uses == PROBE and not step.left_out and step.on_failure is not OnFailure.CONTINUE


def _later(plan: RecoveryPlan) -> Mapping[str, list[str]]:
    """Give what waits for each step, and for each join of a group."""
    joins, later = {group.id: group.join for group in plan.groups}, defaultdict[str, list[str]](list)
    for step in plan.steps:
        for need in step.needs:
            later[need].append(step.id)
        join = joins.get(step.group)
        if join is not None:
            later[step.id].append(join)
    return later


def _behind(first: str, later: Mapping[str, list[str]]) -> frozenset[str]:
    found, pending = set[str](), [first]
    while pending:
        for each in later.get(pending.pop(), ()):
            if each not in found:
                found.add(each)
                pending.append(each)
    return frozenset(found)


def _fits(probed: ArmId | None, used: ArmId | None) -> bool:
    return probed is None or used is None or probed == used


def _network(step: Step, steps: Mapping[StepId, Step]) -> ArmId | None:
    """Give the network that a step names, by itself or by the interface that another step makes for it."""
    named = _named(step)
    made_by = _STEPS_ID.fullmatch(str(step.call.values.get("interface", "")))
    interface = steps.get(StepId(made_by["step"])) if named is None and made_by else None
    return _named(interface) if interface is not None else named


def _named(step: Step) -> ArmId | None:
    network, subnet = (str(step.call.values.get(name, "")) for name in ("network", "subnet"))
    if network.startswith("/"):
        return ArmId(network)
    return ArmId(subnet.rsplit("/", 2)[0]) if subnet.startswith("/") else None
