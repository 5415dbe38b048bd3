"""The place where an estate is planted: a world, one subscription in it, and what stands there already."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drd.sandbox.state import Resource
from drd.sandbox.world import AZURE, World

_STANDING_FOR = timedelta(days=400)


@dataclass(slots=True, kw_only=True)
class Plot:
    """One municipality's subscription while it is planted.

    Attributes:
        subscription: its id.
        number: 0 for the municipality of the file, 1 and up for generated ones, whose public names must differ.
        extra_machines: how many machines are planted beyond those of the file, as copies of them.
        places: each resource group's region.
        twins: the copies of each machine of the file, by its name.
    """

    world: World
    subscription: str
    number: int = 0
    extra_machines: int = 0
    places: dict[str, str] = field(default_factory=dict)
    twins: dict[str, list[Resource]] = field(default_factory=dict)
    _known: dict[tuple[str, str], Resource] = field(default_factory=dict)

    @property
    def since(self) -> datetime:
        """Return since when the estate stands."""
        return self.world.now() - _STANDING_FOR

    def group_id(self, group: str) -> str:
        """Return the id of a resource group."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{group}"

    def id(self, group: str, kind: str, name: str) -> str:
        """Return the id of a resource."""
        return f"{self.group_id(group)}/providers/{kind}/{name}"

    def put(self, resource: Resource) -> Resource:
        """Store a resource as one that stands for long."""
        return self.world.store.put(resource, at=self.since, by=AZURE)

    def know(self, section: str, name: str, resource: Resource) -> None:
        """Let later sections find a resource under the name that the file gives it."""
        self._known[section, name] = resource

    def found(self, section: str, name: str) -> Resource:
        """Return what a section planted under a name; reading the file has proven that it is there."""
        return self._known[section, name]

    def public(self, name: str) -> str:
        """Return a name that is unique in the whole world, such as a storage account's, for this municipality."""
        return f"{name}{self.number:03d}" if self.number else name
