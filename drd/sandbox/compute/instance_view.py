"""What Azure tells of a machine's condition: its statuses, its agent, its disks and its extensions."""

from datetime import datetime

from drd.sandbox.clock import instant_text
from drd.sandbox.compute.disk import DISK_TYPE
from drd.sandbox.compute.extension_state import EXTENSION_TYPE, extension_view
from drd.sandbox.compute.machine import agent_is_silent, agent_ready_at, disk_ids, is_ready
from drd.sandbox.compute.power import RUNNING, SHOWN
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject
from drd.sandbox.world import World

_AGENT_VERSION = {"Windows": "2.7.41491.1176", "Linux": "2.13.1.1"}
_OS_NAMES = {"Windows": ("Windows Server 2022 Datacenter", "10.0.20348.2849"), "Linux": ("ubuntu", "24.04")}


def instance_view(world: World, machine: Resource, now: datetime) -> JsonObject:
    """Return the machine's condition, as Azure's instance view tells it."""
    view: JsonObject = {**_guest(world, machine, now), "disks": _disks(world, machine)}
    view |= {"bootDiagnostics": {}, "isVMInStandbyPool": False}
    extensions = list(world.store.each(EXTENSION_TYPE, under=machine.id))
    if extensions:
        view["extensions"] = [extension_view(one) for one in extensions]
    view["statuses"] = _statuses(world, machine, now)
    return view


def _guest(world: World, machine: Resource, now: datetime) -> JsonObject:
    """Tell what the agent reports; a machine that does not run reports nothing."""
    if machine.hidden["power"] != RUNNING:
        return {}
    ready = is_ready(world, machine, now) and not agent_is_silent(world, machine, now)
    kind = os_type_of(machine)
    guest: JsonObject = {}
    if ready:
        name, version = _OS_NAMES[kind]
        guest = {"computerName": computer_name(machine), "osName": name, "osVersion": version}
        guest["hyperVGeneration"] = _generation(world, machine)
    status = {
        "code": "ProvisioningState/succeeded" if ready else "ProvisioningState/Unavailable",
        "level": "Info" if ready else "Warning",
        "displayStatus": "Ready" if ready else "Not Ready",
        "message": "GuestAgent is running and processing the extensions."
        if ready
        else "VM status blob is found but not yet populated.",
        "time": instant_text(now),
    }
    guest["vmAgent"] = {
        "vmAgentVersion": _AGENT_VERSION[kind] if ready else "Unknown",
        "statuses": [status],
        "extensionHandlers": _handlers(world, machine) if ready else [],
    }
    return guest


def os_type_of(machine: Resource) -> str:
    """Return `Windows` or `Linux`."""
    return "Linux" if machine.properties["storageProfile"]["osDisk"].get("osType") == "Linux" else "Windows"


def computer_name(machine: Resource) -> str:
    """Return the name that the guest has for itself."""
    return str(machine.properties.get("osProfile", {}).get("computerName") or machine.name)


def _generation(world: World, machine: Resource) -> str:
    disk = world.store.get(disk_ids(machine)[0])
    return str(disk.properties.get("hyperVGeneration", "V1")) if disk else "V1"


def _handlers(world: World, machine: Resource) -> list[JsonObject]:
    handlers = []
    for one in world.store.each(EXTENSION_TYPE, under=machine.id):
        kind = f"{one.properties['publisher']}.{one.properties['type']}"
        status = {"code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Ready"}
        handlers.append(
            {"type": kind, "typeHandlerVersion": one.properties.get("typeHandlerVersion", ""), "status": status}
        )
    return handlers


def _disks(world: World, machine: Resource) -> list[JsonObject]:
    shown = []
    for disk_id in disk_ids(machine):
        disk = world.store.get(disk_id)
        if disk is not None and disk.type == DISK_TYPE:
            status = {
                "code": "ProvisioningState/succeeded",
                "level": "Info",
                "displayStatus": "Provisioning succeeded",
                "time": disk.properties.get("timeCreated", ""),
            }
            shown.append({"name": disk.name, "statuses": [status]})
    return shown


def _statuses(world: World, machine: Resource, now: datetime) -> list[JsonObject]:
    power = str(machine.hidden["power"])
    provisioning = str(machine.properties["provisioningState"])
    code = f"ProvisioningState/{provisioning.lower()}"
    if provisioning == "Succeeded" and _is_provisioning_os(world, machine, now):
        # The machine stands while its OS still unpacks itself: recorded next to an agent that was Ready already.
        code += "/osProvisioningInProgress"
        first: JsonObject = {"code": code, "level": "Info", "displayStatus": "OS Provisioning In progress"}
    else:
        first = {"code": code, "level": "Info", "displayStatus": f"Provisioning {provisioning.lower()}"}
        if provisioning == "Failed":
            failure = machine.hidden.get("failure", ("ProvisioningFailed", ""))
            first = {"code": f"ProvisioningState/failed/{failure[0]}", "level": "Error", "message": failure[1]}
            first["displayStatus"] = "Provisioning failed"
    first["time"] = machine.hidden.get("changed_at") or machine.properties.get("timeCreated", "")
    statuses = [first]
    if power in SHOWN:
        statuses.append({"code": f"PowerState/{power}", "level": "Info", "displayStatus": f"VM {power}"})
    if machine.hidden.get("hibernated"):
        statuses.append({"code": "HibernationState/Hibernated", "level": "Info", "displayStatus": "Hibernated"})
    return statuses


def _is_provisioning_os(world: World, machine: Resource, now: datetime) -> bool:
    """Tell whether a machine made from an image still unpacks its OS."""
    ready_at = agent_ready_at(world, machine)
    if not machine.hidden.get("from_image") or ready_at is None:
        return False
    return now < ready_at + world.profile.duration("vm.os-provisioning", machine.id)
