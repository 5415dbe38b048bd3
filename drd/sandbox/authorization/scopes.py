"""Where roles may be asked about: a subscription, a group, and resources down to the deepest type that is modelled."""

from drd.sandbox.call import Call

_PROVIDER = "providers/Microsoft.Authorization"
_DEEPEST = 4

SCOPES: tuple[str, ...] = (
    "/subscriptions/{subscription}",
    "/subscriptions/{subscription}/resourceGroups/{group}",
    *(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}"
        + "".join(f"/{{type{level}}}/{{name{level}}}" for level in range(1, depth + 1))
        for depth in range(1, _DEEPEST + 1)
    ),
)
"""The templates of the scopes, the widest first."""


def template(scope: str, kind: str, name: str = "") -> str:
    """Return the template of a type at a scope."""
    return f"{scope}/{_PROVIDER}/{kind}" + (f"/{{{name}}}" if name else "")


def scope_in(call: Call) -> str:
    """Return the scope that a call's path asks about."""
    path = call.request.path
    return path[: path.casefold().rindex("/providers/microsoft.authorization")]
