"""A replicated item: what Site Recovery knows of a machine, kept on the item's resource and changed as a whole."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.fabrics import fabric_name
from drd.sandbox.recovery_services.machines import Original, Place
from drd.sandbox.recovery_services.regions_needed import vault_in_path
from drd.sandbox.recovery_services.replication_lifecycle import Stage, is_replicating
from drd.sandbox.recovery_services.replication_schedule import ReplicationHistory, ReplicationPoint
from drd.sandbox.state import Resource
from drd.sandbox.world import AZURE, World

NOTICED = timedelta(minutes=15)
"""How long everything looks well after data stopped coming."""
_ALARMED = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicated:
    """The condition of an item.

    `original` is the machine that replicates, and `home` the place where it stands: a failover back goes there.
    `began_in` is the region in which protection began, empty as long as it was never switched.
    `failed_over_at` is the instant at which a failover stopped the replication; `job` and `scenario` are those of the
    last move, empty at rest; `machine_id` and `test_machine_id` are what the moves brought up, and `reused` says that
    the machine stood there before.
    """

    original: Original
    recovery: Place
    home: Place
    began_in: str = ""
    policy_name: str
    since: datetime
    stage: Stage = Stage.PROTECTED
    failed_over_at: datetime | None = None
    scenario: str = ""
    job: str = ""
    moved_at: datetime | None = None
    machine_id: str = ""
    reused: bool = False
    test_machine_id: str = ""
    test_network_id: str = ""
    point: ReplicationPoint | None = None
    last_failover_at: datetime | None = None
    last_test_at: datetime | None = None


def replicated(item: Resource) -> Replicated:
    """Return the condition of an item."""
    known: Replicated = item.hidden["replicated"]
    return known


def store_replicated(world: World, item_id: str, known: Replicated, at: datetime) -> None:
    """Store a changed condition."""
    item = world.store.require(item_id)
    world.store.put(item.with_hidden(replicated=known), at=at, by=AZURE)


def change(world: World, item_id: str, at: datetime, **changes: object) -> Replicated:
    """Change parts of an item's condition, and return it as stored."""
    known = replace(replicated(world.store.require(item_id)), **changes)  # type: ignore[arg-type]  # names of fields
    store_replicated(world, item_id, known, at)
    return known


def history(world: World, item: Resource) -> ReplicationHistory:
    """Return the item's past; it stops where its region was lost or a failover began, whichever came first."""
    known = replicated(item)
    ends = [end for end in (world.regions.lost_at(known.original.location), known.failed_over_at) if end is not None]
    return ReplicationHistory(
        seed=str(world.seed),
        item=item.key,
        since=known.since,
        stopped_at=min(ends) if ends else None,
        outages=world.regions.outages(known.original.location),
    )


def points(world: World, item: Resource, now: datetime) -> tuple[ReplicationPoint, ...]:
    """Return the points that can be used, newest first; a commit discards them all, and the first must be made."""
    known = replicated(item)
    if known.stage in {Stage.COMMITTED, Stage.SWITCHING, Stage.REPLICATING}:
        return ()
    found = history(world, item).points(now)
    made = known.point
    if made is None or made.name in {one.name for one in found}:
        return found
    return tuple(sorted((made, *found), key=lambda one: one.taken_at, reverse=True))


def health(world: World, item: Resource, now: datetime) -> str:
    """Return the replication's health: Normal until data has been missing for a while, then Warning, then Critical.

    The service notices late: for a quarter of an hour after a region is lost everything looks well.
    """
    known = replicated(item)
    lost_at = world.regions.lost_at(known.original.location)
    if lost_at is None or not is_replicating(known.stage) or now - lost_at < NOTICED:
        return "Normal"
    return "Critical" if now - lost_at >= _ALARMED else "Warning"


def reversed_id(item: Resource) -> str:
    """Return the id that an item has after its protection is switched: same name, the other fabric and container."""
    fabric = fabric_name(replicated(item).recovery.region)
    return (
        f"{addresses.vault_of(item.id)}/replicationFabrics/{fabric}/replicationProtectionContainers/{fabric}-container"
        f"/replicationProtectedItems/{item.name}"
    )


def item_in_path(call: Call) -> Resource:
    """Return the replicated item that the call's path names.

    Raises:
        ArmError: 404, in the words of Site Recovery.
    """
    vault_in_path(call)
    item = call.world.store.get(addresses.REPLICATED_ITEM.format(**call.params))
    if item is None:
        message = f"The replication protected item '{call.params['item']}' was not found in this vault."
        raise ArmError(404, "ReplicationProtectedItemNotFound", message)
    return item
