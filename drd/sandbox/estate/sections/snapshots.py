"""Snapshots of machines' disks that were copied to another region, one every so often up to now."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from drd.sandbox.clock import instant_text
from drd.sandbox.compute.machine import disk_ids
from drd.sandbox.compute.snapshot import build_snapshot
from drd.sandbox.estate.field import Name, Span, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, used_by
from drd.sandbox.state import Resource
from drd.sandbox.world import AZURE


class SnapshotsModel(Strict):
    """The copies that are kept of one disk of a machine."""

    machine: Name
    disk: Name = "os"
    """`os`, or the name of the machine's other disk."""
    group: Name
    """The group that keeps the copies; they are in its region."""
    every: Span
    """How often one was taken; the newest as long ago as this takes to arrive."""
    kept: int = Field(ge=1, le=500)
    """How many there are."""


def plant(plot: Plot, rows: Sequence[SnapshotsModel]) -> None:
    """Plant the copies, each of an instant further back, tagged with what they hold."""
    for row in rows:
        disk = _disk(plot, row)
        arrives = plot.world.profile.duration("snapshot.copy", disk.id)
        for number in range(row.kept):
            taken = plot.world.now() - arrives - number * row.every
            name = f"{row.machine}-{row.disk}-{taken:%Y%m%d-%H%M%S}"
            copy = build_snapshot(
                id=plot.id(row.group, "Microsoft.Compute/snapshots", name),
                location=plot.places[row.group],
                source=disk,
                taken_at=taken,
                copied_at=taken + arrives,
                tags={"drd-item": row.machine, "drd-disk": row.disk, "drd-taken": instant_text(taken)},
            )
            plot.world.store.put(copy, at=taken, by=AZURE)


def _disk(plot: Plot, row: SnapshotsModel) -> Resource:
    disks = [plot.world.store.require(one) for one in disk_ids(plot.found("machines", row.machine))]
    return next((one for one in disks if one.name == row.disk), disks[0])


def _uses(rows: Sequence[SnapshotsModel]) -> Iterable[Named]:
    return [*used_by(rows, "machine", "machines"), *used_by(rows, "group", "groups")]


SECTION = Section(
    key="snapshots",
    shape=list[SnapshotsModel],
    plant=plant,
    about="Snapshots of machines' disks that were copied to another region.",
    uses=_uses,
)
