"""A restore at work: the job that an order becomes, and what it leaves when it ends."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from drd.sandbox.arm import parse_id
from drd.sandbox.call import Call
from drd.sandbox.compute.guest_state import CHANGED, HIDING, TORN
from drd.sandbox.errors import ArmError
from drd.sandbox.operations import Operation
from drd.sandbox.recovery_services import backup_jobs
from drd.sandbox.recovery_services.backup_items import backed_up, change
from drd.sandbox.recovery_services.backup_jobs import Job
from drd.sandbox.recovery_services.backup_points import corruption, infection
from drd.sandbox.recovery_services.restore_order import RestoreOrder, Variant
from drd.sandbox.recovery_services.restored import Content, exchange_disks, restore_disks, restore_machine
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

_US_INSTANT = "%m/%d/%Y %I:%M:%S %p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One line of the table of variants: what the property bag calls it, its tasks, its duration, and its effect."""

    job_type: str
    tasks: tuple[str, ...]
    duration: str
    effect: Callable[[World, RestoreOrder, Content, datetime], None]


def place_order(call: Call, order: RestoreOrder) -> tuple[Operation, str]:
    """Start the restore; return the operation that accepts it and the name of its job.

    The operation is over as soon as the job is accepted. Until then no list shows the job.
    """
    world, work = call.world, WORK[order.variant]
    name = world.new_id()
    job = Job(
        name=name,
        operation="CrossRegionRestore" if order.secondary else "Restore",
        machine=order.original.name,
        started_at=call.now,
        lasts=_lasts(world, order),
        properties={"propertyBag": _property_bag(order, name)},
        tasks=(("Rehydrate recovery point",) if order.rehydration else ()) + work.tasks,
        request=call.request.headers.get("x-ms-client-request-id", ""),
    )
    operation = world.operations.start(
        "backup.accept",
        order.item.id,
        region=order.region,
        at=call.now,
        took=world.profile.duration("backup.crr-accept" if order.secondary else "backup.accept", order.item.id),
        outcome=lambda at: _accept(world, order, job, at),
    )
    operation.details["job"] = name
    return operation, name


def journaled(order: RestoreOrder, operation: Operation, job: str) -> JsonObject:
    """Return what the journal tells of an accepted restore."""
    return {
        "item": order.item.id,
        "source": order.original.id,
        "variant": str(order.variant),
        "point": order.point.name,
        "group": order.group_id,
        "machine": order.machine_id,
        "operation": operation.id,
        "job": job,
    }


def _lasts(world: World, order: RestoreOrder) -> timedelta:
    kind = WORK[order.variant].duration
    if order.variant is Variant.DISKS and not order.group_id:
        kind = "backup.restore-staged"
    elif order.variant is Variant.DISKS and order.secondary:
        kind = "backup.crr-restore"
    return world.profile.duration(kind, order.item.id) + _rehydrates(world, order)


def _rehydrates(world: World, order: RestoreOrder) -> timedelta:
    if order.rehydration is None:
        return timedelta(0)
    return world.profile.duration(f"backup.rehydrate-{order.rehydration.priority.lower()}", order.item.id)


def _accept(world: World, order: RestoreOrder, job: Job, at: datetime) -> None:
    backup_jobs.store_job(world, order.vault.id, job, location=order.vault.location, at=at, secondary=order.secondary)
    if order.rehydration is not None:
        world.schedule(
            job.started_at + _rehydrates(world, order), lambda ready: _ready(world, order, ready), region=order.region
        )
    world.schedule(job.started_at + job.lasts, lambda end: _end(world, order, job.name, end), region=order.region)


def _ready(world: World, order: RestoreOrder, at: datetime) -> None:
    item = world.store.get(order.item.id)
    if item is not None and order.rehydration is not None:
        until = at + order.rehydration.retention
        change(world, item.id, at, rehydrated={**backed_up(item).rehydrated, order.point.name: until})


def _end(world: World, order: RestoreOrder, name: str, at: datetime) -> None:
    job = backup_jobs.stored_job(world, order.vault.id, name)
    if job is None or job.status != "InProgress":
        return
    try:
        _restore(world, order, at)
    except ArmError as refusal:
        backup_jobs.finish(world, order.vault, job, at, refusal)
        return
    backup_jobs.finish(world, order.vault, job, at)


def _restore(world: World, order: RestoreOrder, at: datetime) -> None:
    corrupt = corruption(world, order.item, order.point, at)
    if corrupt is not None:
        raise ArmError(400, corrupt.code, corrupt.message or f"The recovery point '{order.point.name}' cannot be read.")
    if order.group_id and world.store.get(order.group_id) is None:
        raise ArmError(404, "UserErrorTargetResourceGroupNotFound", f"'{order.group_id}' was deleted meanwhile.")
    content = Content(
        original=order.original,
        as_of=order.point.taken_at,
        infected=infection(world, order.item, order.point, at) is not None
        or _strikes(world, order, "copy-infected", at),
        flaws=tuple(flaw for kind, flaw in _FLAWS.items() if _strikes(world, order, kind, at)),
        luns=order.luns,
    )
    WORK[order.variant].effect(world, order, content, at)


_FLAWS = {"copy-torn": TORN, "copy-changed": CHANGED, "copy-hides": HIDING}


def _strikes(world: World, order: RestoreOrder, kind: str, at: datetime) -> bool:
    if not world.faults.has(kind):
        return False
    item, instant = order.item, order.point.taken_at
    return world.faults.condition(kind, target=item.id, region=item.location, at=at, instant=instant) is not None


def _disks(world: World, order: RestoreOrder, content: Content, at: datetime) -> None:
    if order.group_id:
        restore_disks(world, content, group_id=order.group_id, region=order.region, at=at)


def _new_machine(world: World, order: RestoreOrder, content: Content, at: datetime) -> None:
    if world.store.get(order.machine_id) is not None:
        message = f"A virtual machine '{order.machine_id}' was created meanwhile."
        raise ArmError(409, "UserErrorTargetVirtualMachineAlreadyExists", message)
    full = world.faults.condition("allocation", target=order.machine_id, region=order.region, at=at)
    if full is not None:
        raise full.error(409)
    restore_machine(world, content, machine_id=order.machine_id, region=order.region, subnet_id=order.subnet_id, at=at)


def _exchange(world: World, order: RestoreOrder, content: Content, at: datetime) -> None:
    machine = world.store.get(order.machine_id)
    if machine is None:
        raise ArmError(404, "UserErrorSourceVirtualMachineNotFound", f"'{order.machine_id}' was deleted meanwhile.")
    if machine.hidden["power"] == "running":
        raise ArmError(409, "UserErrorVirtualMachineNotShutDown", f"'{machine.name}' was started meanwhile.")
    exchange_disks(world, content, machine, at=at)


WORK: Mapping[Variant, Work] = MappingProxyType(
    {
        Variant.DISKS: Work(
            job_type="Recover disks", tasks=("Transfer data from vault",), duration="backup.restore", effect=_disks
        ),
        Variant.NEW_MACHINE: Work(
            job_type="Recover virtual machine",
            tasks=("Transfer data from vault", "Create the restored virtual machine"),
            duration="backup.restore-vm",
            effect=_new_machine,
        ),
        Variant.REPLACE: Work(
            job_type="Replace existing disks",
            tasks=("Transfer data from vault", "Replace disks of the virtual machine"),
            duration="backup.restore-original",
            effect=_exchange,
        ),
    }
)
"""What each variant is called, consists of and does; the words of the first are recorded, the others inferred."""


def _property_bag(order: RestoreOrder, job: str) -> JsonObject:
    container = f"{order.original.name}-{job.replace('-', '')}"
    base = f"https://{order.storage_account}.blob.core.windows.net/{container}"
    bag = {
        "Job Type": WORK[order.variant].job_type,
        "Recovery point time ": order.point.taken_at.strftime(_US_INSTANT),
        "Target Storage Account Name": order.storage_account,
        "Config Blob Container Name": container,
        "Config Blob Name": f"config-{order.original.name}-{job}.json",
        "Config Blob Uri": f"{base}/config-{order.original.name}-{job}.json",
        "Template Blob Uri": f"{base}/azuredeploy{job}.json",
    }
    if order.group_id:
        bag["Target resource group"] = parse_id(order.group_id).group
    if order.machine_id:
        bag["Target Virtual Machine Name"] = parse_id(order.machine_id).name
    return bag
