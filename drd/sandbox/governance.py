"""What a subscription forbids whoever may call: namespaces that are not registered, and scopes that are locked."""

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import conflict
from drd.sandbox.router import Route

LOCK_TYPE = "Microsoft.Authorization/locks"
REGISTRATION_TYPE = "Microsoft.Resources/providers"
CAN_NOT_DELETE, READ_ONLY = "CanNotDelete", "ReadOnly"
_READS = {"GET", "HEAD"}
_LOCKED_BY = {"delete": {CAN_NOT_DELETE, READ_ONLY}, "write": {READ_ONLY}}
_ALWAYS = ("microsoft.resources/", "microsoft.authorization/")


def check_governance(call: Call, route: Route) -> None:
    """Let a call through that its subscription allows.

    Raises:
        ArmError: 409 `MissingSubscriptionRegistration` or `ScopeLocked`.
    """
    operation = route.operation.casefold()
    if "subscription" in call.params and not operation.startswith(_ALWAYS):
        _check_registration(call, route.operation.partition("/")[0])
    if call.request.method in _READS or operation.endswith("/read"):
        return
    if not operation.startswith(fold(LOCK_TYPE) + "/"):
        _check_locks(call)


def registration_id(subscription: str, namespace: str) -> str:
    """Return the id under which a namespace's registration is kept, where it is not simply registered."""
    return f"/subscriptions/{subscription}/providers/{namespace}"


def scope_of_lock(lock_id: str) -> str:
    """Return the id of what a lock locks."""
    return lock_id[: lock_id.casefold().rindex("/providers/microsoft.authorization/locks")]


def _check_registration(call: Call, namespace: str) -> None:
    kept = call.world.store.get(registration_id(call.subscription, namespace))
    if kept is not None and kept.properties.get("registrationState") not in {"Registered", "Unregistering"}:
        raise conflict(
            "MissingSubscriptionRegistration",
            f"The subscription is not registered to use namespace '{namespace}'. "
            "See https://aka.ms/rps-not-found for how to register subscriptions.",
        )


def _check_locks(call: Call) -> None:
    verb = "delete" if call.request.method == "DELETE" else "write"
    path = fold(call.request.path)
    locked = []
    for lock in call.world.store.each(LOCK_TYPE):
        scope = scope_of_lock(lock.id)
        folded = fold(scope)
        above = path == folded or path.startswith(folded + "/")
        below = verb == "delete" and folded.startswith(path + "/")
        if (above or below) and lock.properties["level"] in _LOCKED_BY[verb]:
            locked.append(scope)
    if locked:
        named = "', '".join(dict.fromkeys(locked))
        raise conflict(
            "ScopeLocked",
            f"The scope '{call.request.path}' cannot perform {verb} operation because following scope(s) are locked: "
            f"'{named}'. Please remove the lock and try again.",
        )
