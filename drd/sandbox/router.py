"""Routes: method and path template, api-versions, handler, and the regions that must be up to answer."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from drd.sandbox.api_versions import resource_type, versions_of
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.unknown import malformed_version, missing_version, unknown_address, unknown_method, unknown_version
from drd.sandbox.wire import Request, Response

Handler = Callable[[Call], Response]
RegionsNeeded = Callable[[Call], Iterable[str]]

_VERSION = re.compile(r"^\d{4}-\d{2}-\d{2}(-[a-z]+)?$")


def no_region(_call: Call) -> Iterable[str]:
    """Return no region: a global address, which answers whatever is lost."""
    return ()


# Without slots: what is read out of the template is kept.
@dataclass(frozen=True, kw_only=True)
class Route:
    """One address of ARM.

    `template` has literal segments, matched without regard to case, and `{names}`. Use `{subscription}` and `{group}`
    for those two: the sandbox then refuses unknown ones before the handler runs. `operation` is the ARM action's name,
    for roles, limits, faults and the journal. `versions` lists the only api-versions that this route answers, empty for
    those of its resource type; of two routes with one template the one that lists the version wins. `regions` says
    which regions must be up; None means: the region of the nearest resource in the path or of a PUT's body, and for a
    change also the group's.
    """

    method: str
    template: str
    handler: Handler
    operation: str
    versions: tuple[str, ...] = ()
    regions: RegionsNeeded | None = None

    @cached_property
    def segments(self) -> tuple[str, ...]:
        """Return the template's segments."""
        return tuple(self.template.strip("/").split("/"))

    @cached_property
    def kind(self) -> str:
        """Return the resource type that the route is about."""
        return resource_type(self.template)

    @cached_property
    def answers(self) -> frozenset[str]:
        """Return the api-versions that it answers: its own, else those of its type; empty for any."""
        return frozenset(self.versions) or versions_of(self.kind)

    @cached_property
    def names(self) -> tuple[tuple[int, str], ...]:
        """Return where the template has names, and which."""
        return tuple((place, part[1:-1]) for place, part in enumerate(self.segments) if part.startswith("{"))


@dataclass(slots=True)
class _Node:
    """What may follow after some segments: known words, anything, or nothing."""

    words: dict[str, "_Node"] = field(default_factory=dict)
    anything: "_Node | None" = None
    routes: list[Route] = field(default_factory=list)

    def ends(self, folded: tuple[str, ...], place: int = 0) -> Iterator[list[Route]]:
        """Yield the routes at each end that the rest of a path leads to."""
        if place == len(folded):
            yield self.routes
            return
        for following in (self.words.get(folded[place]), self.anything):
            if following is not None:
                yield from following.ends(folded, place + 1)


class Router:
    """Finds the route of a request; the template with the most literal segments wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Put the routes into one tree a method."""
        self._trees: dict[str, _Node] = {}
        self._types: dict[str, set[str]] = {}
        for route in routes:
            namespace, _, types = route.kind.casefold().partition("/")
            self._types.setdefault(namespace, set()).add(types.partition("/")[0])
            node = self._trees.setdefault(route.method, _Node())
            for part in route.segments:
                if part.startswith("{"):
                    node.anything = node.anything or _Node()
                    node = node.anything
                else:
                    node = node.words.setdefault(part.casefold(), _Node())
            node.routes.append(route)

    def find(self, request: Request) -> tuple[Route, dict[str, str], str]:
        """Return the route, the values of its names and the api-version.

        Raises:
            ArmError: 400 for the api-version, 404 for the path, 405 for the method.
        """
        path = request.raw_path
        # The official clients write an empty segment where a resource has no parent; Resource Manager skips it.
        raw = (path.replace("//", "/") if "//" in path else path).strip("/").split("/")
        parts = tuple(unquote(part) if "%" in part else part for part in raw)
        folded = tuple(part.casefold() for part in parts)
        version = _api_version(request)
        matching = self._matching(request.method, folded)
        for route in matching:
            if not route.answers or version in route.answers:
                return route, {name: parts[place] for place, name in route.names}, version
        if matching:
            known = {one for route in matching for one in route.answers}
            raise unknown_version(matching[0].kind, version, known)
        raise self._unknown(request, folded, version)

    def _matching(self, method: str, folded: tuple[str, ...]) -> list[Route]:
        tree = self._trees.get(method)
        found = [route for routes in tree.ends(folded) for route in routes] if tree else []
        if len(found) > 1:
            found.sort(key=lambda route: (len(route.names), not route.versions))
        return found

    def _unknown(self, request: Request, folded: tuple[str, ...], version: str) -> ArmError:
        allowed = [method for method in self._trees if self._matching(method, folded)]
        return (
            unknown_method(request.method, allowed) if allowed else unknown_address(request.path, version, self._types)
        )


def _api_version(request: Request) -> str:
    version = request.query.get("api-version", "")
    if not version:
        raise missing_version()
    if not _VERSION.match(version):
        raise malformed_version(version)
    return version
