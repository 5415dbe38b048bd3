"""Compute galleries and their image definitions, read only: the versions are what machines are made from."""

from drd.sandbox.call import Call
from drd.sandbox.paging import page
from drd.sandbox.router import Route, no_region
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

GALLERY_TYPE = "Microsoft.Compute/galleries"
GALLERY_IMAGE_TYPE = "Microsoft.Compute/galleries/images"
_PROVIDER = "/subscriptions/{subscription}/providers/Microsoft.Compute"
_GALLERIES = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/galleries"
_GALLERY = _GALLERIES + "/{gallery}"


def build_gallery(*, id: str, location: str, description: str = "") -> Resource:  # noqa: A002 - ARM's word
    """Return a gallery; its own region matters to reading it, not to the images that were replicated."""
    gallery = Resource(id=id, type=GALLERY_TYPE, location=location)
    unique = f"{gallery.subscription}-{gallery.name.upper()}"
    properties: JsonObject = {
        "description": description,
        "identifier": {"uniqueName": unique},
        "provisioningState": "Succeeded",
    }
    return Resource(id=id, type=GALLERY_TYPE, location=location, properties=properties)


def build_gallery_image(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    os_type: str = "Windows",
    generation: str = "V2",
    is_specialized: bool = False,
) -> Resource:
    """Return an image definition: what all its versions have in common."""
    name = id.rsplit("/", 1)[-1]
    return Resource(
        id=id,
        type=GALLERY_IMAGE_TYPE,
        location=location,
        properties={
            "hyperVGeneration": generation,
            "architecture": "x64",
            "features": [{"name": "SecurityType", "value": "TrustedLaunchSupported"}],
            "osType": os_type,
            "osState": "Specialized" if is_specialized else "Generalized",
            "identifier": {"publisher": "voorbeeld", "offer": "werkplek", "sku": name},
            "provisioningState": "Succeeded",
        },
    )


def get(call: Call) -> Response:
    """Answer a gallery or an image definition."""
    return answer(200, call.world.store.require(call.arm_id()).wire())


def list_group(call: Call) -> Response:
    """List a group's galleries."""
    found = call.world.store.each(GALLERY_TYPE, subscription=call.subscription, group=call.group)
    return page(call, [one.wire() for one in found])


def list_subscription(call: Call) -> Response:
    """List the subscription's galleries that are not in a lost region."""
    found = call.world.store.each(GALLERY_TYPE, subscription=call.subscription)
    return page(call, [one.wire() for one in found if not call.world.regions.is_lost(one.location, call.now)])


def list_images(call: Call) -> Response:
    """List a gallery's image definitions."""
    gallery = call.world.store.require(call.arm_id(drop=1))
    return page(call, [one.wire() for one in call.world.store.each(GALLERY_IMAGE_TYPE, under=gallery.id)])


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_GALLERIES, handler=list_group, operation="Microsoft.Compute/galleries/read"),
    Route(
        method="GET",
        template=_PROVIDER + "/galleries",
        handler=list_subscription,
        operation="Microsoft.Compute/galleries/read",
        regions=no_region,
    ),
    Route(method="GET", template=_GALLERY, handler=get, operation="Microsoft.Compute/galleries/read"),
    Route(
        method="GET",
        template=_GALLERY + "/images",
        handler=list_images,
        operation="Microsoft.Compute/galleries/images/read",
    ),
    Route(
        method="GET",
        template=_GALLERY + "/images/{image}",
        handler=get,
        operation="Microsoft.Compute/galleries/images/read",
    ),
)
