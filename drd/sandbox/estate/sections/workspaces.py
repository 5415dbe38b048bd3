"""Workspaces of Azure Virtual Desktop: which application groups users find in them."""

from collections.abc import Iterable, Sequence

from pydantic import Field

from drd.sandbox.desktops.workspace import build_workspace
from drd.sandbox.estate.field import Name, Strict
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section, named_rows, used_by


class WorkspaceModel(Strict):
    """One workspace."""

    name: Name
    group: Name
    shows: list[Name] = Field(default_factory=list)
    """The host pools whose desktop users find in it; their application groups are in the workspace's own region."""


def plant(plot: Plot, rows: Sequence[WorkspaceModel]) -> None:
    """Plant the workspaces."""
    for one in rows:
        pools = [plot.found("host-pools", name) for name in one.shows]
        groups = plot.world.store.each("Microsoft.DesktopVirtualization/applicationgroups")
        shown = [each for each in groups if each.properties["hostPoolArmPath"] in {pool.id for pool in pools}]
        plot.put(
            build_workspace(
                id=plot.id(one.group, "Microsoft.DesktopVirtualization/workspaces", one.name),
                location=plot.places[one.group],
                object_id=plot.world.new_id(),
                references=[each.id for each in shown],
                friendly_name=one.name,
            )
        )


def _uses(rows: Sequence[WorkspaceModel]) -> Iterable[Named]:
    shown = [
        Named(path=(place, "shows", each), name=name, of="host-pools")
        for place, row in enumerate(rows)
        for each, name in enumerate(row.shows)
    ]
    return [*used_by(rows, "group", "groups"), *shown]


SECTION = Section(
    key="workspaces",
    shape=list[WorkspaceModel],
    plant=plant,
    about="Workspaces in which users find their virtual PCs.",
    gives=named_rows,
    uses=_uses,
    is_copied=False,
)
