"""An order for a restore: what the request asks, and whether it can be had."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from drd.sandbox.arm import fold, parse_id
from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.compute.machine import MACHINE_TYPE
from drd.sandbox.errors import bad_request
from drd.sandbox.network.interface import find_subnet
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.backup_items import backed_up
from drd.sandbox.recovery_services.backup_points import is_rehydrated
from drd.sandbox.recovery_services.backup_schedule import BackupPoint
from drd.sandbox.recovery_services.durations import read_days
from drd.sandbox.recovery_services.machines import Original
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

_PLAIN, _WITH_REHYDRATION = "IaasVMRestoreRequest", "IaasVMRestoreWithRehydrationRequest"
_OFF = frozenset({"deallocated", "stopped"})


class Variant(StrEnum):
    """The kinds of restore of a machine; the words of the wire."""

    DISKS = "RestoreDisks"
    NEW_MACHINE = "AlternateLocation"
    REPLACE = "OriginalLocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehydration:
    """How fast a point is fetched from the archive tier, and how long it then stands ready."""

    priority: str
    retention: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreOrder:
    """A request that can be had.

    `group_id` is empty when the disks stay in the storage account. `machine_id` is the machine that is made or whose
    disks are exchanged, `subnet_id` where a new one goes. `luns` narrows the data disks, None takes all.
    """

    vault: Resource
    item: Resource
    point: BackupPoint
    variant: Variant
    region: str
    group_id: str
    storage_account: str
    secondary: bool
    machine_id: str = ""
    subnet_id: str = ""
    luns: tuple[int, ...] | None = None
    rehydration: Rehydration | None = None

    @property
    def original(self) -> Original:
        """Return the machine that is restored."""
        return backed_up(self.item).original


def read_order(call: Call, item: Resource, point: BackupPoint, body: JsonObject, *, secondary: bool) -> RestoreOrder:
    """Return the order that a restore request places; `secondary` restores in the paired region.

    Raises:
        ArmError: 400, the type of restore, region, source, group, machine, network or storage account cannot be had.
    """
    world, vault = call.world, call.world.store.require(addresses.vault_of(item.id))
    region = world.regions.paired(vault.location) if secondary else vault.location
    variant = _variant(body, secondary=secondary)
    _check_source(body, item)
    _check_region(text_at(body, "region"), region)
    group_id = text_at(body, "targetResourceGroupId")
    _check_group(world, group_id, needed=variant is Variant.NEW_MACHINE)
    by_identity = text_at(body, "identityBasedRestoreDetails", "targetStorageAccountId")
    account = by_identity or text_at(body, "storageAccountId")
    order = RestoreOrder(
        vault=vault,
        item=item,
        point=point,
        variant=variant,
        region=region,
        group_id="" if variant is Variant.REPLACE else group_id,
        storage_account=_check_account(world, account, region),
        secondary=secondary,
        machine_id=_machine(world, body, item, variant),
        subnet_id=_subnet(world, body, region) if variant is Variant.NEW_MACHINE else "",
        luns=_luns(body),
        rehydration=_rehydration(body),
    )
    _check_archive(call, order)
    return order


def _variant(body: JsonObject, *, secondary: bool) -> Variant:
    kind, wanted = body.get("objectType"), body.get("recoveryType")
    known = {one.value for one in Variant} - ({Variant.REPLACE.value} if secondary else set())
    if kind not in {_PLAIN, _WITH_REHYDRATION} or wanted not in known:
        message = (
            f"The restore '{kind}' of type '{wanted}' is not supported here: "
            f"'{_PLAIN}' and '{_WITH_REHYDRATION}' of type {', '.join(sorted(known))} are."
        )
        raise bad_request("BMSUserErrorRestoreTypeNotSupported", message)
    return Variant(str(wanted))


def _machine(world: World, body: JsonObject, item: Resource, variant: Variant) -> str:
    if variant is Variant.DISKS:
        return ""
    if variant is Variant.REPLACE:
        return _replaced(world, backed_up(item).original.id)
    wanted = text_at(body, "targetVirtualMachineId")
    if fold(_type_of(wanted)) != fold(MACHINE_TYPE):
        raise bad_request("UserErrorTargetVirtualMachineInvalid", f"'{wanted}' is not the id of a virtual machine.")
    group_id = text_at(body, "targetResourceGroupId")
    if fold("/".join(wanted.split("/")[:5])) != fold(group_id):
        message = f"The target machine '{wanted}' is not in the target resource group '{group_id}'."
        raise bad_request("UserErrorTargetVirtualMachineInvalid", message)
    if world.store.get(wanted) is not None:
        message = f"A virtual machine '{wanted}' exists already. Choose another name."
        raise bad_request("UserErrorTargetVirtualMachineAlreadyExists", message)
    return wanted


def _replaced(world: World, machine_id: str) -> str:
    machine = world.store.get(machine_id)
    if machine is None:
        message = f"The virtual machine '{machine_id}' is gone: its disks cannot be replaced. Restore to a new one."
        raise bad_request("UserErrorSourceVirtualMachineNotFound", message)
    if machine.hidden["power"] not in _OFF:
        message = f"The virtual machine '{machine.name}' is running. Shut it down before its disks are replaced."
        raise bad_request("UserErrorVirtualMachineNotShutDown", message)
    return machine.id


def _subnet(world: World, body: JsonObject, region: str) -> str:
    network_id, subnet_id = text_at(body, "virtualNetworkId"), text_at(body, "subnetId")
    network = world.store.get(network_id) if network_id else None
    if network is None:
        raise bad_request("UserErrorVirtualNetworkNotFound", f"The virtual network '{network_id}' was not found.")
    if network.location.lower() != region.lower():
        message = f"The virtual network '{network_id}' is in '{network.location}'; the restore needs '{region}'."
        raise bad_request("UserErrorVirtualNetworkRegionMismatch", message)
    # Azure takes the subnet's id or its bare name.
    whole = subnet_id if "/" in subnet_id else f"{network.id}/subnets/{subnet_id}"
    if find_subnet(network, whole) is None:
        raise bad_request("UserErrorSubnetNotFound", f"The subnet '{subnet_id}' was not found in '{network_id}'.")
    return whole


def _luns(body: JsonObject) -> tuple[int, ...] | None:
    found = body.get("restoreDiskLunList")
    if found is None:
        return None
    if not isinstance(found, list) or not all(isinstance(one, int) for one in found):
        raise bad_request("BMSUserErrorInvalidInput", "restoreDiskLunList must be a list of numbers.")
    return tuple(found)


def _rehydration(body: JsonObject) -> Rehydration | None:
    if body.get("objectType") != _WITH_REHYDRATION:
        return None
    asked = object_at(body, "recoveryPointRehydrationInfo")
    priority = text_at(asked, "rehydrationPriority")
    if priority not in {"Standard", "High"}:
        raise bad_request("BMSUserErrorInvalidInput", f"The rehydrationPriority '{priority}' is not Standard or High.")
    return Rehydration(priority=priority, retention=read_days(text_at(asked, "rehydrationRetentionDuration")))


def _check_archive(call: Call, order: RestoreOrder) -> None:
    point = order.point
    ready = is_rehydrated(order.item, point, call.now)
    if point.is_archived and not ready and order.rehydration is None:
        message = f"The recovery point '{point.name}' is in the archive tier. Ask for its rehydration."
        raise bad_request("UserErrorRecoveryPointInArchiveTier", message)
    if order.rehydration is not None and not point.is_archived:
        message = f"The recovery point '{point.name}' is not in the archive tier: nothing has to be rehydrated."
        raise bad_request("UserErrorRecoveryPointNotInArchiveTier", message)


def _check_source(body: JsonObject, item: Resource) -> None:
    source = text_at(body, "sourceResourceId")
    if fold(source) != fold(backed_up(item).original.id):
        message = f"The source '{source}' is not what the item '{item.name}' protects."
        raise bad_request("BMSUserErrorInvalidSourceResource", message)


def _check_region(asked: str, region: str) -> None:
    if asked.replace(" ", "").lower() != region.lower():
        message = f"The region '{asked}' is not where this restore runs; it has to be '{region}'."
        raise bad_request("UserErrorRestoreRegionMismatch", message)


def _check_group(world: World, group_id: str, *, needed: bool) -> None:
    group = world.store.get(group_id) if group_id else None
    if (group_id or needed) and group is None:
        message = f"The target resource group '{group_id}' was not found. Create it before the restore."
        raise bad_request("UserErrorTargetResourceGroupNotFound", message)
    if group is not None and group.properties.get("provisioningState") == "Deleting":
        message = f"The target resource group '{group_id}' is being deleted."
        raise bad_request("UserErrorTargetResourceGroupBeingDeleted", message)


def _check_account(world: World, account_id: str, region: str) -> str:
    account = world.store.get(account_id) if account_id.startswith("/subscriptions/") else None
    if account is None:
        message = f"The storage account '{account_id}' was not found."
        raise bad_request("UserErrorStorageAccountNotFound", message)
    if account.location.lower() != region.lower():
        message = f"The storage account '{account.name}' is in '{account.location}'; it has to be in '{region}'."
        raise bad_request("UserErrorStorageAccountRegionMismatch", message)
    return account.name


def _type_of(arm_id: str) -> str:
    try:
        return parse_id(arm_id).type
    except ValueError:
        return ""
