"""Addresses that may follow any scope: a subscription, a group, a resource, or what lies in a resource."""

from collections.abc import Iterator, Mapping

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.router import Handler, Route, no_region

_SUBSCRIPTION = "/subscriptions/{subscription}"
_GROUP = _SUBSCRIPTION + "/resourceGroups/{group}"
_RESOURCE = _GROUP + "/providers/{namespace}/{kind}/{resource}"
SCOPES = (
    _SUBSCRIPTION,
    _GROUP,
    _RESOURCE,
    _RESOURCE + "/{kind2}/{resource2}",
    _RESOURCE + "/{kind2}/{resource2}/{kind3}/{resource3}",
)
"""The templates of scopes, widest first."""


def at_every_scope(suffix: str, handlers: Mapping[str, Handler], operations: Mapping[str, str]) -> Iterator[Route]:
    """Yield the routes of an address at every scope, by method."""
    for scope in SCOPES:
        for method, handler in handlers.items():
            yield Route(
                method=method,
                template=scope + suffix,
                handler=handler,
                operation=operations[method],
                regions=no_region,
            )


def require_scope(call: Call, scope: str) -> str:
    """Return a scope's id as it is kept.

    Raises:
        ArmError: 404, there is no such resource. Unknown subscriptions and groups never come so far.
    """
    # The clients write an empty parent as two slashes.
    scope = scope.replace("//", "/")
    parts = scope.strip("/").split("/")
    if "providers" not in [fold(part) for part in parts]:
        return scope
    found = call.world.store.get(scope)
    if found is None:
        raise ArmError(404, "ResourceNotFound", f"The Resource '{'/'.join(parts[5:])}' was not found.")
    return found.id
