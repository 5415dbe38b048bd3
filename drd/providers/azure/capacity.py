"""Azure Compute: quotas of vCPUs, sizes, and capacity reservations."""

from typing import Any

from drd.domain.errors import OperationFailedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.capacity import Quota, Reservation, ReservationWish, Size
from drd.ports.clock import Clock
from drd.providers.azure.body import Body, arm_id, bodies, branch, plain, tags, text, value, whole
from drd.providers.azure.clients import Clients
from drd.providers.azure.operations import Operations, Sent, at_work, is_done_at_once, recorded
from drd.providers.azure.reading import Reader
from drd.providers.azure.sending import Sender

KIND = "arm"


class AzureCapacity:
    """Answers `drd.ports.capacity.Capacity`.

    Permissions, under `Microsoft.Compute/`:
        quotas: `locations/usages/read`. sizes: `skus/read`.
        reservation, reservations: `capacityReservationGroups/capacityReservations/read`.
        reserve: `capacityReservationGroups/capacityReservations/write`. follow: `locations/operations/read`.
    """

    def __init__(
        self, *, clients: Clients, reader: Reader, sender: Sender, operations: Operations, clock: Clock
    ) -> None:
        """Take the clients, what asks, what sends, what follows, and world time."""
        self._clients = clients
        self._reader = reader
        self._sender = sender
        self._operations = operations
        self._clock = clock

    async def quotas(self, subscription: str, region: str) -> tuple[Quota, ...]:
        """Give what a subscription uses and may use in a region."""
        client = self._clients.compute(subscription).usage
        found = await self._reader.read_all(
            lambda: client.list(region), what=f"list the usages of {region}", target=subscription
        )
        bodies_of = (plain(one) for one in found)
        return tuple(
            Quota(name=text(one, "name", "value"), used=whole(one, "currentValue") or 0, limit=whole(one, "limit") or 0)
            for one in bodies_of
        )

    async def sizes(self, subscription: str, region: str) -> tuple[Size, ...]:
        """Give the sizes of machines that a region offers; only that region is asked for, the whole list is huge."""
        client = self._clients.compute(subscription).resource_skus
        found = await self._reader.read_all(
            lambda: client.list(filter=f"location eq '{region}'"),
            what=f"list the sizes of {region}",
            target=subscription,
        )
        rows = (plain(one) for one in found)
        return tuple(_size(row, region) for row in rows if text(row, "resourceType").casefold() == "virtualmachines")

    async def reservations(self, group: ArmId) -> tuple[Reservation, ...]:
        """Give the reservations of a group with how far each is used; none when there is no such group."""
        client = self._clients.compute(group.subscription).capacity_reservations
        found = await self._reader.find(
            lambda: _collected(client.list_by_capacity_reservation_group(group.resource_group, group.name)),
            what="list the capacity reservations",
            target=str(group),
        )
        ids = [arm_id(plain(one), "id") for one in found or []]
        read = [await self.reservation(one) for one in ids if one is not None]
        return tuple(one for one in read if one is not None)

    async def reservation(self, reservation: ArmId) -> Reservation | None:
        """Read a reservation; None when there is none."""
        client = self._clients.compute(reservation.subscription).capacity_reservations
        group, name = _names(reservation)
        found = await self._reader.find(
            lambda: client.get(reservation.resource_group, group, name, expand="instanceView"),
            what="read the capacity reservation",
            target=str(reservation),
        )
        return None if found is None else _reservation(plain(found), reservation)

    async def reserve(self, wish: ReservationWish) -> Operation | None:
        """PUT a reservation by name; None when it was done at once."""
        client, now = self._clients.compute(wish.id.subscription).capacity_reservations, self._clock.now()
        group, name = _names(wish.id)
        body: Any = {
            "location": wish.location,
            "tags": dict(wish.tags),
            "sku": {"name": wish.size, "capacity": wish.places},
        }
        what = "reserve capacity"
        answered = await self._sender.send(
            lambda options: client.begin_create_or_update(
                wish.id.resource_group, group, name, body, polling=False, **options
            ),
            what=what,
            target=str(wish.id),
            request_id=wish.request_id,
        )
        if is_done_at_once(answered):
            return None
        return recorded(Sent(kind=KIND, target=str(wish.id), what=what, request_id=wish.request_id), answered, now)

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands; where no address knows it, the reservation itself is read.

        Raises:
            OperationFailedError: it ended badly, or the reservation is in state Failed.
        """
        told = await self._operations.follow(operation)
        if told is not None:
            return told.status
        found = await self.reservation(ArmId(operation.target))
        state = found.state.casefold() if found is not None else ""
        if state == "failed":
            raise OperationFailedError("could not reserve capacity: its state is Failed", target=operation.target)
        return Status(finished=state == "succeeded", started_at=operation.started_at, known=at_work(state))


async def _collected(pages: Any) -> list[Any]:  # noqa: ANN401 - the SDK's pager has no public type
    return [one async for one in pages]


def _names(reservation: ArmId) -> tuple[str, str]:
    """Give the names of a reservation's group and of itself."""
    segments = str(reservation).split("/")
    return segments[-3], segments[-1]


def _size(row: Body, region: str) -> Size:
    capabilities = {text(one, "name"): text(one, "value") for one in bodies(row, "capabilities")}
    cores = capabilities.get("vCPUs", "")
    return Size(
        name=text(row, "name"),
        family=text(row, "family"),
        cores=int(cores) if cores.isdigit() else 0,
        closed=_closed(row, region),
    )


def _closed(row: Body, region: str) -> str:
    """Say why a whole region is closed for a size; a zone alone does not close it."""
    for one in bodies(row, "restrictions"):
        places = value(one, "restrictionInfo", "locations") or value(one, "values") or []
        here = region.casefold() in {str(place).casefold() for place in places}
        if text(one, "type").casefold() == "location" and here:
            return text(one, "reasonCode") or "restricted"
    return ""


def _reservation(body: Body, asked: ArmId) -> Reservation:
    properties = branch(body, "properties")
    used = bodies(properties, "instanceView", "utilizationInfo", "virtualMachinesAllocated")
    return Reservation(
        id=arm_id(body, "id") or asked,
        location=text(body, "location"),
        size=text(body, "sku", "name"),
        places=whole(body, "sku", "capacity") or 0,
        taken=len(used),
        state=text(properties, "provisioningState"),
        tags=tags(body),
    )
