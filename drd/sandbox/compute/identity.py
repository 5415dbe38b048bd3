"""The managed identity of a machine: Azure answers with the principals behind what was asked for."""

import uuid

from drd.sandbox.body import object_at, text_at
from drd.sandbox.call import Call
from drd.sandbox.identities import TENANT
from drd.sandbox.wire import JsonObject


def identity_of(call: Call) -> JsonObject:
    """Return the member `identity` that answers hold, or nothing when the body asks for none."""
    asked = object_at(call.body, "identity")
    if not asked:
        return {}
    kind = text_at(asked, "type")
    found: JsonObject = {"type": kind}
    if "SystemAssigned" in kind:
        found |= {"principalId": _principal(call.arm_id()), "tenantId": TENANT}
    users = object_at(asked, "userAssignedIdentities")
    if users:
        found["userAssignedIdentities"] = {
            one: {"principalId": _principal(one), "clientId": _principal(one + "#client")} for one in users
        }
    return {"identity": found}


def _principal(of: str) -> str:
    """Return a principal that is always the same for the same resource."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, of.casefold()))
