"""What each verb of Site Recovery does to the world when its time is up."""

from collections.abc import Mapping
from datetime import datetime

from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.recovery_services import machines
from drd.sandbox.recovery_services.moving import TEST_SUFFIX, Order, Work, settle_later
from drd.sandbox.recovery_services.replicated import Replicated, replicated, reversed_id
from drd.sandbox.recovery_services.replication_lifecycle import Stage
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import AZURE, World


def _bring_up_test(world: World, item: Resource, order: Order, at: datetime) -> JsonObject:
    return {"test_machine_id": _bring_up(world, replicated(item), order, TEST_SUFFIX, at).id}


def _clean_up_test(world: World, item: Resource, _order: Order, at: datetime) -> JsonObject:
    machines.take_down(world, replicated(item).test_machine_id, at)
    return {"test_machine_id": "", "test_network_id": "", "last_test_at": at}


def _fail_over(world: World, item: Resource, order: Order, at: datetime) -> JsonObject:
    known = replicated(item)
    stands = order.place is not None and machines.standing(world, known.original, order.place) is not None
    return {"machine_id": _bring_up(world, known, order, "", at).id, "last_failover_at": at, "reused": stands}


def _change_point(world: World, item: Resource, order: Order, at: datetime) -> JsonObject:
    known = replicated(item)
    if not known.reused:
        machines.take_down(world, known.machine_id, at)
    return {"machine_id": _bring_up(world, known, order, "", at).id}


def _commit(_world: World, _item: Resource, _order: Order, _at: datetime) -> JsonObject:
    return {}


def _cancel(world: World, item: Resource, _order: Order, at: datetime) -> JsonObject:
    known = replicated(item)
    if known.reused:
        machines.switch_off(world, known.machine_id, at)
    else:
        machines.take_down(world, known.machine_id, at)
    return {"machine_id": "", "failed_over_at": None, "point": None, "reused": False}


def _switch(world: World, item: Resource, _order: Order, at: datetime) -> JsonObject:
    """Turn the direction round: the item goes, and one of the same name stands under the recovery fabric."""
    known = replicated(item)
    machine = world.store.get(known.machine_id)
    if machine is None:
        message = f"The failed over machine of '{item.name}' was not found: '{known.machine_id}'."
        raise ArmError(409, "SwitchProtectionMachineNotFound", message)
    if world.regions.is_lost(known.original.location, at):
        message = f"The region '{known.original.location}', to which '{item.name}' would replicate, cannot be reached."
        raise ArmError(409, "SwitchProtectionTargetUnreachable", message)
    # Documented: the machine of the old side is turned off; back in the first direction it is cleaned up.
    if known.recovery.region == known.began_in:
        machines.take_down(world, known.original.id, at)
    else:
        machines.switch_off(world, known.original.id, at)
    turned = Replicated(
        original=machines.remember(world, machine),
        recovery=known.home,
        home=known.recovery,
        began_in=known.began_in or known.original.location,
        policy_name=known.policy_name,
        since=at,
        stage=Stage.REPLICATING,
        last_failover_at=known.last_failover_at,
    )
    new = Resource(
        id=reversed_id(item), type=item.type, location=item.location, hidden={**item.hidden, "replicated": turned}
    )
    world.store.delete(item.id, at=at, by=AZURE)
    world.store.put(new, at=at, by=AZURE)
    settle_later(world, new.id, Stage.REPLICATING, at)
    return {}


def _disable(world: World, item: Resource, _order: Order, at: datetime) -> JsonObject:
    world.store.delete(item.id, at=at, by=AZURE)
    return {}


def _bring_up(world: World, known: Replicated, order: Order, suffix: str, at: datetime) -> Resource:
    if order.point is None or order.place is None:  # pragma: no cover - the verbs that bring something up name both
        raise bad_request("RecoveryPointMissing", "The failover names no point or no place.")
    if not suffix and machines.standing(world, known.original, order.place) is not None:
        return machines.bring_back(world, known.original, order.place, as_of=order.point.taken_at, at=at)
    return machines.bring_up(world, known.original, order.place, suffix=suffix, as_of=order.point.taken_at, at=at)


WORK: Mapping[str, Work] = {
    "testFailover": _bring_up_test,
    "testFailoverCleanup": _clean_up_test,
    "unplannedFailover": _fail_over,
    "applyRecoveryPoint": _change_point,
    "failoverCommit": _commit,
    "failoverCancel": _cancel,
    "switchProtection": _switch,
    "disableProtection": _disable,
}
"""By verb."""
