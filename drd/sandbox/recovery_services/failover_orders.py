"""What a verb of Site Recovery is ordered to do to one item: which point, where, and what the source hears of it.

The same for a verb that is sent to the item and for one that comes from a recovery plan.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drd.sandbox.errors import bad_request
from drd.sandbox.recovery_services import chance, machines
from drd.sandbox.recovery_services.moving import Order
from drd.sandbox.recovery_services.replicated import history, points, replicated
from drd.sandbox.recovery_services.replication_schedule import ReplicationPoint
from drd.sandbox.state import Resource
from drd.sandbox.world import World

LATEST = "Latest"
POINT_TYPES: dict[str, Callable[[ReplicationPoint], bool]] = {
    "latestprocessed": lambda _point: True,
    "latestapplicationconsistent": lambda point: point.application_consistent,
    "latestcrashconsistent": lambda point: not point.application_consistent,
}
"""Which point a recovery plan's `recoveryPointType` takes: the newest that passes. `Latest` makes one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the caller asked for. A `point` is named by id; without one `kind` says which; `Latest` makes a new one."""

    point: str = ""
    kind: str = LATEST
    shuts_down: bool = False
    network_id: str = ""

    @property
    def processes(self) -> bool:
        """Tell whether everything that has arrived is to be processed first."""
        return not self.point and self.kind.casefold() == LATEST.casefold()


def test_failover_order(world: World, item: Resource, wish: Wish, now: datetime) -> Order:
    """Order a copy in an isolated network.

    Raises:
        ArmError: 400, the point or the network cannot be had.
    """
    if not wish.network_id:
        raise bad_request("TestNetworkMissing", "A test failover needs networkType VmNetworkAsInput and a networkId.")
    place = machines.isolated_place(world, replicated(item).recovery, wish.network_id)
    return Order(
        verb="testFailover",
        point=_point(world, item, wish, now),
        processes=wish.processes,
        place=place,
        meanwhile={"test_network_id": place.network_id},
    )


def failover_order(world: World, item: Resource, wish: Wish, now: datetime) -> Order:
    """Order the machine in the region that is not active.

    When the source is to be shut down, that happens first, and what it wrote until then comes along. When its region
    cannot be reached the failover goes on without, and the job says so.

    Raises:
        ArmError: 400, the point or the place cannot be had.
    """
    known = replicated(item)
    place = machines.recovery_place(world, known.original, known.recovery)
    point = _point(world, item, wish, now)
    warnings: tuple[str, ...] = ()
    is_down = False
    if wish.shuts_down:
        is_down = machines.shut_down(world, known.original, now)
        if is_down and wish.processes:
            point = _last_write(world, item, now)
        if world.regions.is_lost(known.original.location, now):
            warnings = (f"'{known.original.name}' could not be shut down: '{known.original.location}' is unreachable.",)
    return Order(
        verb="unplannedFailover",
        point=point,
        processes=wish.processes,
        place=place,
        meanwhile={"failed_over_at": now, "point": point},
        warnings=warnings,
        facts={"shut-down": is_down},
    )


def change_point_order(world: World, item: Resource, wish: Wish, now: datetime) -> Order:
    """Order the machine again, from another point.

    Raises:
        ArmError: 400, no point is named or there is no such point.
    """
    if not wish.point:
        raise bad_request("RecoveryPointMissing", "The recovery point to apply is missing.")
    point = _point(world, item, wish, now)
    known = replicated(item)
    return Order(verb="applyRecoveryPoint", point=point, place=known.recovery, meanwhile={"point": point})


def _point(world: World, item: Resource, wish: Wish, now: datetime) -> ReplicationPoint:
    usable = points(world, item, now)
    if not usable:
        raise bad_request("NoRecoveryPoint", f"'{item.name}' has no recovery point to fail over to.")
    if wish.point:
        named = wish.point.rsplit("/", 1)[-1].lower()
        found = next((one for one in usable if one.name.lower() == named), None)
        if found is None:
            message = f"The recovery point '{named}' was not found or has been pruned."
            raise bad_request("RecoveryPointNotFound", message)
        return found
    if wish.processes:
        return history(world, item).latest(now)
    passes = POINT_TYPES.get(wish.kind.casefold())
    if passes is None:
        raise bad_request("InvalidRecoveryPointType", f"The recovery point type '{wish.kind}' is not known.")
    found = next((one for one in usable if passes(one)), None)
    if found is None:
        raise bad_request("NoRecoveryPoint", f"'{item.name}' has no recovery point of the type '{wish.kind}'.")
    return found


def _last_write(world: World, item: Resource, now: datetime) -> ReplicationPoint:
    """Return the point that a clean shutdown makes: everything that was written until then."""
    name = chance.name(str(world.seed), item.key, now.isoformat(), "shutdown")
    return ReplicationPoint(name=name, taken_at=now, application_consistent=True)
