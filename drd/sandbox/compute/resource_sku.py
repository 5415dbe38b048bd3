"""Resource SKUs: which sizes a region offers to the subscription, and what each can do. All values are texts."""

from collections.abc import Iterator
from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.compute.size import Size, all_sizes
from drd.sandbox.errors import bad_request
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response
from drd.sandbox.world import World

RESTRICTION_TYPE = "Microsoft.Compute/locations/skuRestrictions"
_TEMPLATE = "/subscriptions/{subscription}/providers/Microsoft.Compute/skus"
_ZONES = ("1", "2", "3")
_REGIONS = ("westeurope", "northeurope")
_PAGE = 1000
_DISKS = ("Standard_LRS", "StandardSSD_LRS", "Premium_LRS", "UltraSSD_LRS")


def build_restriction(*, subscription: str, region: str, size: str) -> Resource:
    """Return a size's being closed to the subscription in a region, to be stored."""
    scope = f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{region}"
    return Resource(id=f"{scope}/skuRestrictions/{size}", type=RESTRICTION_TYPE, location=region)


def is_restricted(world: World, size: Size, region: str) -> bool:
    """Tell whether a size is closed to anybody's subscription in a region."""
    stored = world.store.each(RESTRICTION_TYPE)
    return any(one.name.casefold() == size.name.casefold() and one.location == region.casefold() for one in stored)


def list_subscription(call: Call) -> Response:
    """List the sizes and disks of every region, or of the one in `$filter=location eq '...'`."""
    wanted = _region_in(call.query.get("$filter", ""))
    regions = [wanted] if wanted else list(_REGIONS)
    rows = [row for region in regions for row in _rows(call.world, call.subscription, region, call.now)]
    return page(call, rows, size=_PAGE)


def _region_in(text: str) -> str:
    """Return the region of a filter; an empty filter has none.

    Raises:
        ArmError: 400, the filter is of another kind.
    """
    if not text:
        return ""
    words = text.split()
    if len(words) != len(("location", "eq", "'region'")) or [one.casefold() for one in words[:2]] != ["location", "eq"]:
        raise bad_request("InvalidFilter", f"The filter '{text}' is not supported: only location eq 'REGION' is.")
    return words[2].strip("'").casefold()


def _rows(world: World, subscription: str, region: str, now: datetime) -> Iterator[JsonObject]:
    if region not in _REGIONS:
        return
    for size in all_sizes():
        yield _machine_row(world, subscription, size, region, now)
    for name in _DISKS:
        yield {"resourceType": "disks", "name": name, **_place(region), "capabilities": [], "restrictions": []}


def _machine_row(world: World, subscription: str, size: Size, region: str, now: datetime) -> JsonObject:
    target = f"/subscriptions/{subscription}/providers/Microsoft.Compute/skus/{size.name}"
    fault = world.faults.standing("allocation", target=target, region=region, at=now)
    closed = is_restricted(world, size, region) or (fault is not None and fault.code == "SkuNotAvailable")
    parts = size.name.split("_", 1)
    return {
        "resourceType": "virtualMachines",
        "name": size.name,
        "tier": parts[0],
        "size": parts[1],
        "family": size.family,
        **_place(region),
        "capabilities": [{"name": name, "value": value} for name, value in _capabilities(size)],
        "restrictions": [_restriction(region)] if closed else [],
    }


def _place(region: str) -> JsonObject:
    ultra = [{"name": "UltraSSDAvailable", "value": "True"}]
    details = [{"name": list(_ZONES), "capabilities": ultra}]
    return {
        "locations": [region],
        "locationInfo": [{"location": region, "zones": list(_ZONES), "zoneDetails": details}],
    }


def _capabilities(size: Size) -> Iterator[tuple[str, str]]:
    yield "MaxResourceVolumeMB", "0"
    yield "OSVhdSizeMB", "1047552"
    yield "vCPUs", str(size.vcpus)
    yield "MemoryPreservingMaintenanceSupported", "True"
    yield "HyperVGenerations", size.generations
    yield "SupportedEphemeralOSDiskPlacements", ""
    yield "CpuArchitectureType", "x64"
    yield "MemoryGB", f"{size.memory_gb:g}"
    yield "MaxDataDiskCount", str(size.data_disks)
    yield "LowPriorityCapable", "True"
    yield "PremiumIO", "True"
    yield "VMDeploymentTypes", "IaaS"
    yield "vCPUsAvailable", str(size.vcpus)
    yield "CapacityReservationSupported", "True"
    yield "TrustedLaunchDisabled", "False"
    yield "AcceleratedNetworkingEnabled", "True"
    yield "EncryptionAtHostSupported", "True"
    yield "RdmaEnabled", "False"


def _restriction(region: str) -> JsonObject:
    return {
        "type": "Location",
        "values": [region],
        "restrictionInfo": {"locations": [region]},
        "reasonCode": "NotAvailableForSubscription",
    }


ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        template=_TEMPLATE,
        handler=list_subscription,
        operation="Microsoft.Compute/skus/read",
        regions=no_region,
    ),
)
