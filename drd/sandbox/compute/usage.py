"""What a subscription uses of its quotas in a region: counted from what is there, held against limits.

A machine counts whether it is allocated or not, and so does what is reserved: a reservation counts whole, and the
machines that use it do not count again.
"""

from collections import Counter
from collections.abc import Iterable

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.compute.disk import DISK_TYPE
from drd.sandbox.compute.machine import MACHINE_TYPE
from drd.sandbox.compute.reservations import RESERVATION_TYPE, machines_in
from drd.sandbox.compute.size import Size, families, find_size, regional_limit
from drd.sandbox.compute.snapshot import SNAPSHOT_TYPE
from drd.sandbox.errors import ArmError, conflict
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response
from drd.sandbox.world import World

QUOTA_TYPE = "Microsoft.Compute/locations/quotas"
CORES = "cores"
_MACHINES = "virtualMachines"
_MACHINE_LIMIT = 25000
_DISK_LIMIT = 50000
_TEMPLATE = "/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}/usages"


def build_quota(*, subscription: str, region: str, name: str, limit: int) -> Resource:
    """Return the limit of `cores` or of a family in a region, to be stored; without one the data's counts."""
    scope = f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{region}"
    return Resource(id=f"{scope}/quotas/{name}", type=QUOTA_TYPE, location=region, properties={"limit": limit})


def cores_used(world: World, subscription: str, region: str, *, without: str = "") -> Counter[str]:
    """Return the vCPUs in use in a region by family, and all of them under `cores`; `without` is a machine's key."""
    used: Counter[str] = Counter()
    reserved: set[str] = {without}
    for reservation in world.store.each(RESERVATION_TYPE, subscription=subscription):
        if fold(reservation.location) == fold(region):
            members = machines_in(world, reservation)
            reserved |= {one.key for one in members}
            _count(
                used, str(reservation.top["sku"]["name"]), max(int(reservation.top["sku"]["capacity"]), len(members))
            )
    for machine in world.store.each(MACHINE_TYPE, subscription=subscription):
        if fold(machine.location) == fold(region) and machine.key not in reserved:
            _count(used, str(machine.properties["hardwareProfile"]["vmSize"]), 1)
    return used


def limit_of(world: World, subscription: str, region: str, name: str) -> int:
    """Return the limit of `cores` or of a family."""
    quota = world.store.get(
        f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{region}/quotas/{name}"
    )
    if quota is not None:
        return int(quota.properties["limit"])
    return next((one.limit for one in families() if fold(one.name) == fold(name)), regional_limit())


def check_quota(world: World, subscription: str, region: str, size: Size, *, count: int = 1, without: str = "") -> None:
    """Refuse what would exceed the quota of its family or of the region; `without` is the machine that it replaces.

    Raises:
        ArmError: 409 `OperationNotAllowed`, in Azure's words.
    """
    used = cores_used(world, subscription, region, without=without)
    needed = size.vcpus * count
    for name, words in ((size.family, size.family), (CORES, "Total Regional")):
        limit = limit_of(world, subscription, region, name)
        if used[name] + needed > limit:
            raise _exceeded(words, region, limit=limit, used=used[name], needed=needed)


def _exceeded(words: str, region: str, *, limit: int, used: int, needed: int) -> ArmError:
    return conflict(
        "OperationNotAllowed",
        f"Operation could not be completed as it results in exceeding approved {words} Cores quota. Additional details "
        f"- Deployment Model: Resource Manager, Location: {region}, Current Limit: {limit}, Current Usage: {used}, "
        f"Additional Required: {needed}, (Minimum) New Limit Required: {used + needed}. Please read more about quota "
        "limits at https://docs.microsoft.com/en-us/azure/azure-supportability/regional-quota-requests",
    )


def _count(used: Counter[str], size: str, number: int) -> None:
    found = find_size(size)
    if found is not None:
        used[found.family] += found.vcpus * number
        used[CORES] += found.vcpus * number


def list_region(call: Call) -> Response:
    """List the usages of a region: machines, vCPUs, families, disks and snapshots."""
    region = call.params["location"].casefold().replace(" ", "")
    world, subscription = call.world, call.subscription
    used = cores_used(world, subscription, region)

    def number(kind: str) -> int:
        return sum(fold(one.location) == region for one in world.store.each(kind, subscription=subscription))

    rows = [
        _row(CORES, "Total Regional vCPUs", used[CORES], limit_of(world, subscription, region, CORES)),
        _row(_MACHINES, "Virtual Machines", number(MACHINE_TYPE), _MACHINE_LIMIT),
        *_families(world, subscription, region, used),
        _row("StandardSSDDiskCount", "Standard SSD Managed Disks", number(DISK_TYPE), _DISK_LIMIT),
        _row("StandardSnapshotCount", "Standard Snapshots", number(SNAPSHOT_TYPE), _DISK_LIMIT),
    ]
    return page(call, rows, size=len(rows))


def _families(world: World, subscription: str, region: str, used: Counter[str]) -> Iterable[JsonObject]:
    for one in families():
        yield _row(one.name, one.shown, used[one.name], limit_of(world, subscription, region, one.name))


def _row(name: str, shown: str, used: int, limit: int) -> JsonObject:
    words = {"value": name, "localizedValue": shown}
    return {"unit": "Count", "currentValue": used, "limit": limit, "name": words}


def region_in_path(call: Call) -> tuple[str, ...]:
    """Return the region that the path names."""
    return (call.params["location"],)


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=_TEMPLATE,
        handler=list_region,
        operation="Microsoft.Compute/locations/usages/read",
        regions=region_in_path,
    ),
)
