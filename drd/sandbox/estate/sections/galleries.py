"""Galleries of images, each image with one version in the regions that may need it."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from drd.sandbox.compute.gallery import build_gallery, build_gallery_image
from drd.sandbox.compute.gallery_image_version import build_gallery_version
from drd.sandbox.estate.field import Name, Region, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, named_rows, used_by


class GalleryModel(Strict):
    """One gallery."""

    name: Name
    group: Name
    images: list[Name] = Field(default_factory=list)
    """Its images, generalized Windows; each has a version 1.0.0."""
    scanners: list[Name] = Field(default_factory=list)
    """Images beside them, specialized Linux with a scanner in it."""
    regions: list[Region] = Field(default_factory=list)
    """Where the versions are."""


def plant(plot: Plot, rows: Sequence[GalleryModel]) -> None:
    """Plant the galleries with their images."""
    for one in rows:
        location = plot.places[one.group]
        gallery = plot.put(
            build_gallery(id=plot.id(one.group, "Microsoft.Compute/galleries", one.name), location=location)
        )
        images = [build_gallery_image(id=f"{gallery.id}/images/{name}", location=location) for name in one.images]
        images += [
            build_gallery_image(
                id=f"{gallery.id}/images/{name}", location=location, os_type="Linux", is_specialized=True
            )
            for name in one.scanners
        ]
        for image in map(plot.put, images):
            plot.put(
                build_gallery_version(
                    id=f"{image.id}/versions/1.0.0",
                    location=location,
                    regions=one.regions,
                    published_at=plot.since,
                )
            )


def _uses(rows: Sequence[GalleryModel]) -> Iterable[Named]:
    return used_by(rows, "group", "groups")


SECTION = Section(
    key="galleries",
    shape=list[GalleryModel],
    plant=plant,
    about="Galleries of images that machines are made from.",
    gives=named_rows,
    uses=_uses,
    is_copied=False,
)
