"""Resource guards: multi-user authorisation, which wants a second person's token for what could do harm."""

from drd.sandbox.call import Call
from drd.sandbox.clock import instant_text
from drd.sandbox.errors import ArmError
from drd.sandbox.paging import page
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer
from drd.sandbox.world import AZURE, World

_PROXY = "VaultProxy"
_TYPE = addresses.VAULT_TYPE + "/backupResourceGuardProxies"
_GUARDED = "Microsoft.DataProtection/resourceGuards"
_REQUESTS = (
    "deleteResourceGuardProxyRequests",
    "disableSoftDeleteRequests",
    "deleteProtectedItemRequests",
    "triggerRestoreRequests",
)
"""What a guard watches over: the requests on it that a second person's token has to cover."""


def attach_guard(world: World, vault: Resource, guard_id: str) -> Resource:
    """Attach a resource guard to a vault: its posture says so, and restores want a second token."""
    security = {**vault.properties.get("securitySettings", {}), "multiUserAuthorization": "Enabled"}
    changed = vault.with_properties(securitySettings=security).with_hidden(guard=guard_id)
    return world.store.put(changed, at=world.now(), by=AZURE)


def list_proxies(call: Call) -> Response:
    """List the resource guards that are attached to the vault: none, or one."""
    vault = vault_in_path(call)
    return page(call, [_proxy(vault)] if "guard" in vault.hidden else [])


def get_proxy(call: Call) -> Response:
    """Answer the resource guard that is attached to the vault.

    Raises:
        ArmError: 404, there is none of that name.
    """
    vault = vault_in_path(call)
    if "guard" not in vault.hidden or call.params["proxy"].lower() != _PROXY.lower():
        message = f"The resource guard proxy '{call.params['proxy']}' was not found in vault '{vault.name}'."
        raise ArmError(404, "BMSUserErrorObjectNotFound", message)
    return answer(200, _proxy(vault))


def _proxy(vault: Resource) -> JsonObject:
    guard = str(vault.hidden["guard"])
    properties = {
        "resourceGuardResourceId": guard,
        "resourceGuardOperationDetails": [
            {
                "vaultCriticalOperation": f"{_GUARDED}/{request}",
                "defaultResourceRequest": f"{guard}/{request}/default",
            }
            for request in _REQUESTS
        ],
        "lastUpdatedTime": instant_text(vault.created_at) if vault.created_at else "",
        "description": "Restores and deletions want a second person.",
    }
    return {
        "id": f"{vault.id}/backupResourceGuardProxies/{_PROXY}",
        "name": _PROXY,
        "type": _TYPE,
        "properties": properties,
    }


def guard_refusal(call: Call, vault: Resource, body: JsonObject) -> ArmError | None:
    """Return why an attached resource guard keeps a restore back, or None when none is attached or it agrees."""
    if "guard" not in vault.hidden:
        return None
    if not body.get("resourceGuardOperationRequests"):
        message = f"Vault '{vault.name}' has a resource guard: the request must name resourceGuardOperationRequests."
        return ArmError(400, "UserErrorResourceGuardOperationRequestsMissing", message)
    if not call.request.headers.get("x-ms-authorization-auxiliary"):
        message = (
            "The client has permission to perform the restore, however a token with permission on the linked scope "
            f"'{vault.hidden['guard']}' is missing from x-ms-authorization-auxiliary."
        )
        return ArmError(403, "LinkedAuthorizationFailed", message)
    return None


ROUTES = tuple(
    Route(
        method="GET",
        template=addresses.VAULT + path,
        handler=handler,
        operation=_TYPE + "/read",
        regions=vault_region,
    )
    for path, handler in (
        ("/backupResourceGuardProxies", list_proxies),
        ("/backupResourceGuardProxies/{proxy}", get_proxy),
    )
)
"""What a vault tells of its resource guard."""
