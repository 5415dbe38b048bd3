"""Whether a caller may: its right to the operation, and to what the request's body joins or uses elsewhere.

Azure asks in this order: token, subscription, right, and only then whether the resource exists; a caller without the
right learns nothing of what is there.
"""

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.linked import linked_rights
from drd.sandbox.router import Route
from drd.sandbox.throttling import Asking
from drd.sandbox.world import AZURE


def count(call: Call, route: Route) -> None:
    """Count a call against its caller's limits; what is left goes into the answer's headers.

    Raises:
        ArmError: 429, a limit is reached.
    """
    if call.identity == AZURE:
        return
    asking = Asking(
        at=call.now,
        method=call.request.method,
        path=call.request.path,
        template=route.template,
        operation=route.operation,
        subscription=call.params.get("subscription", ""),
        actor=_ids(call)[1],
        region=call.params.get("location", "").casefold(),
    )
    call.remaining.update(call.world.throttling.charge(asking))


def check_access(call: Call, route: Route) -> None:
    """Let a call pass whose caller holds its operation.

    Raises:
        ArmError: 403 `AuthorizationFailed` or `LinkedAuthorizationFailed`.
    """
    if "subscription" not in call.params or call.identity == AZURE:
        return
    scope = scope_of(call.arm_id())
    require_right(call, route.operation, scope)
    if call.body:
        _check_linked(call, route.operation, scope)


def require_right(call: Call, operation: str, scope: str) -> None:
    """Let a caller pass who holds an operation at a scope.

    Raises:
        ArmError: 403 `AuthorizationFailed`.
    """
    if call.world.roles.may(call.identity, operation, fold(scope)):
        return
    client, holder = _ids(call)
    raise ArmError(
        403,
        "AuthorizationFailed",
        f"The client '{client}' with object id '{holder}' does not have authorization to perform action "
        f"'{operation}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh "
        "your credentials.",
    )


def scope_of(path: str) -> str:
    """Return the scope that a path is checked at: the resource, or what a list or an action belongs to."""
    parts = path.split("/")
    folded = [part.casefold() for part in parts]
    begin = len(folded) - folded[::-1].index("providers") if "providers" in folded else -1
    if begin < 0:
        return path if len(parts) % 2 else "/".join(parts[:-1])
    rest = len(parts) - begin - 1
    return path if rest % 2 == 0 else "/".join(parts[:-1])


def _check_linked(call: Call, operation: str, scope: str) -> None:
    may = call.world.roles.may
    missing = [
        (right, linked)
        for right, linked in linked_rights(operation, call.body)
        if not may(call.identity, right, fold(linked))
    ]
    if not missing:
        return
    client, holder = _ids(call)
    rights, scopes = (",".join(part) for part in zip(*missing, strict=True))
    raise ArmError(
        403,
        "LinkedAuthorizationFailed",
        f"The client '{client}' with object id '{holder}' has permission to perform action '{operation}' on scope "
        f"'{scope}'; however, it does not have permission to perform action(s) '{rights}' on the linked scope(s) "
        f"'{scopes}' (respectively) or the linked scope(s) are invalid.",
    )


def _ids(call: Call) -> tuple[str, str]:
    known = call.world.identities.known.get(call.identity)
    return (known.client_id, known.object_id) if known else (call.identity, call.identity)
