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
    """All resources; one change, one line of history.

    Every resource is known under its type and under each id above it, so that a list costs what it yields.
    """

    def __init__(self) -> None:
        """Start empty."""
        self._resources: dict[str, Resource] = {}
        # Both give keys in order of creation; the values mean nothing, a dict is an ordered set.
        self._kinds: dict[str, dict[str, None]] = {}
        self._below: dict[str, dict[str, None]] = {}
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
        key = resource.key
        before = self._resources.get(key)
        if before is None:
            kept = replace(resource, created_at=at, created_by=by)
            self._enter(key, kept)
        else:
            kept = replace(resource, id=before.id, created_at=before.created_at, created_by=before.created_by)
            if before.type != kept.type:
                self._kinds[before.type.casefold()].pop(key, None)
                self._kinds.setdefault(kept.type.casefold(), {})[key] = None
        self._resources[key] = kept
        verb = "updated" if before else "created"
        self.history.append(Change(at=at, verb=verb, id=kept.id, type=kept.type, by=by))
        return kept

    def delete(self, arm_id: str, *, at: datetime, by: str) -> Resource | None:
        """Remove a resource and everything below it; return it, or None when it was not there."""
        key = fold(arm_id)
        removed = self._resources.get(key)
        if removed is None:
            return None
        for each in [*self._below.get(key, ()), key]:
            gone = self._leave(each)
            self.history.append(Change(at=at, verb="deleted", id=gone.id, type=gone.type, by=by))
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
        if group is not None and subscription is None:
            # No caller has a group without its subscription; it still means what it says.
            yield from (one for one in self.each(kind, under=under) if one.group.casefold() == group.casefold())
            return
        for key in self._narrowed(kind, subscription, group, under):
            found = self._resources.get(key)
            if found is not None:
                yield found

    def group(self, subscription: str, name: str) -> Resource | None:
        """Return a resource group, or None."""
        return self.get(f"/subscriptions/{subscription}/resourceGroups/{name}")

    def history_of(self, arm_id: str) -> list[Change]:
        """Return what happened to an id, oldest first; what was deleted has a history too."""
        wanted = fold(arm_id)
        return [change for change in self.history if fold(change.id) == wanted]

    def _narrowed(self, kind: str | None, subscription: str | None, group: str | None, under: str | None) -> list[str]:
        """Return the keys in every set that is asked for, in the order of the smallest."""
        nothing: dict[str, None] = {}
        sets: list[dict[str, None]] = []
        if kind is not None:
            sets.append(self._kinds.get(kind.casefold(), nothing))
        if subscription is not None:
            above = f"/subscriptions/{subscription}"
            above = fold(above if group is None else f"{above}/resourceGroups/{group}")
            own = {above: None} if above in self._resources else nothing
            sets.append({**own, **self._below.get(above, nothing)} if own else self._below.get(above, nothing))
        if under is not None:
            sets.append(self._below.get(fold(under), nothing))
        if not sets:
            return list(self._resources)
        sets.sort(key=len)
        smallest, others = sets[0], sets[1:]
        return [key for key in smallest if all(key in other for other in others)]

    def _enter(self, key: str, resource: Resource) -> None:
        self._kinds.setdefault(resource.type.casefold(), {})[key] = None
        for above in _above(key):
            self._below.setdefault(above, {})[key] = None

    def _leave(self, key: str) -> Resource:
        removed = self._resources.pop(key)
        self._kinds[removed.type.casefold()].pop(key, None)
        for above in _above(key):
            holder = self._below.get(above, {})
            holder.pop(key, None)
            if not holder:
                self._below.pop(above, None)
        return removed


def _above(key: str) -> Iterator[str]:
    """Yield every path above a key: those that are ids, and a few that nobody asks for."""
    at = key.rfind("/")
    while at > 0:
        yield key[:at]
        at = key.rfind("/", 0, at)
