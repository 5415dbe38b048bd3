"""Versions of a gallery's images, read only, replicated to regions: a machine takes the copy of its own region."""

from collections.abc import Sequence
from datetime import datetime

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import World

VERSION_TYPE = "Microsoft.Compute/galleries/images/versions"
_GALLERIES = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/galleries"
_IMAGE = _GALLERIES + "/{gallery}/images/{image}"
_READ = "Microsoft.Compute/galleries/images/versions/read"


def build_gallery_version(
    *,
    id: str,  # noqa: A002 - ARM's word
    location: str,
    regions: Sequence[str],
    published_at: datetime,
    size_gb: int = 127,
    lineage: str = "",
) -> Resource:
    """Return a version of an image definition, whole in each of `regions`.

    `lineage` is the id of the machine that a specialized version was captured from: its guest lives on in every
    machine made from it.
    """
    targets = [
        {"name": one, "regionalReplicaCount": 1, "storageAccountType": "Standard_LRS", "excludeFromLatest": False}
        for one in regions
    ]
    publishing: JsonObject = {
        "targetRegions": targets,
        "replicaCount": 1,
        "excludeFromLatest": False,
        "publishedDate": instant_text(published_at),
        "storageAccountType": "Standard_LRS",
        "replicationMode": "Full",
    }
    os_disk: JsonObject = {"sizeInGB": size_gb, "hostCaching": "ReadWrite", "source": {}}
    return Resource(
        id=id,
        type=VERSION_TYPE,
        location=location,
        properties={
            "publishingProfile": publishing,
            "storageProfile": {"source": {}, "osDiskImage": os_disk},
            "safetyProfile": {"reportedForPolicyViolation": False, "allowDeletionOfReplicatedLocations": False},
            "provisioningState": "Succeeded",
        },
        hidden={"lineage": lineage},
    )


def is_replicated(version: Resource, region: str) -> bool:
    """Tell whether a region holds a copy of the version."""
    targets = version.properties["publishingProfile"]["targetRegions"]
    return region.casefold() in {str(one["name"]).casefold().replace(" ", "") for one in targets}


def newest_version(world: World, image: Resource, region: str) -> Resource | None:
    """Return the newest version of an image definition that a region holds, by version number; None for none."""
    there = [one for one in world.store.each(VERSION_TYPE, under=image.id) if is_replicated(one, region)]
    return max(there, key=lambda one: _numbers(one.name), default=None)


def get(call: Call) -> Response:
    """Answer a version, with `$expand=ReplicationStatus` also how far each region is."""
    version = call.world.store.require(call.arm_id())
    body = version.wire()
    if call.query.get("$expand", "").casefold() == "replicationstatus":
        body["properties"]["replicationStatus"] = _replication(version)
    return answer(200, body)


def list_image(call: Call) -> Response:
    """List the versions of an image definition."""
    image = call.world.store.require(call.arm_id(drop=1))
    return page(call, [one.wire() for one in call.world.store.each(VERSION_TYPE, under=image.id)])


def _replication(version: Resource) -> JsonObject:
    regions = [one["name"] for one in version.properties["publishingProfile"]["targetRegions"]]
    summary = [{"region": one, "state": "Completed", "details": "", "progress": 100} for one in regions]
    return {"aggregatedState": "Completed", "summary": summary}


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in name.split(".") if part.isdigit())


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=_IMAGE + "/versions", handler=list_image, operation=_READ),
    Route(method="GET", template=_IMAGE + "/versions/{version}", handler=get, operation=_READ),
)
