"""Routes: method and path template, api-versions, handler, and the regions that must be up to answer."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True, kw_only=True)
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

    @property
    def segments(self) -> tuple[str, ...]:
        """Return the template's segments."""
        return tuple(self.template.strip("/").split("/"))

    def match(self, parts: tuple[str, ...]) -> dict[str, str] | None:
        """Return the values of the template's names, or None when the path is another."""
        params: dict[str, str] = {}
        for wanted, found in zip(self.segments, parts, strict=True):
            if wanted.startswith("{"):
                params[wanted[1:-1]] = found
            elif wanted.casefold() != found.casefold():
                return None
        return params


class Router:
    """Finds the route of a request; the template with the most literal segments wins."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """Sort the routes by method and length."""
        self._routes: dict[tuple[str, int], list[Route]] = {}
        for route in routes:
            self._routes.setdefault((route.method, len(route.segments)), []).append(route)
        for same_length in self._routes.values():
            same_length.sort(key=lambda route: (_names(route), not route.versions))

    def find(self, request: Request) -> tuple[Route, dict[str, str], str]:
        """Return the route, the values of its names and the api-version.

        Raises:
            ArmError: 400 for the api-version, 404 for the path, 405 for the method.
        """
        parts = tuple(unquote(part) for part in request.raw_path.strip("/").split("/"))
        version = _api_version(request)
        matching = [
            (route, params)
            for route in self._routes.get((request.method, len(parts)), [])
            if (params := route.match(parts)) is not None
        ]
        for route, params in matching:
            if not route.versions or version in route.versions:
                return route, params, version
        if matching:
            supported = sorted({known for route, _ in matching for known in route.versions})
            raise bad_request(
                "NoRegisteredProviderFound",
                f"No registered resource provider found for API version '{version}'. "
                f"The supported api-versions are '{', '.join(supported)}'.",
            )
        raise self._unknown(request, parts)

    def _unknown(self, request: Request, parts: tuple[str, ...]) -> ArmError:
        for (_, length), routes in self._routes.items():
            if length == len(parts) and any(route.match(parts) is not None for route in routes):
                return ArmError(
                    405, "MethodNotAllowed", f"The HTTP method '{request.method}' is not supported for this resource."
                )
        return ArmError(404, "NotFound", f"No HTTP resource was found that matches the request URI '{request.path}'.")


def _names(route: Route) -> int:
    return sum(segment.startswith("{") for segment in route.segments)


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
