"""What a step may touch: what its plan holds, and what its run made. In a drill, production only as a source (P4)."""

from collections.abc import Iterator, Mapping

from drd.domain.canonical import Json
from drd.domain.errors import RefusedError
from drd.domain.estate import ProtectedItem
from drd.domain.ids import ArmId
from drd.domain.plan import RecoveryPlan, Step
from drd.engine.holdings import GROUP, TEST_FAILOVER
from drd.engine.run_in_hand import RunInHand
from drd.ports.action import BoundAction, Creation

_ARM = "/subscriptions/"


def check_mode(hand: RunInHand, action: BoundAction, step: Step) -> None:
    """Refuse an action in a mode that is not its own. Raises RefusedError."""
    if hand.plan.mode not in action.modes:
        raise RefusedError(
            f"{action.name} does not run in mode {hand.plan.mode.value}",
            target=step.id,
            hint=f"it runs in {', '.join(sorted(mode.value for mode in action.modes))}",
            code="mode-refused",
        )


def check_reach(hand: RunInHand, step: Step, creations: tuple[Creation, ...], targets: tuple[ArmId, ...]) -> None:
    """Refuse what lies outside the plan and the run's own ledger, before anything is sent. Raises RefusedError."""
    if not targets and not creations:
        return
    made = {creation.id for creation in creations}
    if hand.drill:
        _check_creations(hand, step, creations)
    for target in targets:
        if target in made or hand.holdings.owns(target):
            continue
        allowed = (
            _drill_may(hand, target, creations) if hand.drill else _plan_may(hand, target) or _recovered(hand, target)
        )
        if not allowed:
            raise _refusal(hand, step, target)


def _check_creations(hand: RunInHand, step: Step, creations: tuple[Creation, ...]) -> None:
    groups = {creation.id for creation in creations if creation.kind == GROUP}
    for creation in creations:
        if creation.kind in {GROUP, TEST_FAILOVER}:
            continue
        if not hand.holdings.owns(creation.id) and creation.id.group_id not in groups:
            raise _refusal(hand, step, creation.id)


def _drill_may(hand: RunInHand, target: ArmId, creations: tuple[Creation, ...]) -> bool:
    """Production is touched as the source of what the step makes, or to clean up a test failover of this run."""
    item = next((item for item in hand.plan.items if _is_item(item, target)), None)
    return item is not None and (bool(creations) or hand.holdings.tests(item.id))


def _recovered(hand: RunInHand, target: ArmId) -> bool:
    """A machine that Site Recovery made when this run failed an item over is in no file, but it is this run's."""
    return target in hand.machines().values()


def _plan_may(hand: RunInHand, target: ArmId) -> bool:
    return any(_is_item(item, target) for item in hand.plan.items) or any(
        target == declared or (declared.kind and target.key.startswith(declared.key + "/"))
        for declared in _declared(hand.plan)
    )


def _is_item(item: ProtectedItem, target: ArmId) -> bool:
    if target == item.resource:
        return True
    for protection in item.protection:
        name = (protection.item or item.resource.name).casefold()
        # Backup names an item `vm;iaasvmcontainerv2;GROUP;NAME`, Site Recovery by NAME alone.
        found = target.name.casefold()
        if target.key.startswith(protection.vault.key + "/") and name in {found, found.rpartition(";")[2]}:
            return True
    return False


def _declared(plan: RecoveryPlan) -> Iterator[ArmId]:
    """Give the ids that stand in the plan's values: people approved them with its hash."""
    for step in plan.steps:
        yield from _ids(step.call.values)
        if step.undo is not None:
            yield from _ids(step.undo.values)
    yield from _ids(plan.inputs)


def _ids(value: Json) -> Iterator[ArmId]:
    if isinstance(value, str):
        if value.casefold().startswith(_ARM):
            yield ArmId(value.rstrip("/"))
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _ids(member)
    elif isinstance(value, list | tuple):
        for element in value:
            yield from _ids(element)


def _refusal(hand: RunInHand, step: Step, target: ArmId) -> RefusedError:
    if hand.drill:
        return RefusedError(
            f"step {step.id} of a drill would touch what the drill did not make",
            target=str(target),
            hint="a drill touches its own copies only; look at the step's values and at the drill's resource group",
            code="outside-drill",
        )
    return RefusedError(
        f"step {step.id} would touch what its plan does not hold",
        target=str(target),
        hint="only protected items of the service, ids that stand in the runbook and what the run made are allowed",
        code="outside-plan",
    )
