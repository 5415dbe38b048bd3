"""What the caller itself may at a scope: one entry for each role that it holds there."""

from drd.sandbox.arm import fold
from drd.sandbox.authorization.scopes import SCOPES, scope_in, template
from drd.sandbox.call import Call
from drd.sandbox.paging import page
from drd.sandbox.roles import RoleDefinition
from drd.sandbox.router import Route, no_region
from drd.sandbox.wire import JsonObject, Response


def list_all(call: Call) -> Response:
    """List what the caller may, role by role; what one takes back another may give."""
    held = call.world.roles.held(call.identity, fold(scope_in(call)))
    return page(call, [permission(one.role) for one in held])


def permission(role: RoleDefinition) -> JsonObject:
    """Return a role's patterns as the wire shows them."""
    return {
        "actions": list(role.actions),
        "notActions": list(role.not_actions),
        "dataActions": list(role.data_actions),
        "notDataActions": list(role.not_data_actions),
    }


ROUTES: tuple[Route, ...] = tuple(
    Route(
        method="GET",
        template=template(scope, "permissions"),
        handler=list_all,
        operation="Microsoft.Authorization/permissions/read",
        regions=no_region,
    )
    for scope in SCOPES
)
