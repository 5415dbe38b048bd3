"""Rights that a request needs beside its own operation, because its body joins or uses another resource.

Bodies are read leniently here: what is of a wrong type is the handler's to refuse.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from drd.sandbox.wire import JsonObject

Right = tuple[str, str]
"""An operation, and the id of the resource at which it is needed."""

JOIN_SUBNET = "Microsoft.Network/virtualNetworks/subnets/join/action"
_JOIN_SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups/join/action"
_JOIN_INTERFACE = "Microsoft.Network/networkInterfaces/join/action"
_WRITE_DISK = "Microsoft.Compute/disks/write"
_WRITE_MACHINE = "Microsoft.Compute/virtualMachines/write"
_ITEM = "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems"
_REPLICATED = (
    "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems"
)


def linked_rights(operation: str, body: JsonObject) -> Iterator[Right]:
    """Yield what a request needs elsewhere; nothing for operations that use nothing else."""
    finder = _FINDERS.get(operation.casefold())
    if finder is None:
        return
    for right, linked in finder(body):
        if isinstance(linked, str) and linked.startswith("/"):
            yield right, linked


def _interface(body: JsonObject) -> Iterator[tuple[str, Any]]:
    yield _JOIN_SECURITY_GROUP, _at(body, "properties", "networkSecurityGroup", "id")
    for one in _list(body, "properties", "ipConfigurations"):
        yield JOIN_SUBNET, _at(one, "properties", "subnet", "id")
        yield "Microsoft.Network/publicIPAddresses/join/action", _at(one, "properties", "publicIPAddress", "id")


def _machine(body: JsonObject) -> Iterator[tuple[str, Any]]:
    for one in _list(body, "properties", "networkProfile", "networkInterfaces"):
        yield _JOIN_INTERFACE, _at(one, "id")
    disks = [_at(body, "properties", "storageProfile", "osDisk")]
    for one in [*disks, *_list(body, "properties", "storageProfile", "dataDisks")]:
        yield _WRITE_DISK, _at(one, "managedDisk", "id")
    group = _at(body, "properties", "capacityReservation", "capacityReservationGroup", "id")
    yield "Microsoft.Compute/capacityReservationGroups/deploy/action", group


def _network(body: JsonObject) -> Iterator[tuple[str, Any]]:
    for one in _list(body, "properties", "subnets"):
        yield from _subnet(one)


def _subnet(body: JsonObject) -> Iterator[tuple[str, Any]]:
    yield _JOIN_SECURITY_GROUP, _at(body, "properties", "networkSecurityGroup", "id")
    yield "Microsoft.Network/routeTables/join/action", _at(body, "properties", "routeTable", "id")


def _peering(body: JsonObject) -> Iterator[tuple[str, Any]]:
    yield "Microsoft.Network/virtualNetworks/peer/action", _at(body, "properties", "remoteVirtualNetwork", "id")


def _zone_link(body: JsonObject) -> Iterator[tuple[str, Any]]:
    yield "Microsoft.Network/virtualNetworks/join/action", _at(body, "properties", "virtualNetwork", "id")


def _copy(body: JsonObject) -> Iterator[tuple[str, Any]]:
    source = _at(body, "properties", "creationData", "sourceResourceId")
    kind = "snapshots" if isinstance(source, str) and "/snapshots/" in source.casefold() else "disks"
    yield f"Microsoft.Compute/{kind}/beginGetAccess/action", source


def _restore(body: JsonObject) -> Iterator[tuple[str, Any]]:
    order = _at(body, "properties")
    yield "Microsoft.Storage/storageAccounts/read", _at(order, "storageAccountId")
    if _at(order, "recoveryType") == "OriginalLocation":
        yield _WRITE_MACHINE, _at(order, "sourceResourceId")
        return
    group = _at(order, "targetResourceGroupId")
    yield "Microsoft.Resources/subscriptions/resourceGroups/read", group
    yield _WRITE_DISK, group
    if _at(order, "recoveryType") == "AlternateLocation":
        yield _WRITE_MACHINE, group
        yield JOIN_SUBNET, _at(order, "subnetId")


def _cross_region_restore(body: JsonObject) -> Iterator[tuple[str, Any]]:
    yield from _restore({"properties": _at(body, "restoreRequest")})


def _test_failover(body: JsonObject) -> Iterator[tuple[str, Any]]:
    yield JOIN_SUBNET, _at(body, "properties", "networkId")


_FINDERS: Mapping[str, Callable[[JsonObject], Iterator[tuple[str, Any]]]] = {
    operation.casefold(): finder
    for operation, finder in {
        "Microsoft.Network/networkInterfaces/write": _interface,
        "Microsoft.Network/virtualNetworks/write": _network,
        "Microsoft.Network/virtualNetworks/subnets/write": _subnet,
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write": _peering,
        "Microsoft.Network/privateDnsZones/virtualNetworkLinks/write": _zone_link,
        _WRITE_MACHINE: _machine,
        _WRITE_DISK: _copy,
        "Microsoft.Compute/snapshots/write": _copy,
        f"{_ITEM}/recoveryPoints/restore/action": _restore,
        "Microsoft.RecoveryServices/locations/backupCrossRegionRestore/action": _cross_region_restore,
        f"{_REPLICATED}/testFailover/action": _test_failover,
        "Microsoft.RecoveryServices/vaults/replicationRecoveryPlans/testFailover/action": _test_failover,
    }.items()
}


def _at(body: object, *path: str) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
    found = body
    for name in path:
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


def _list(body: object, *path: str) -> list[Any]:
    found = _at(body, *path)
    return found if isinstance(found, list) else []
