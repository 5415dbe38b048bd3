"""Management locks, at every scope: `CanNotDelete` keeps from being deleted, `ReadOnly` from any change."""

from drd.sandbox.arm import fold
from drd.sandbox.body import object_at, objects_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.governance import CAN_NOT_DELETE, LOCK_TYPE, READ_ONLY, scope_of_lock
from drd.sandbox.paging import page
from drd.sandbox.resources.scopes import at_every_scope, require_scope
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

_LOCKS = "/providers/Microsoft.Authorization/locks"
_LOCK = _LOCKS + "/{lock}"


def build_lock(*, scope: str, name: str, level: str, notes: str = "") -> Resource:
    """Return a lock of a scope."""
    properties: JsonObject = {"level": level, **({"notes": notes} if notes else {})}
    return Resource(id=f"{scope}{_LOCKS}/{name}", type=LOCK_TYPE, location="", properties=properties)


def list_all(call: Call) -> Response:
    """List the locks at a scope and below it, and, with `$filter=atScope()`, those above instead of below."""
    scope = fold(require_scope(call, call.arm_id(drop=3)))
    is_at_scope = call.query.get("$filter", "").replace(" ", "").lower() == "atscope()"
    found = []
    for lock in call.world.store.each(LOCK_TYPE):
        locked = fold(scope_of_lock(lock.id))
        below, above = locked.startswith(scope + "/"), scope.startswith(locked + "/")
        if locked == scope or (above if is_at_scope else below):
            found.append(_wire(lock))
    return page(call, found)


def get(call: Call) -> Response:
    """Answer a lock."""
    lock = call.world.store.get(_id(call))
    if lock is None:
        raise ArmError(404, "LockNotFound", f"The lock '{call.params['lock']}' could not be found.")
    return answer(200, _wire(lock))


def put(call: Call) -> Response:
    """Lock a scope, or change its lock; it holds from the next request on."""
    scope = require_scope(call, call.arm_id(drop=4))
    level = text_at(call.body, "properties", "level")
    if level not in {CAN_NOT_DELETE, READ_ONLY}:
        raise bad_request(
            "LockLevelInvalid", f"The lock level '{level}' is invalid; it must be {CAN_NOT_DELETE} or {READ_ONLY}."
        )
    is_new = call.world.store.get(_id(call)) is None
    lock = build_lock(
        scope=scope,
        name=call.params["lock"],
        level=level,
        notes=text_at(call.body, "properties", "notes"),
    )
    owners = objects_at(object_at(call.body, "properties"), "owners")
    kept = call.keep(lock.with_properties(owners=owners) if owners else lock)
    call.effect("lock.write", id=kept.id, level=level)
    return answer(201 if is_new else 200, _wire(kept))


def delete(call: Call) -> Response:
    """Take a lock away; 204 when there is none."""
    if call.remove(_id(call)) is None:
        return answer(204)
    call.effect("lock.delete", id=_id(call))
    return answer(200)


def _id(call: Call) -> str:
    return call.arm_id().replace("//", "/")


def _wire(lock: Resource) -> JsonObject:
    return {"id": lock.id, "name": lock.name, "type": LOCK_TYPE, "properties": dict(lock.properties)}


ROUTES: tuple[Route, ...] = (
    *at_every_scope(_LOCKS, {"GET": list_all}, {"GET": f"{LOCK_TYPE}/read"}),
    *at_every_scope(
        _LOCK,
        {"GET": get, "PUT": put, "DELETE": delete},
        {"GET": f"{LOCK_TYPE}/read", "PUT": f"{LOCK_TYPE}/write", "DELETE": f"{LOCK_TYPE}/delete"},
    ),
)
