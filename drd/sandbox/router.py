"""Routes: method and path template, api-versions, handler, and the regions that must be up to answer."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
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
    for the journal and for faults. `versions` lists the only api-versions that this route answers, empty for all; of
    two routes with one template the one that lists the version wins. `regions` says which regions must be up; None
    means: the region of the nearest resource in the path or of a PUT's body, and for a change also the group's.
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
        for route in routes:
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
        raw = request.raw_path.strip("/").split("/")
        parts = tuple(unquote(part) if "%" in part else part for part in raw)
        folded = tuple(part.casefold() for part in parts)
        version = _api_version(request)
        matching = self._matching(request.method, folded)
        for route in matching:
            if not route.versions or version in route.versions:
                return route, {name: parts[place] for place, name in route.names}, version
        if matching:
            supported = sorted({known for route in matching for known in route.versions})
            raise bad_request(
                "NoRegisteredProviderFound",
                f"No registered resource provider found for API version '{version}'. "
                f"The supported api-versions are '{', '.join(supported)}'.",
            )
        raise self._unknown(request, folded)

    def _matching(self, method: str, folded: tuple[str, ...]) -> list[Route]:
        tree = self._trees.get(method)
        found = [route for routes in tree.ends(folded) for route in routes] if tree else []
        if len(found) > 1:
            found.sort(key=lambda route: (len(route.names), not route.versions))
        return found

    def _unknown(self, request: Request, folded: tuple[str, ...]) -> ArmError:
        if any(self._matching(method, folded) for method in self._trees):
            return ArmError(
                405, "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported for this resource."
            )
        return ArmError(404, "NotFound", f"No HTTP resource was found that matches the request URI '{request.path}'.")


def _api_version(request: Request) -> str:
    version = request.query.get("api-version", "")
    if not version:
        raise bad_request(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    if not _VERSION.match(version):
        raise bad_request("InvalidApiVersionParameter", f"The api-version '{version}' is invalid.")
    return version
