"""Resource groups and their regions."""

from collections.abc import Mapping

from drd.sandbox.estate.field import Name, Region
from drd.sandbox.estate.plot import Plot
from drd.sandbox.estate.section import Named, Section
from drd.sandbox.state import GROUP_TYPE, Resource


def plant(plot: Plot, groups: Mapping[str, str]) -> None:
    """Plant the groups."""
    for name, location in groups.items():
        plot.places[name] = location
        plot.put(
            Resource(
                id=plot.group_id(name),
                type=GROUP_TYPE,
                location=location,
                properties={"provisioningState": "Succeeded"},
            )
        )


SECTION = Section(
    key="groups",
    shape=dict[Name, Region],
    plant=plant,
    about="Resource groups: name and region.",
    gives=lambda groups: [Named(path=(name,), name=name) for name in groups],
)
