"""Role assignments: who holds which role where. Writing them is a right of its own, which no role of drd's holds."""

import re
import uuid
from collections.abc import Callable

from drd.sandbox.arm import fold
from drd.sandbox.authorization.role_definition import definition_id
from drd.sandbox.authorization.scopes import SCOPES, scope_in, template
from drd.sandbox.body import text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request, conflict
from drd.sandbox.paging import page
from drd.sandbox.roles import Assignment, covers
from drd.sandbox.router import Route, no_region
from drd.sandbox.wire import JsonObject, Response, answer

TYPE = "Microsoft.Authorization/roleAssignments"
_FILTER = re.compile(r"(?:atScope\(\)|(principalId) eq '([^']*)'|(assignedTo)\('([^']*)'\))", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)


def get(call: Call) -> Response:
    """Answer an assignment."""
    return answer(200, _wire(call, _require(call)))


def list_all(call: Call) -> Response:
    """List what counts at a scope and what is given below it; `atScope()` leaves out what is below."""
    text = call.query.get("$filter", "").strip()
    parts = [_FILTER.fullmatch(part) for part in _AND.split(text)] if text else []
    if any(part is None for part in parts):
        raise bad_request("BadRequestFormat", f"The filter '{text}' is not supported.")
    wanted = {value.casefold() for part in parts if part for value in (part.group(2), part.group(4)) if value}
    inside = fold(scope_in(call))
    only_here = any(part is not None and "atscope" in part.group(0).casefold() for part in parts)
    found = [
        one
        for one in call.world.roles.assignments.values()
        if (covers(one.key, inside) or (not only_here and covers(inside, one.key)))
        and (not wanted or _principal(call, one).casefold() in wanted)
    ]
    return page(call, [_wire(call, one) for one in found])


def put(call: Call) -> Response:
    """Give an identity a role."""
    name = call.params["assignment"].lower()
    try:
        uuid.UUID(name)
    except ValueError as error:
        message = f"The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."
        raise bad_request("InvalidRoleAssignmentId", message) from error
    role_id = text_at(call.body, "properties", "roleDefinitionId").rsplit("/", 1)[-1].lower()
    role = call.world.roles.definitions.get(role_id)
    if role is None:
        message = f"The specified role definition with ID '{role_id}' does not exist."
        raise bad_request("RoleDefinitionDoesNotExist", message)
    principal = text_at(call.body, "properties", "principalId")
    identity = call.world.identities.of_object(principal)
    if identity is None:
        raise bad_request("PrincipalNotFound", f"Principal {principal} does not exist in the directory.")
    scope = fold(scope_in(call))
    same = [
        one
        for one in call.world.roles.assignments.values()
        if (one.identity, one.role.id, one.key) == (identity.name, role.id, scope)
    ]
    if same:
        raise conflict("RoleAssignmentExists", f"The role assignment already exists. The ID is {same[0].id}.")
    given = call.world.roles.assign(identity.name, role, scope_in(call), id=name)
    call.effect("role.assign", identity=identity.name, role=role.name, scope=given.scope)
    return answer(201, _wire(call, given))


def delete(call: Call) -> Response:
    """Take a role back; what is not there answers 204."""
    withdrawn = call.world.roles.withdraw(call.params["assignment"].lower())
    if withdrawn is None:
        return answer(204)
    call.effect("role.withdraw", identity=withdrawn.identity, role=withdrawn.role.name, scope=withdrawn.scope)
    return answer(200, _wire(call, withdrawn))


def _require(call: Call) -> Assignment:
    found = call.world.roles.assignments.get(call.params["assignment"].lower())
    if found is None:
        message = f"The role assignment '{call.params['assignment']}' is not found."
        raise ArmError(404, "RoleAssignmentNotFound", message)
    return found


def _principal(call: Call, one: Assignment) -> str:
    known = call.world.identities.known.get(one.identity)
    return known.object_id if known else one.identity


def _wire(call: Call, one: Assignment) -> JsonObject:
    return {
        "properties": {
            "roleDefinitionId": definition_id(call, one.role),
            "principalId": _principal(call, one),
            "principalType": "ServicePrincipal",
            "scope": one.scope or "/",
            "condition": None,
            "conditionVersion": None,
        },
        "id": f"{one.scope}/providers/{TYPE}/{one.id}",
        "type": TYPE,
        "name": one.id,
    }


_ONE: tuple[tuple[str, Callable[[Call], Response], str], ...] = (
    ("GET", get, f"{TYPE}/read"),
    ("PUT", put, f"{TYPE}/write"),
    ("DELETE", delete, f"{TYPE}/delete"),
)

ROUTES: tuple[Route, ...] = (
    *(
        Route(
            method="GET",
            template=template(scope, "roleAssignments"),
            handler=list_all,
            operation=f"{TYPE}/read",
            regions=no_region,
        )
        for scope in SCOPES
    ),
    *(
        Route(
            method=method,
            template=template(scope, "roleAssignments", "assignment"),
            handler=handler,
            operation=operation,
            regions=no_region,
        )
        for scope in SCOPES
        for method, handler, operation in _ONE
    ),
)
