"""Tags, locks, registrations, lists and subscriptions through Azure's own clients."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.mgmt.resource.locks.aio import ManagementLockClient
from azure.mgmt.resource.subscriptions.aio import SubscriptionClient

from tests.contract.sandbox.clients import body_of, client_of
from tests.contract.sandbox.conftest import ROOT, SUBSCRIPTION
from tests.contract.sandbox.examples import missing

pytestmark = pytest.mark.anyio

GROUP = "rg-netwerk-neu"
MACHINE = f"{ROOT}/{GROUP}/providers/Microsoft.Compute/virtualMachines/vm-vpn-neu"


async def tagged(azure: Any, scope: str, operation: str, **tags: str) -> dict[str, str]:
    """Change the tags of a scope and give what it has then."""
    body = {"operation": operation, "properties": {"tags": tags}}
    await (await azure.resources.tags.begin_update_at_scope(scope, body)).result()
    return dict((await azure.resources.tags.get_at_scope(scope)).properties.tags or {})


@pytest.mark.parametrize("scope", [f"/subscriptions/{SUBSCRIPTION}", f"{ROOT}/{GROUP}", MACHINE])
async def test_tags_are_kept_at_every_scope(azure: Any, scope: str) -> None:
    """Merged, replaced, taken away one by one, and all at once."""
    scope = scope.lstrip("/")
    before = dict((await azure.resources.tags.get_at_scope(scope)).properties.tags or {})
    assert await tagged(azure, scope, "Merge", a="1", b="2") == {**before, "a": "1", "b": "2"}
    assert await tagged(azure, scope, "Delete", a="1") == {**before, "b": "2"}
    assert await tagged(azure, scope, "Replace", c="3") == {"c": "3"}
    shown = await body_of(azure, f"/{scope}/providers/Microsoft.Resources/tags/default", "2024-07-01")
    assert missing(shown, "resources", "GetTagsResource") == []
    await (await azure.resources.tags.begin_delete_at_scope(scope)).result()
    assert not (await azure.resources.tags.get_at_scope(scope)).properties.tags


async def test_a_lock_keeps_what_lies_below_it_from_being_deleted(azure: Any) -> None:
    """And the group above it; a read-only lock keeps from any change, and only the lock itself may go."""
    locks = client_of(azure, ManagementLockClient).management_locks
    body = {"properties": {"level": "CanNotDelete", "notes": "blijft"}}
    made = await locks.create_or_update_at_resource_level(
        GROUP, "Microsoft.Compute", "", "virtualMachines", "vm-vpn-neu", "slot", body
    )
    assert (made.level, made.notes) == ("CanNotDelete", "blijft")
    for ask in (
        azure.compute.virtual_machines.begin_delete(GROUP, "vm-vpn-neu"),
        azure.resources.resource_groups.begin_delete(GROUP),
    ):
        with pytest.raises(HttpResponseError) as refusal:
            await ask
        assert (refusal.value.status_code, refusal.value.error.code) == (409, "ScopeLocked")
    await (await azure.compute.virtual_machines.begin_restart(GROUP, "vm-vpn-neu")).result()

    await locks.create_or_update_at_resource_group_level(GROUP, "stil", {"properties": {"level": "ReadOnly"}})
    with pytest.raises(HttpResponseError, match="cannot perform write operation"):
        await azure.compute.virtual_machines.begin_deallocate(GROUP, "vm-vpn-neu")
    assert len([one async for one in locks.list_at_resource_group_level(GROUP)]) == 2
    assert len([one async for one in locks.list_at_subscription_level()]) == 2
    await locks.delete_at_resource_group_level(GROUP, "stil")
    with pytest.raises(ResourceNotFoundError):
        await locks.get_at_resource_group_level(GROUP, "stil")
    await azure.resources.resource_groups.update(GROUP, {"tags": {"a": "b"}})


async def test_a_namespace_that_is_not_registered_cannot_be_used(azure: Any) -> None:
    """Registering takes a while; what has resources cannot be unregistered."""
    providers = azure.resources.providers
    name = "Microsoft.ManagedIdentity"
    with pytest.raises(HttpResponseError, match="still has resources"):
        await providers.unregister("Microsoft.Compute")
    assert (await providers.unregister(name)).registration_state == "Unregistering"
    await azure.time.sleep(61)
    assert (await providers.get(name)).registration_state == "NotRegistered"
    assert (await providers.register(name)).registration_state == "Registering"
    await azure.time.sleep(61)
    assert (await providers.get(name)).registration_state == "Registered"
    shown = await body_of(azure, f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Storage", "2025-04-01")
    assert missing(shown, "resources", "GetNamedProviderAtTenant") == []


async def test_calls_of_an_unregistered_namespace_are_refused(azure: Any) -> None:
    """Whatever they ask. The clients would register it by themselves and wait, so that the wire is asked here."""
    world = azure.sandbox.world
    for kind in ("applicationGroups", "hostPools", "workspaces", "scalingPlans"):
        for one in list(world.store.each(f"Microsoft.DesktopVirtualization/{kind}")):
            world.store.delete(one.id, at=azure.time.now, by="test")
    await azure.resources.providers.unregister("Microsoft.DesktopVirtualization")
    await azure.time.sleep(61)
    with pytest.raises(AssertionError, match="MissingSubscriptionRegistration"):
        await body_of(azure, f"{ROOT}/rg-werkplek/providers/Microsoft.DesktopVirtualization/hostPools", "2024-04-03")


async def test_lists_are_narrowed_and_told_more_of(azure: Any) -> None:
    """By type, name and part of a name; with the times of creation and change, and the state."""
    resources = azure.resources.resources
    kind = "resourceType eq 'Microsoft.Network/networkInterfaces' and substringof('bz-app', name)"
    named = [one async for one in resources.list(filter=kind, expand="createdTime,changedTime,provisioningState")]
    assert {one.name for one in named} == {"vm-bz-app-1-nic", "vm-bz-app-2-nic"}
    assert all(one.created_time and one.changed_time and one.provisioning_state == "Succeeded" for one in named)
    only = [one.name async for one in resources.list_by_resource_group(GROUP, filter="name eq 'vnet-neu'")]
    assert only == ["vnet-neu"]
    with pytest.raises(HttpResponseError, match="InvalidExpandInQueryString"):
        assert [one async for one in resources.list(expand="everything")]
    with pytest.raises(HttpResponseError, match="cannot be moved"):
        await resources.begin_move_resources(GROUP, {"resources": [MACHINE], "targetResourceGroup": f"{ROOT}/rg-x"})


async def test_subscriptions_name_their_regions_and_the_tenant(azure: Any) -> None:
    """Each region with its pair."""
    client = client_of(azure, SubscriptionClient, subscribed=False)
    subscription = await client.subscriptions.get(SUBSCRIPTION)
    assert (subscription.display_name, subscription.state) == ("voorbeeld", "Enabled")
    places = {one.name: one async for one in client.subscriptions.list_locations(SUBSCRIPTION)}
    assert places["westeurope"].metadata.paired_region[0].name == "northeurope"
    [tenant] = [one async for one in client.tenants.list()]
    assert tenant.tenant_id == subscription.tenant_id


async def test_a_group_is_deleted_by_force_only_of_what_can_be(azure: Any) -> None:
    """Machines can."""
    groups = azure.resources.resource_groups
    await groups.create_or_update("rg-x", {"location": "northeurope"})
    with pytest.raises(HttpResponseError, match="InvalidForceDeletionTypes"):
        await groups.begin_delete("rg-x", force_deletion_types="Microsoft.Storage/storageAccounts")
    await (await groups.begin_delete("rg-x", force_deletion_types="Microsoft.Compute/virtualMachines")).result()
    assert not await groups.check_existence("rg-x")
