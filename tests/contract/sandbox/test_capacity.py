"""Quotas, sizes and reservations through Azure's own client: whether there is room, before a machine needs it."""

from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.compute.resource_sku import build_restriction
from drd.sandbox.compute.usage import build_quota
from drd.sandbox.faults import make

pytestmark = pytest.mark.anyio

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
GROUP = "rg-netwerk-neu"
SUBNET = f"{ROOT}/{GROUP}/providers/Microsoft.Network/virtualNetworks/vnet-neu/subnets/snet-servers"
FAMILY = "standardDSv5Family"
IMAGE = {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"}


async def usages(azure: Any, region: str = "northeurope") -> dict[str, tuple[int, int]]:
    """Return use and limit by name."""
    return {one.name.value: (one.current_value, one.limit) async for one in azure.compute.usage.list(region)}


def set_quota(azure: Any, name: str, limit: int) -> None:
    """Set a quota in the recovery region."""
    quota = build_quota(subscription=SUBSCRIPTION, region="northeurope", name=name, limit=limit)
    azure.sandbox.world.store.put(quota, at=azure.time.now, by="test")


async def make_machine(azure: Any, name: str, *, size: str = "Standard_D4s_v5", reservation: str = "") -> Any:
    """Make a machine from an image, with a reservation group where one is given."""
    configuration = {"name": "ipconfig1", "properties": {"subnet": {"id": SUBNET}}}
    nic_body = {"location": "northeurope", "properties": {"ipConfigurations": [configuration]}}
    nic = await (await azure.network.network_interfaces.begin_create_or_update(GROUP, f"{name}-nic", nic_body)).result()
    body: dict[str, Any] = {
        "location": "northeurope",
        "properties": {
            "hardwareProfile": {"vmSize": size},
            "storageProfile": {"imageReference": IMAGE, "osDisk": {"createOption": "FromImage"}},
            "osProfile": {"computerName": name, "adminUsername": "beheerder", "adminPassword": "Geheim-0123456"},
            "networkProfile": {"networkInterfaces": [{"id": nic.id}]},
        },
    }
    if reservation:
        body["properties"]["capacityReservation"] = {"capacityReservationGroup": {"id": reservation}}
    return await (await azure.compute.virtual_machines.begin_create_or_update(GROUP, name, body)).result()


async def reserve(azure: Any, capacity: int, *, size: str = "Standard_D4s_v5") -> str:
    """Reserve places, and return their group's id."""
    groups = azure.compute.capacity_reservation_groups
    group = await groups.create_or_update(GROUP, "crg-noord", {"location": "northeurope"})
    body = {"location": "northeurope", "sku": {"name": size, "capacity": capacity}}
    await (await azure.compute.capacity_reservations.begin_create_or_update(GROUP, "crg-noord", "cr-1", body)).result()
    return str(group.id)


async def refusal_of(coroutine: Any) -> HttpResponseError:
    """Return how Azure refuses."""
    with pytest.raises(HttpResponseError) as refusal:
        await coroutine
    return refusal.value


async def test_usages_count_what_is_there(azure: Any) -> None:
    """Cores by family and altogether; a deallocated machine still counts."""
    before = await usages(azure)
    await make_machine(azure, "vm-a")
    await (await azure.compute.virtual_machines.begin_deallocate(GROUP, "vm-a")).result()
    after = await usages(azure)

    assert after["cores"][0] == before["cores"][0] + 4
    assert after[FAMILY][0] == before[FAMILY][0] + 4
    assert after["virtualMachines"][0] == before["virtualMachines"][0] + 1
    assert (await usages(azure, "francecentral"))["cores"][0] == 0


@pytest.mark.parametrize(("name", "words"), [(FAMILY, FAMILY), ("cores", "Total Regional")])
async def test_a_machine_beyond_the_quota_is_refused_in_azures_words(azure: Any, name: str, words: str) -> None:
    """Nothing is created, and the message tells limit, use and need."""
    used = (await usages(azure))[name][0]
    set_quota(azure, name, used + 3)

    refusal = await refusal_of(make_machine(azure, "vm-a"))

    assert (refusal.status_code, refusal.error.code) == (409, "OperationNotAllowed")
    expected = f"approved {words} Cores quota"
    assert expected in refusal.error.message
    assert f"Current Limit: {used + 3}, Current Usage: {used}, Additional Required: 4" in refusal.error.message
    assert azure.effects("vm.create") == []


async def test_a_resize_is_held_against_the_quota_without_what_it_gives_back(azure: Any) -> None:
    """From four cores to eight needs four more."""
    await make_machine(azure, "vm-a")
    set_quota(azure, FAMILY, (await usages(azure))[FAMILY][0] + 4)
    bigger = {"properties": {"hardwareProfile": {"vmSize": "Standard_D8s_v5"}}}
    changed = await (await azure.compute.virtual_machines.begin_update(GROUP, "vm-a", bigger)).result()
    assert changed.hardware_profile.vm_size == "Standard_D8s_v5"
    still_bigger = {"properties": {"hardwareProfile": {"vmSize": "Standard_D16s_v5"}}}
    refusal = await refusal_of(azure.compute.virtual_machines.begin_update(GROUP, "vm-a", still_bigger))
    assert refusal.error.code == "OperationNotAllowed"


async def test_sizes_tell_their_family_and_their_cores_as_texts(azure: Any) -> None:
    """What a quota is matched with."""
    skus = [one async for one in azure.compute.resource_skus.list(filter="location eq 'northeurope'")]

    found = next(one for one in skus if one.name == "Standard_D4s_v5")
    capabilities = {one.name: one.value for one in found.capabilities}
    assert (found.family, found.tier, found.size, found.resource_type) == (
        FAMILY,
        "Standard",
        "D4s_v5",
        "virtualMachines",
    )
    assert (capabilities["vCPUs"], capabilities["MemoryGB"], capabilities["HyperVGenerations"]) == ("4", "16", "V1,V2")
    assert found.location_info[0].zones == ["1", "2", "3"]
    assert found.restrictions == []
    assert {one.locations[0] for one in skus} == {"northeurope"}
    everywhere = [one async for one in azure.compute.resource_skus.list()]
    assert len(everywhere) == 2 * len(skus)


async def test_a_size_that_is_closed_to_the_subscription_says_so_and_is_refused(azure: Any) -> None:
    """Quota does not help against a restriction."""
    closed = build_restriction(subscription=SUBSCRIPTION, region="northeurope", size="Standard_D4s_v5")
    azure.sandbox.world.store.put(closed, at=azure.time.now, by="test")

    skus = [one async for one in azure.compute.resource_skus.list(filter="location eq 'northeurope'")]
    found = next(one for one in skus if one.name == "Standard_D4s_v5")
    assert found.restrictions[0].reason_code == "NotAvailableForSubscription"
    assert (await refusal_of(make_machine(azure, "vm-a"))).error.code == "SkuNotAvailable"
    assert (await refusal_of(make_machine(azure, "vm-b", size="Standard_Nonsense"))).error.code == "InvalidParameter"


async def test_who_uses_a_reservation_finds_room_when_nobody_else_does(azure: Any) -> None:
    """A quota says nothing of capacity; a reservation does."""
    group = await reserve(azure, 1)
    azure.sandbox.world.faults.add(make("allocation", code="AllocationFailed", region="northeurope"))

    made = await make_machine(azure, "vm-a", reservation=group)
    assert made.provisioning_state == "Succeeded"
    assert (await refusal_of(make_machine(azure, "vm-b", reservation=group))).error.code == "AllocationFailed"
    found = await azure.compute.capacity_reservations.get(GROUP, "crg-noord", "cr-1", expand="instanceView")
    assert [one.id.rsplit("/", 1)[-1] for one in found.properties.virtual_machines_associated] == ["vm-a", "vm-b"]
    utilization = found.properties.instance_view.utilization_info
    assert utilization.current_capacity == 1
    assert [one.id.rsplit("/", 1)[-1] for one in utilization.virtual_machines_allocated] == ["vm-a"]


async def test_what_is_reserved_counts_once_and_is_given_back(azure: Any) -> None:
    """A reservation counts against the quota; the machines in it do not count again."""
    before = (await usages(azure))[FAMILY][0]
    group = await reserve(azure, 2)
    assert (await usages(azure))[FAMILY][0] == before + 8
    await make_machine(azure, "vm-a", reservation=group)
    assert (await usages(azure))[FAMILY][0] == before + 8
    reservations = azure.compute.capacity_reservations
    held = await refusal_of(reservations.begin_delete(GROUP, "crg-noord", "cr-1"))
    assert held.error.code == "OperationNotAllowed"
    await (await azure.compute.virtual_machines.begin_delete(GROUP, "vm-a")).result()
    await (await reservations.begin_delete(GROUP, "crg-noord", "cr-1")).result()
    await (await azure.compute.capacity_reservation_groups.begin_delete(GROUP, "crg-noord")).result()
    assert (await usages(azure))[FAMILY][0] == before
    assert [one async for one in azure.compute.capacity_reservation_groups.list_by_subscription()] == []


async def test_places_that_cannot_be_had_are_not_reserved(azure: Any) -> None:
    """The operation fails, and the quota refuses at once."""
    azure.sandbox.world.faults.add(make("allocation", code="AllocationFailed"))
    assert (await refusal_of(reserve(azure, 2))).error.code == "AllocationFailed"
    azure.sandbox.world.faults.clear()
    set_quota(azure, FAMILY, 1)
    assert (await refusal_of(reserve(azure, 2))).error.code == "OperationNotAllowed"
    other = await refusal_of(reserve(azure, 2, size="Standard_E2s_v5"))
    assert other.error.code == "PropertyChangeNotAllowed"
