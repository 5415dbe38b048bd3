"""What a create asks for, checked whole before anything is made: the machine's properties and its new disks."""

from dataclasses import dataclass, field
from typing import Any

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.compute.disk import build_disk
from drd.sandbox.compute.image import Image, find_image
from drd.sandbox.compute.os_profile import os_profile
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject

_NEVER_SHOWN = ("userData", "instanceView")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A create that was found good; `disks` come into being with the machine."""

    location: str
    properties: JsonObject
    disks: list[Resource] = field(default_factory=list)
    from_image: bool = False


def plan_machine(call: Call) -> Plan:
    """Return what the call's body asks for.

    Raises:
        ArmError: what it asks for is wrong, not there, or somebody else's.
    """
    location = text_at(call.body, "location")
    if not location:
        raise bad_request("LocationRequired", "The location property is required for this definition.")
    asked = {name: value for name, value in object_at(call.body, "properties").items() if name not in _NEVER_SHOWN}
    _check_size(asked)
    os_disk, disks, image = _os_disk(call, location)
    data_disks = _data_disks(call, location, disks)
    properties: dict[str, Any] = {**asked, "timeCreated": instant_text(call.now)}
    storage = {**object_at(asked, "storageProfile"), "osDisk": os_disk, "dataDisks": data_disks}
    if image is not None:
        exact = {"exactVersion": image.exact_version} if image.exact_version else {}
        storage["imageReference"] = {**object_at(storage, "imageReference"), **exact}
    properties["storageProfile"] = storage
    properties |= _checked_os_profile(asked, image)
    properties["networkProfile"] = _checked_network(call, asked, location)
    return Plan(location=location, properties=properties, disks=disks, from_image=image is not None)


def _check_size(asked: JsonObject) -> None:
    if not text_at(asked, "hardwareProfile", "vmSize"):
        raise bad_request("InvalidParameter", "Required parameter 'hardwareProfile.vmSize' is missing (null).")


def _os_disk(call: Call, location: str) -> tuple[JsonObject, list[Resource], Image | None]:
    storage = object_at(call.body, "properties", "storageProfile")
    asked = object_at(storage, "osDisk")
    option = text_at(asked, "createOption")
    if option == "Attach":
        attached = _attach(call, asked, location)
        found = call.world.store.require(text_at(asked, "managedDisk", "id"))
        return {**attached, "osType": text_at(asked, "osType") or found.properties.get("osType")}, [], None
    if option != "FromImage":
        raise bad_request(
            "InvalidParameter", f"The value '{option}' of parameter 'osDisk.createOption' is not supported here."
        )
    image = find_image(call.world, object_at(storage, "imageReference"), location)
    size = asked.get("diskSizeGB")
    if isinstance(size, int) and size < image.size_gb:
        raise bad_request(
            "OperationNotAllowed",
            f"The specified disk size {size} GB is smaller than the size of the corresponding disk in the VM image: "
            f"{image.size_gb} GB. This is not allowed. Please choose equal or greater size or do not specify an "
            "explicit size.",
        )
    name = text_at(asked, "name") or f"{_machine_name(call)}_OsDisk_1_{call.world.new_id().replace('-', '')}"
    disk = _new_disk(call, asked, name=name, size_gb=size or image.size_gb, image=image)
    shown = _shown_disk(asked, disk)
    return {"osType": image.os_type, **shown}, [disk], image


def _data_disks(call: Call, location: str, new_disks: list[Resource]) -> list[JsonObject]:
    shown: list[JsonObject] = []
    luns: set[object] = set()
    for asked in objects_at(call.body, "properties", "storageProfile", "dataDisks"):
        lun = asked.get("lun")
        if not isinstance(lun, int) or lun in luns:
            raise bad_request("InvalidParameter", f"The value '{lun}' of parameter 'dataDisk.lun' is invalid.")
        luns.add(lun)
        option = text_at(asked, "createOption")
        if option == "Attach":
            shown.append(_attach(call, asked, location))
        elif option == "Empty" and isinstance(asked.get("diskSizeGB"), int):
            name = text_at(asked, "name")
            name = name or f"{_machine_name(call)}_disk{lun + 2}_{call.world.new_id().replace('-', '')}"
            disk = _new_disk(call, asked, name=name, size_gb=int(asked["diskSizeGB"]), image=None)
            new_disks.append(disk)
            shown.append(_shown_disk(asked, disk))
        else:
            raise bad_request(
                "InvalidParameter", f"The value '{option}' of parameter 'dataDisk.createOption' is not supported here."
            )
    return shown


def _machine_name(call: Call) -> str:
    return call.arm_id().rsplit("/", 1)[-1]


def _new_disk(call: Call, asked: JsonObject, *, name: str, size_gb: int, image: Image | None) -> Resource:
    scope = call.arm_id().split("/providers/")[0]
    lineage = (image.lineage or call.arm_id()) if image else ""
    made = build_disk(
        id=f"{scope}/providers/Microsoft.Compute/disks/{name}",
        location=text_at(call.body, "location"),
        lineage=lineage,
        as_of=call.now,
        os_type=image.os_type if image else "",
        size_gb=size_gb,
        account=text_at(asked, "managedDisk", "storageAccountType"),
        zones=call.body.get("zones"),
    )
    source: JsonObject = {"createOption": "FromImage" if image else "Empty"}
    reference = object_at(call.body, "properties", "storageProfile", "imageReference")
    if image:
        found = text_at(reference, "id")
        source["galleryImageReference" if "/galleries/" in found else "imageReference"] = {
            "id": found or _urn(reference)
        }
    changes: JsonObject = {"creationData": source}
    if image:
        changes["hyperVGeneration"] = image.generation
        security = text_at(call.body, "properties", "securityProfile", "securityType")
        changes |= {"securityProfile": {"securityType": security}} if security else {}
    return made.with_properties(**changes)


def _urn(reference: JsonObject) -> str:
    parts = ("publisher", "offer", "sku", "version")
    publisher, offer, sku, version = (text_at(reference, part) for part in parts)
    return f"/Publishers/{publisher}/ArtifactTypes/VMImage/Offers/{offer}/Skus/{sku}/Versions/{version}"


def _shown_disk(asked: JsonObject, disk: Resource) -> JsonObject:
    managed = {"storageAccountType": disk.top["sku"]["name"], **object_at(asked, "managedDisk"), "id": disk.id}
    return {
        "caching": "ReadWrite" if "osType" in disk.properties else "None",
        "deleteOption": "Detach",
        **asked,
        "name": disk.name,
        "managedDisk": managed,
        "diskSizeGB": disk.properties["diskSizeGB"],
    }


def _attach(call: Call, asked: JsonObject, location: str) -> JsonObject:
    wanted = text_at(asked, "managedDisk", "id")
    if not wanted:
        raise bad_request("InvalidParameter", "Required parameter 'managedDisk.id' is missing (null).")
    disk = reference(call, wanted, location)
    holder = disk.top.get("managedBy")
    if _is_held(call, holder, by_other_than=call.arm_id()):
        raise conflict(
            "ConflictingUserInput",
            f"Disk '{disk.name}' cannot be attached as the disk is already owned by VM '{holder}'.",
        )
    return {"deleteOption": "Detach", **asked, "name": disk.name}


def _checked_os_profile(asked: JsonObject, image: Image | None) -> JsonObject:
    profile = object_at(asked, "osProfile")
    needs_one = image is not None and not image.is_specialized
    if needs_one and image is not None:
        if not profile:
            raise bad_request("InvalidParameter", "Required parameter 'osProfile' is missing (null).")
        return {"osProfile": os_profile(profile, image.os_type)}
    if profile:
        raise bad_request("InvalidParameter", "Parameter 'osProfile' is not allowed.")
    return {}


def _checked_network(call: Call, asked: JsonObject, location: str) -> JsonObject:
    interfaces = objects_at(asked, "networkProfile", "networkInterfaces")
    if not interfaces:
        raise bad_request("InvalidParameter", "Virtual Machine must have at least one network interface.")
    for one in interfaces:
        interface = reference(call, text_at(one, "id"), location)
        holder = interface.properties.get("virtualMachine", {}).get("id")
        if _is_held(call, holder, by_other_than=call.arm_id()):
            raise bad_request("NicInUse", f"Network Interface {interface.id} is used by another virtual machine.")
    return object_at(asked, "networkProfile")


def _is_held(call: Call, holder_id: str | None, *, by_other_than: str) -> bool:
    """Tell whether another machine that still exists holds a disk or an interface: a deleted group lets go."""
    if holder_id is None or fold(holder_id) == fold(by_other_than):
        return False
    return call.world.store.get(holder_id) is not None


def reference(call: Call, wanted: str, location: str) -> Resource:
    """Return a resource that a body refers to, in the region of the machine.

    Raises:
        ArmError: 404, it is not there; 400, it is elsewhere.
    """
    found = call.world.store.get(wanted)
    if found is None:
        raise ArmError(404, "NotFound", f"Resource {wanted} is not found.")
    if fold(found.location) != fold(location):
        raise bad_request(
            "InvalidResourceReference",
            f"Resource {wanted} is in region {found.location}, the virtual machine in {location}: they must agree.",
        )
    return found
