"""One call to ARM, as a handler sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote, urlencode

from drd.sandbox.errors import ArmError
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Request
from drd.sandbox.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that found its route: `params` from the path (decoded), `query` with names in lower case."""

    world: World
    request: Request
    params: Mapping[str, str]
    query: Mapping[str, str]
    api_version: str
    identity: str
    now: datetime
    body: JsonObject
    effects: list[JsonObject] = field(default_factory=list)
    remaining: dict[str, str] = field(default_factory=dict)

    @property
    def subscription(self) -> str:
        """Return the subscription in the path."""
        return self.params["subscription"]

    @property
    def group(self) -> str:
        """Return the resource group in the path."""
        return self.params["group"]

    def arm_id(self, *, drop: int = 0) -> str:
        """Return the path as an id in the caller's casing, without its last `drop` segments (an action's name, say)."""
        parts = self.request.path.split("/")
        return "/".join(parts[: len(parts) - drop])

    def link(self, path: str, **query: str) -> str:
        """Return an absolute address on this sandbox with this call's api-version."""
        pairs = {"api-version": self.api_version, **query}
        return f"{self.request.base}{quote(path, safe='/')}?{urlencode(pairs)}"

    def effect(self, kind: str, **facts: object) -> None:
        """Record in the journal what this call was accepted for; call it once for each thing set in motion."""
        self.effects.append({"kind": kind, **facts})

    def keep(self, resource: Resource, *, at: datetime | None = None) -> Resource:
        """Store a resource under the caller's identity."""
        return self.world.store.put(resource, at=at or self.now, by=self.identity)

    def remove(self, arm_id: str, *, at: datetime | None = None) -> Resource | None:
        """Remove a resource under the caller's identity."""
        return self.world.store.delete(arm_id, at=at or self.now, by=self.identity)

    def check_match(self, current: Resource | None) -> None:
        """Hold the call's If-Match and If-None-Match against what is there.

        Raises:
            ArmError: 412 `PreconditionFailed`.
        """
        wanted = self.request.headers.get("if-match")
        unwanted = self.request.headers.get("if-none-match")
        differs = wanted is not None and (current is None or wanted not in {"*", current.etag})
        exists = unwanted == "*" and current is not None
        if differs or exists:
            raise ArmError(412, "PreconditionFailed", "The condition specified by the ETag is not satisfied.")
