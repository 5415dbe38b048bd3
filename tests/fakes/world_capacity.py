"""The room of the small cloud: quotas, sizes and reservations."""

from dataclasses import dataclass, field, replace

from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.capacity import CORES, Quota, Reservation, ReservationWish, Size
from tests.fakes.world import World

FAMILY = "standardDSv5Family"


@dataclass
class WorldCapacity:
    """Answers `Capacity`."""

    world: World
    kept: tuple[Quota, ...] = (Quota(name=CORES, used=10, limit=20), Quota(name=FAMILY, used=8, limit=12))
    offered: tuple[Size, ...] = (
        Size(name="Standard_D2s_v5", family=FAMILY, cores=2),
        Size(name="Standard_D4s_v5", family=FAMILY, cores=4, closed="NotAvailableForSubscription"),
    )
    places: dict[ArmId, Reservation] = field(default_factory=dict)

    async def quotas(self, subscription: str, region: str) -> tuple[Quota, ...]:
        """List."""
        self.world.settle()
        return self.kept

    async def sizes(self, subscription: str, region: str) -> tuple[Size, ...]:
        """List."""
        self.world.settle()
        return self.offered

    async def reservations(self, group: ArmId) -> tuple[Reservation, ...]:
        """List."""
        self.world.settle()
        return tuple(one for one in self.places.values() if str(one.id).startswith(f"{group}/"))

    async def reservation(self, reservation: ArmId) -> Reservation | None:
        """Read."""
        self.world.settle()
        return self.places.get(reservation)

    async def reserve(self, wish: ReservationWish) -> Operation | None:
        """Put: the same twice is once."""
        made = Reservation(
            id=wish.id,
            location=wish.location,
            size=wish.size,
            places=wish.places,
            taken=0,
            state="Succeeded",
            tags=dict(wish.tags),
        )

        def effect() -> Operation | None:
            if wish.id in self.places:
                return None
            self.places[wish.id] = replace(made, state="Creating", places=0)
            return self.world.operation(self.world.begin("reserve", str(wish.id), lambda: self._reserved(made)))

        return self.world.change(f"PUT {wish.id}", effect)

    async def follow(self, operation: Operation) -> Status:
        """Follow."""
        return await self.world.follow(operation)

    def _reserved(self, reservation: Reservation) -> None:
        self.places[reservation.id] = reservation
