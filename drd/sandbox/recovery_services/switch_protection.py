"""Turning the direction of replication round, and ending it.

Recorded for Azure to Azure: `switchprotection` on the container that the item lies in. The API also has an input of
this provider for the item's own `reProtect`; when that one applies was never seen, so it is offered as the same thing.
"""

from typing import Any

from drd.sandbox.arm import fold
from drd.sandbox.call import Call
from drd.sandbox.errors import ArmError, bad_request
from drd.sandbox.recovery_services import addresses
from drd.sandbox.recovery_services.failover import carry_out, check_provider
from drd.sandbox.recovery_services.moving import Order, check_allowed
from drd.sandbox.recovery_services.regions_needed import vault_in_path, vault_region
from drd.sandbox.recovery_services.replicated import item_in_path, replicated, reversed_id
from drd.sandbox.router import Route
from drd.sandbox.state import Resource
from drd.sandbox.wire import Response

_CONTAINER = addresses.REPLICATED_ITEM.removesuffix("/replicationProtectedItems/{item}")


def switch_protection(call: Call) -> Response:
    """Let a committed item replicate back: it will live under the other fabric, with the same name."""
    vault_in_path(call)
    asked: dict[str, Any] = call.body.get("properties") or {}
    container = call.world.store.get(_CONTAINER.format(**call.params))
    if container is None:
        message = f"The protection container '{call.params['container']}' was not found in this vault."
        raise ArmError(404, "ProtectionContainerNotFound", message)
    name = str(asked.get("replicationProtectedItemName") or "")
    item = call.world.store.get(f"{container.id}/replicationProtectedItems/{name}") if name else None
    if item is None:
        message = f"The replication protected item '{name}' was not found in the container '{container.name}'."
        raise ArmError(404 if name else 400, "ReplicationProtectedItemNotFound", message)
    check_allowed(item, "switchProtection")
    details = asked.get("providerSpecificDetails") or {}
    check_provider(details)
    _check_details(item, details)
    return carry_out(call, item, Order(verb="switchProtection"), own=container)


def reprotect(call: Call) -> Response:
    """Do the same, sent to the item itself."""
    item = item_in_path(call)
    check_allowed(item, "switchProtection")
    details = (call.body.get("properties") or {}).get("providerSpecificDetails") or {}
    check_provider(details)
    _check_details(item, details)
    return carry_out(call, item, Order(verb="switchProtection"))


def disable_protection(call: Call) -> Response:
    """End the replication; the machines of both sides stay."""
    item = item_in_path(call)
    check_allowed(item, "disableProtection")
    return carry_out(call, item, Order(verb="disableProtection"))


def _check_details(item: Resource, details: dict[str, Any]) -> None:
    """Hold what the caller names against where the item will go.

    Raises:
        ArmError: 400, the container or the group is another one than the item's own.
    """
    target = reversed_id(item)
    wanted = str(details.get("recoveryContainerId") or "")
    # What replicates from the other fabric goes to the container in which it is now.
    here = item.id.rsplit("/replicationProtectedItems/", 1)[0]
    if wanted and fold(wanted) != fold(here):
        message = f"The recovery container '{wanted}' is not paired with that of '{target}'."
        raise bad_request("RecoveryContainerMismatch", message)
    group = str(details.get("recoveryResourceGroupId") or "")
    if group and fold(group) != fold(replicated(item).home.group_id):
        raise bad_request("RecoveryResourceGroupNotFound", f"The resource group '{group}' cannot take '{item.name}'.")


ROUTES = (
    Route(
        method="POST",
        template=_CONTAINER.removesuffix("/replicationProtectedItems") + "/switchprotection",
        handler=switch_protection,
        operation=f"{addresses.CONTAINER_TYPE}/switchprotection/action",
        regions=vault_region,
    ),
    Route(
        method="POST",
        template=addresses.REPLICATED_ITEM + "/reProtect",
        handler=reprotect,
        operation=f"{addresses.REPLICATED_ITEM_TYPE}/reProtect/action",
        regions=vault_region,
    ),
    Route(
        method="POST",
        template=addresses.REPLICATED_ITEM + "/remove",
        handler=disable_protection,
        operation=f"{addresses.REPLICATED_ITEM_TYPE}/remove/action",
        regions=vault_region,
    ),
    Route(
        method="DELETE",
        template=addresses.REPLICATED_ITEM,
        handler=disable_protection,
        operation=f"{addresses.REPLICATED_ITEM_TYPE}/delete",
        regions=vault_region,
    ),
)
"""The POSTs that turn or end a protection."""
