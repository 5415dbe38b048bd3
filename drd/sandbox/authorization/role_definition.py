"""Role definitions: what each role allows. They can be read; an estate's file says which there are."""

import re

from drd.sandbox.authorization.permission import permission
from drd.sandbox.authorization.scopes import SCOPES, template
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.paging import page
from drd.sandbox.roles import RoleDefinition
from drd.sandbox.router import Route, no_region
from drd.sandbox.wire import JsonObject, Response, answer

TYPE = "Microsoft.Authorization/roleDefinitions"
_READ = f"{TYPE}/read"
_FILTER = re.compile(r"(roleName|type) eq '([^']*)'|atScopeAndBelow\(\)", re.IGNORECASE)


def get(call: Call) -> Response:
    """Answer a definition."""
    found = call.world.roles.definitions.get(call.params["definition"].lower())
    if found is None:
        message = f"The specified role definition with ID '{call.params['definition']}' does not exist."
        raise ArmError(404, "RoleDefinitionDoesNotExist", message)
    return answer(200, _wire(call, found))


def list_all(call: Call) -> Response:
    """List the definitions, narrowed by name or kind."""
    text = call.query.get("$filter", "").strip()
    wanted = _FILTER.fullmatch(text) if text else None
    if text and wanted is None:
        raise bad_request("BadRequestFormat", f"The filter '{text}' is not supported.")
    field, value = (wanted.group(1), wanted.group(2)) if wanted and wanted.group(1) else ("", "")
    definitions = call.world.roles.definitions.values()
    return page(call, [_wire(call, one) for one in definitions if not field or _agrees(one, field, value)])


def definition_id(call: Call, role: RoleDefinition) -> str:
    """Return a definition's id; Azure's own belong to no subscription but are shown in the caller's."""
    return f"/subscriptions/{call.subscription}/providers/{TYPE}/{role.id}"


def _agrees(role: RoleDefinition, field: str, value: str) -> bool:
    found = role.name if field.casefold() == "rolename" else _kind(role)
    return found.casefold() == value.casefold()


def _kind(role: RoleDefinition) -> str:
    return "CustomRole" if role.is_custom else "BuiltInRole"


def _wire(call: Call, role: RoleDefinition) -> JsonObject:
    inside = f"/subscriptions/{call.subscription}"
    return {
        "properties": {
            "roleName": role.name,
            "type": _kind(role),
            "description": role.description,
            "assignableScopes": list(role.assignable_scopes) if not role.is_custom else [inside],
            "permissions": [permission(role)],
        },
        "id": definition_id(call, role),
        "type": TYPE,
        "name": role.id,
    }


ROUTES: tuple[Route, ...] = tuple(
    Route(method="GET", template=shape, handler=handler, operation=_READ, regions=no_region)
    for scope in SCOPES
    for shape, handler in (
        (template(scope, "roleDefinitions"), list_all),
        (template(scope, "roleDefinitions", "definition"), get),
    )
)
