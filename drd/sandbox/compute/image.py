"""What a machine may be made from: an image of the marketplace, of a gallery, or a managed one; managed ones are read.

Images are named by a machine's `imageReference`; what one is made of comes from `images.toml` or the stored resource.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from drd.sandbox.arm import fold
from drd.sandbox.body import text_at
from drd.sandbox.call import Call
from drd.sandbox.compute.gallery import GALLERY_IMAGE_TYPE
from drd.sandbox.compute.gallery_image_version import VERSION_TYPE, is_replicated, newest_version
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

IMAGE_TYPE = "Microsoft.Compute/images"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_IMAGES = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/images"
_READ = "Microsoft.Compute/images/read"
_DATA = Path(__file__).with_name("images.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What an OS disk made from an image is like; `lineage` is whose data a specialized one holds."""

    os_type: str
    generation: str
    size_gb: int
    exact_version: str = ""
    is_specialized: bool = False
    lineage: str = ""


def build_image(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    os_type: str = "Windows",
    size_gb: int = 127,
) -> Resource:
    """Return a managed image, generalized, in one region."""
    os_disk: JsonObject = {"osType": os_type, "osState": "Generalized", "diskSizeGB": size_gb}
    os_disk |= {"caching": "ReadWrite", "storageAccountType": "Premium_LRS"}
    storage: JsonObject = {"osDisk": os_disk, "dataDisks": [], "zoneResilient": False}
    return Resource(
        id=id,
        type=IMAGE_TYPE,
        location=location,
        properties={"storageProfile": storage, "hyperVGeneration": "V2", "provisioningState": "Succeeded"},
    )


def find_image(world: World, reference: JsonObject, location: str) -> Image:
    """Return the image of a reference.

    Raises:
        ArmError: 404, there is no such image, or not in this region; 400, the reference names none.
    """
    image_id = text_at(reference, "id")
    if image_id:
        return _own_image(world, image_id, location)
    publisher, offer, sku = (text_at(reference, name) for name in ("publisher", "offer", "sku"))
    if not (publisher and offer and sku):
        raise bad_request("InvalidParameter", "Required parameter 'imageReference' is missing (null).")
    version = text_at(reference, "version") or "latest"
    found = _marketplace().get(f"{publisher}:{offer}:{sku}".casefold())
    if found is None:
        raise ArmError(
            404,
            "PlatformImageNotFound",
            f"The platform image '{publisher}:{offer}:{sku}:{version}' is not available. Verify that all fields in the "
            "storage profile are correct. For more details about storage profile information, please refer to "
            "https://aka.ms/storageprofile",
        )
    exact = found.exact_version if version.casefold() == "latest" else version
    return Image(os_type=found.os_type, generation=found.generation, size_gb=found.size_gb, exact_version=exact)


@cache
def _marketplace() -> dict[str, Image]:
    known: dict[str, Image] = {}
    for one in tomllib.loads(_DATA.read_text(encoding="utf-8"))["images"]:
        image = Image(
            os_type=one["os"], generation=one["generation"], size_gb=one["size-gb"], exact_version=one["version"]
        )
        for sku in one["skus"]:
            known[f"{one['publisher']}:{one['offer']}:{sku}".casefold()] = image
    return known


def _own_image(world: World, image_id: str, location: str) -> Image:
    found = world.store.get(image_id)
    if found is not None and found.type == IMAGE_TYPE:
        if fold(found.location) != fold(location):
            raise ArmError(404, "ImageNotFound", f"The image '{image_id}' was not found in location '{location}'.")
        disk = found.properties["storageProfile"]["osDisk"]
        generation = str(found.properties["hyperVGeneration"])
        return Image(os_type=str(disk["osType"]), generation=generation, size_gb=int(disk["diskSizeGB"]))
    if found is not None and found.type == GALLERY_IMAGE_TYPE:
        found = newest_version(world, found, location)
    definition = world.store.get("/".join(found.id.split("/")[:-2])) if found and found.type == VERSION_TYPE else None
    if found is None or definition is None or not is_replicated(found, location):
        raise ArmError(
            404,
            "GalleryImageNotFound",
            f"The gallery image {image_id} is not available in {location} region. Please contact image owner to "
            "replicate to this region, or change your requested region.",
        )
    return Image(
        os_type=str(definition.properties["osType"]),
        generation=str(definition.properties["hyperVGeneration"]),
        size_gb=int(found.properties["storageProfile"]["osDiskImage"]["sizeInGB"]),
        exact_version=found.name,
        is_specialized=definition.properties["osState"] == "Specialized",
        lineage=str(found.hidden.get("lineage", "")),
    )


def get(call: Call) -> Response:
    """Answer a managed image."""
    return answer(200, call.world.store.require(call.arm_id()).wire())


def list_group(call: Call) -> Response:
    """List a group's managed images."""
    return _page_of(call, call.group)


def list_subscription(call: Call) -> Response:
    """List the subscription's managed images that are not in a lost region."""
    return _page_of(call, None)


def _page_of(call: Call, group: str | None) -> Response:
    images = call.world.store.each(IMAGE_TYPE, subscription=call.subscription, group=group)
    return page(call, [one.wire() for one in images if not call.world.regions.is_lost(one.location, call.now)])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_IMAGES, handler=list_group, operation=_READ),
    Route(method="GET", template=_PROVIDER + "/images", handler=list_subscription, operation=_READ, regions=no_region),
    Route(method="GET", template=_IMAGES + "/{image}", handler=get, operation=_READ),
)
