"""Orders faults in a world, withdraws them and lists them: a lost region is more than refused calls."""

from collections.abc import Iterable
from datetime import datetime

from drd.sandbox.clock import instant_text
from drd.sandbox.faults import Fault, Order
from drd.sandbox.faults.kinds import REGION
from drd.sandbox.faults.model import FaultModel
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

_SHOWN = ("operation", "method", "resource", "path_contains", "region", "identity", "code", "mode")


def order(world: World, wanted: Iterable[FaultModel], at: datetime) -> list[Fault]:
    """Order faults at an instant, and return them with their ids."""
    return [_order(world, one.fault(at), at) for one in wanted]


def withdraw(world: World, fault_id: str) -> Fault | None:
    """Forget a fault and return it, None when there is none of that id; a region that it lost is up again."""
    fault = world.faults.remove(fault_id)
    if fault is not None and fault.what.moment == REGION:
        _lift(world, fault)
    return fault


def withdraw_all(world: World) -> None:
    """Forget all faults; the regions that they lost are up again."""
    for one in world.faults.listed():
        withdraw(world, one.fault.id)


def listed(world: World) -> list[JsonObject]:
    """Return all faults on order with what they struck so far, oldest first."""
    now = world.now()
    return [_shown(one, now) for one in world.faults.listed()]


def _order(world: World, fault: Fault, at: datetime) -> Fault:
    ordered = world.faults.add(fault, at)
    if ordered.what.moment != REGION:
        return ordered
    world.regions.down(ordered.region, ordered.starts or at, ordered.mode, fault=ordered.id)
    if ordered.ends is not None:
        world.schedule(ordered.ends, lambda _instant: _lift(world, ordered))
    return ordered


def _lift(world: World, fault: Fault) -> None:
    loss = world.regions.lost().get(fault.region.lower())
    if loss is not None and loss.fault == fault.id:
        world.regions.up(fault.region)


def _shown(one: Order, now: datetime) -> JsonObject:
    fault = one.fault
    shown: JsonObject = {"id": fault.id, "kind": fault.kind, "state": _state(one, now), "struck": one.struck}
    shown |= {name.replace("_", "-"): getattr(fault, name) for name in _SHOWN if getattr(fault, name)}
    if fault.probability < 1:
        shown["probability"] = fault.probability
    shown |= {"matched": one.matched, "count": fault.count, "skip": fault.skip}
    instants = {
        "from": fault.starts,
        "until": fault.ends,
        "points-from": fault.points_from,
        "points-until": fault.points_until,
    }
    return shown | {name: instant_text(instant) for name, instant in instants.items() if instant is not None}


def _state(one: Order, now: datetime) -> str:
    if one.is_spent:
        return "spent"
    if one.fault.ends is not None and one.fault.ends <= now:
        return "over"
    return "waiting" if one.fault.starts is not None and one.fault.starts > now else "standing"
