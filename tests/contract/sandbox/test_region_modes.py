"""A lost region through Azure's own clients over HTTP: refused with 503, never answered, or cut off."""

import pytest
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError, ServiceResponseError

from tests.contract.sandbox.conftest import Azure

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("azure", ["over HTTP"], indirect=True)]

MODES = {"unavailable": HttpResponseError, "hang": ServiceResponseError, "refused": ServiceRequestError}


@pytest.mark.parametrize("mode", MODES)
async def test_a_question_to_a_lost_region_fails_in_its_way(azure: Azure, mode: str) -> None:
    """With the error by which the SDK tells it."""
    azure.sandbox.world.regions.down("westeurope", azure.time.now, mode)

    with pytest.raises(MODES[mode]) as lost:
        await azure.compute.virtual_machines.get("rg-databank", "vm-db-1", read_timeout=0.3)
    assert getattr(lost.value, "status_code", None) == (503 if mode == "unavailable" else None)


@pytest.mark.parametrize("mode", MODES)
async def test_a_change_in_a_lost_region_has_no_effect(azure: Azure, mode: str) -> None:
    """Neither at once nor when the region is back."""
    azure.sandbox.world.regions.down("westeurope", azure.time.now, mode)

    with pytest.raises(AzureError):
        await azure.compute.virtual_machines.begin_deallocate("rg-databank", "vm-db-1", read_timeout=0.3)
    azure.sandbox.world.regions.up("westeurope")
    assert azure.effects("vm.deallocate") == []


@pytest.mark.parametrize("mode", MODES)
async def test_what_stands_elsewhere_answers_and_lists_leave_out_what_is_lost(azure: Azure, mode: str) -> None:
    """A subscription's list comes from a global address."""
    azure.sandbox.world.regions.down("westeurope", azure.time.now, mode)

    assert (await azure.compute.virtual_machines.get("rg-netwerk-neu", "vm-vpn-neu")).location == "northeurope"
    listed = [one.location async for one in azure.compute.virtual_machines.list_all()]
    assert set(listed) == {"northeurope"}


@pytest.mark.parametrize("mode", MODES)
async def test_a_region_that_is_back_answers_as_before(azure: Azure, mode: str) -> None:
    """Whatever its silence was."""
    azure.sandbox.world.regions.down("westeurope", azure.time.now, mode)
    azure.sandbox.world.regions.up("westeurope")

    assert (await azure.compute.virtual_machines.get("rg-databank", "vm-db-1")).location == "westeurope"
