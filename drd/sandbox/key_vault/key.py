"""Keys as Resource Manager shows them: whether they are enabled and until when, never the key itself."""

from datetime import datetime, timedelta

from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError
from drd.sandbox.key_vault.vault import VAULT, vault_in_path
from drd.sandbox.paging import page
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import JsonObject, Response, answer

KEY_TYPE = "Microsoft.KeyVault/vaults/keys"
_KEY = VAULT + "/keys/{key}"
_READ = "Microsoft.KeyVault/vaults/keys/read"
_VERSION = "5d1f2c0a9b6e4f7e8c3d2b1a09f8e7d6"


def build_key(vault: Resource, name: str, *, made_at: datetime, expires_at: datetime | None = None) -> Resource:
    """Return a key of one version, for ever or until an instant."""
    place = f"{vault.properties['vaultUri']}keys/{name}"
    recoverable = "Recoverable" if vault.properties.get("enablePurgeProtection") else "Recoverable+Purgeable"
    attributes: JsonObject = {
        "enabled": True,
        "created": _seconds(made_at),
        "updated": _seconds(made_at),
        "recoveryLevel": recoverable,
        "exportable": False,
    }
    if expires_at is not None:
        attributes["exp"] = _seconds(expires_at)
    return Resource(
        id=f"{vault.id}/keys/{name}",
        type=KEY_TYPE,
        location=vault.location,
        properties={
            "attributes": attributes,
            "kty": "RSA",
            "keyOps": ["wrapKey", "unwrapKey"],
            "keySize": 3072,
            "keyUri": place,
            "keyUriWithVersion": f"{place}/{_VERSION}",
        },
    )


def get(call: Call) -> Response:
    """Answer a key, by its newest version."""
    return answer(200, _body(call, _key_in_path(call)))


def get_version(call: Call) -> Response:
    """Answer one version of a key.

    Raises:
        ArmError: 404, there is no such version.
    """
    key = _key_in_path(call)
    if call.params["version"] != _VERSION:
        raise ArmError(404, "KeyNotFound", f"A key with (name/id) {key.name}/{call.params['version']} was not found.")
    body = _body(call, key)
    place = f"{key.id}/versions/{_VERSION}"
    return answer(200, {**body, "id": place, "name": _VERSION, "type": f"{KEY_TYPE}/versions"})


def list_keys(call: Call) -> Response:
    """List a vault's keys."""
    found = call.world.store.each(KEY_TYPE, under=vault_in_path(call).id)
    return page(call, [_body(call, one) for one in found if not _struck(call, one, "key-deleted")])


def _key_in_path(call: Call) -> Resource:
    vault_in_path(call)
    key = call.world.store.get(_KEY.format(**call.params))
    if key is None or _struck(call, key, "key-deleted"):
        raise ArmError(
            404, "KeyNotFound", f"A key with (name/id) {call.params['key']} was not found in this key vault."
        )
    return key


def _struck(call: Call, key: Resource, kind: str) -> bool:
    faults = call.world.faults
    return faults.has(kind) and bool(faults.condition(kind, target=key.id, region=key.location, at=call.now))


def _body(call: Call, key: Resource) -> JsonObject:
    wire = key.wire()
    attributes = dict(key.properties["attributes"])
    if _struck(call, key, "key-disabled"):
        attributes["enabled"] = False
    if _struck(call, key, "key-expired"):
        attributes["exp"] = _seconds(call.now - timedelta(hours=1))
    return {**wire, "properties": {**key.properties, "attributes": attributes}}


def _seconds(instant: datetime) -> int:
    """Write an instant as keys have it: whole seconds since 1970."""
    return int(instant.timestamp())


ROUTES: tuple[Route, ...] = (
    Route(method="GET", template=VAULT + "/keys", handler=list_keys, operation=_READ),
    Route(method="GET", template=_KEY, handler=get, operation=_READ),
    Route(
        method="GET",
        template=_KEY + "/versions/{version}",
        handler=get_version,
        operation="Microsoft.KeyVault/vaults/keys/versions/read",
    ),
)
