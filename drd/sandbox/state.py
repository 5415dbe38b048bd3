"""The resources of the world, by case-folded id, with who made them and when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from drd.sandbox.arm import fold, parse_id
from drd.sandbox.errors import bad_request, not_found
from drd.sandbox.wire import JsonObject

GROUP_TYPE = "Microsoft.Resources/resourceGroups"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource: what the wire shows (`properties` and `top`), and what it does not (`hidden`).

    `top` holds members beside `properties`, such as `sku` or `zones`. `hidden` holds the state that a state machine
    computes from: instants, lineage, power. Both may be replaced, never mutated: use `with_properties`, `with_hidden`.
    """

    id: str
    type: str
    location: str
    properties: JsonObject = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    top: JsonObject = field(default_factory=dict)
    hidden: Mapping[str, Any] = field(default_factory=dict)
    etag: str = ""
    created_at: datetime | None = None
    created_by: str = ""

    @property
    def key(self) -> str:
        """Return the id as it is compared."""
        return fold(self.id)

    @property
    def name(self) -> str:
        """Return the innermost name."""
        return self.id.rsplit("/", 1)[-1]

    @property
    def group(self) -> str:
        """Return the name of the resource group, as the id spells it."""
        return parse_id(self.id).group

    @property
    def subscription(self) -> str:
        """Return the subscription's id."""
        return parse_id(self.id).subscription

    def with_properties(self, **changes: object) -> "Resource":
        """Return the resource with some properties changed."""
        return replace(self, properties={**self.properties, **changes})

    def with_hidden(self, **changes: object) -> "Resource":
        """Return the resource with some hidden state changed."""
        return replace(self, hidden={**self.hidden, **changes})

    def wire(self) -> JsonObject:
        """Return the body that a GET answers."""
        body: JsonObject = {"id": self.id, "name": self.name, "type": self.type, "location": self.location}
        if self.tags:
            body["tags"] = dict(self.tags)
        return {**body, **self.top, "properties": dict(self.properties)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the history: what happened to which resource, when, and by which identity."""

    at: datetime
    verb: str
    id: str
    type: str
    by: str


class Store:
    """All resources; one change, one line of history."""

    def __init__(self) -> None:
        """Start empty."""
        self._resources: dict[str, Resource] = {}
        self.history: list[Change] = []

    def get(self, arm_id: str) -> Resource | None:
        """Return the resource, or None."""
        return self._resources.get(fold(arm_id))

    def require(self, arm_id: str) -> Resource:
        """Return the resource.

        Raises:
            ArmError: 404 `ResourceNotFound`, or 400 when the text is no id.
        """
        found = self.get(arm_id)
        if found is None:
            try:
                parts = parse_id(arm_id)
            except ValueError as error:
                raise bad_request("LinkedInvalidPropertyId", f"The resource id is invalid: {error}.") from error
            raise not_found(parts.type, "/".join(parts.names), parts.group)
        return found

    def put(self, resource: Resource, *, at: datetime, by: str) -> Resource:
        """Store a resource, new or changed, and return it; who created it, when, and its id's casing stay."""
        before = self._resources.get(resource.key)
        if before is None:
            kept = replace(resource, created_at=at, created_by=by)
        else:
            kept = replace(resource, id=before.id, created_at=before.created_at, created_by=before.created_by)
        self._resources[kept.key] = kept
        verb = "updated" if before else "created"
        self.history.append(Change(at=at, verb=verb, id=kept.id, type=kept.type, by=by))
        return kept

    def delete(self, arm_id: str, *, at: datetime, by: str) -> Resource | None:
        """Remove a resource and everything below it; return it, or None when it was not there."""
        removed = self._resources.pop(fold(arm_id), None)
        if removed is None:
            return None
        for below in [key for key in self._resources if key.startswith(removed.key + "/")]:
            child = self._resources.pop(below)
            self.history.append(Change(at=at, verb="deleted", id=child.id, type=child.type, by=by))
        self.history.append(Change(at=at, verb="deleted", id=removed.id, type=removed.type, by=by))
        return removed

    def each(
        self,
        kind: str | None = None,
        *,
        subscription: str | None = None,
        group: str | None = None,
        under: str | None = None,
    ) -> Iterator[Resource]:
        """Yield resources in order of creation, narrowed by type, subscription, group or the id above."""
        for resource in list(self._resources.values()):
            if (
                _agrees(kind, resource.type)
                and _agrees(subscription, resource.subscription)
                and _agrees(group, resource.group)
                and (under is None or resource.key.startswith(fold(under) + "/"))
            ):
                yield resource

    def group(self, subscription: str, name: str) -> Resource | None:
        """Return a resource group, or None."""
        return self.get(f"/subscriptions/{subscription}/resourceGroups/{name}")


def _agrees(wanted: str | None, found: str) -> bool:
    return wanted is None or wanted.casefold() == found.casefold()
