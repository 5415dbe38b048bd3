"""Whether there is room: quota, sizes on offer, and places that were reserved."""

from typing import Any

import pytest

from drd.domain.errors import NotFoundError
from drd.domain.ids import ArmId, TenantId
from drd.ports.capacity import CAPACITY, Reservation
from drd.ports.check import CheckContext
from tests.fakes.world_capacity import WorldCapacity
from tests.fakes.world_vaults import SUB
from tests.unit.checks.test_checks import CATALOGUE, Setting

pytestmark = pytest.mark.anyio

GROUP = f"{SUB}/resourceGroups/rg-1/providers/Microsoft.Compute/capacityReservationGroups/crg-1"
SMALL, CLOSED = "Standard_D2s_v5", "Standard_D4s_v5"


def room_of(setting: Setting) -> WorldCapacity:
    """Return the room of the setting's world."""
    found = setting.provider.capability(CAPACITY)
    assert isinstance(found, WorldCapacity)
    return found


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ({SMALL: 2}, "there is room for 2 machines (4 vCPUs) in northeurope"),
        ({SMALL.lower(): 2}, "there is room for 2 machines (4 vCPUs) in northeurope"),
        ({SMALL: 3}, "6 vCPUs of standardDSv5Family are needed, 4 of 12 are free"),
        ({CLOSED: 1}, "Standard_D4s_v5 is closed to the subscription in northeurope (NotAvailableForSubscription)"),
        ({"Standard_X": 1}, "northeurope does not offer Standard_X"),
    ],
)
async def test_room_is_told_from_quota_and_sizes(sizes: Any, words: str) -> None:
    """Each thing in the way is named."""
    answer = await Setting().ask("check.capacity", sizes=sizes)

    assert answer.sentence == words
    assert answer.green is words.startswith("there is room")


async def test_places_must_be_reserved_and_free_when_a_group_is_named() -> None:
    """A quota promises nothing."""
    setting = Setting()
    room = room_of(setting)
    values: dict[str, Any] = {"sizes": {SMALL: 2}, "reservation": GROUP}
    empty = await setting.ask("check.capacity", **values)
    assert empty.sentence == "2 places for Standard_D2s_v5 are needed, 0 are reserved and free"
    place = ArmId(f"{GROUP}/capacityReservations/cr-1")
    room.places[place] = Reservation(id=place, location="northeurope", size=SMALL, places=3, taken=1, state="Succeeded")
    assert (await setting.ask("check.capacity", **values)).green


async def test_it_must_be_known_whose_quota_it_is() -> None:
    """A service without items names its subscription."""
    setting = Setting()
    bound = CATALOGUE.bind("check.capacity", {"sizes": {SMALL: 1}})
    context = CheckContext(
        tenant=TenantId("voorbeeld"),
        mode=None,
        home_region="westeurope",
        recovery_region="northeurope",
        items={},
        machines={},
        provider=setting.provider,
        reach=setting.guests,
        clock=setting.world.clock,
    )

    with pytest.raises(NotFoundError, match="whose quota"):
        await bound.ask(context)
    subscription = SUB.rsplit("/", 1)[-1]
    known = CATALOGUE.bind("check.capacity", {"sizes": {SMALL: 1}, "subscription": subscription})
    assert (await known.ask(context)).green
