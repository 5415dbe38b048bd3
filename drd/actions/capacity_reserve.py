"""capacity.reserve: reserves places for machines of one size, so that a recovery does not compete for them.

```yaml
- id: places
  uses: capacity.reserve
  with:
    group: "${{ inputs.places }}"
    name: werkplekken
    size: Standard_D2s_v5
    count: 12
```
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from drd.actions import Resource, ResourceName, Values, followed, only_own
from drd.domain.call import Call
from drd.domain.errors import OperationFailedError, RefusedError
from drd.domain.ids import ArmId
from drd.domain.plan import Mode
from drd.ports.action import (
    Absent,
    Creation,
    Doubt,
    Outputs,
    OutputType,
    Pending,
    Present,
    Sighting,
    Simulation,
    StepContext,
    Underway,
    Verb,
)
from drd.ports.capabilities import Operation
from drd.ports.capacity import CAPACITY, Reservation, ReservationWish


class Params(Values):
    """How many places of which size."""

    group: Resource
    """A capacity reservation group in the recovery region; machines name it to use its places."""
    name: ResourceName
    """The reservation's name."""
    size: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]
    """Azure's name of the size."""
    count: Annotated[int, Field(ge=1, le=1000)]
    """How many places; they cost what machines cost, until somebody deletes the reservation."""


class ReserveCapacity:
    """Put by name. Places that are reserved already, by whomever, are good enough."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.FAILOVER, Mode.FAILBACK})
    permissions: tuple[str, ...] = (
        "Microsoft.Compute/capacityReservationGroups/capacityReservations/read",
        "Microsoft.Compute/capacityReservationGroups/capacityReservations/write",
        "Microsoft.Compute/locations/operations/read",
    )
    outputs: Mapping[str, OutputType] = {"group": OutputType.ARM_ID, "places": OutputType.INTEGER}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the reservation."""
        return (Creation(id=_id(parameters)),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether the places are there. Raises RefusedError for somebody else's reservation that is too small."""
        seen = await context.provider.capability(CAPACITY).reservation(_id(parameters))
        if seen is None:
            return Absent()
        ours = seen.tags.get("drd-run") == context.tags.get("drd-run")
        same_size = seen.size.casefold() == parameters.size.casefold()
        if same_size and seen.places >= parameters.count and seen.state.casefold() != "failed":
            return Present()
        if not ours or not same_size:
            raise RefusedError(
                f"a reservation of this name exists, with {seen.places} places for {seen.size}",
                target=str(seen.id),
                hint="choose another name, or change that reservation yourself",
            )
        return Absent() if seen.state.casefold() == "failed" else Present()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Put the reservation in the recovery region."""
        only_own(context, _id(parameters))
        operation = await context.provider.capability(CAPACITY).reserve(
            ReservationWish(
                id=_id(parameters),
                location=context.recovery_region,
                size=parameters.size,
                places=parameters.count,
                tags=context.tags,
                request_id=context.request_id,
            )
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the reserving."""
        return await followed(context.provider.capability(CAPACITY).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the places back. Raises OperationFailedError when Azure had none to give."""
        seen = await context.provider.capability(CAPACITY).reservation(_id(parameters))
        if seen is not None and seen.state.casefold() == "failed":
            raise OperationFailedError(
                "the places could not be reserved",
                target=str(seen.id),
                hint="try another size, or another zone or region: Azure has no room for this one now",
            )
        if seen is None or not _is_there(seen, parameters):
            return Pending(note="the places are not reserved yet")
        return Present(outputs={"group": str(parameters.group), "places": seen.places})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave the places to whoever runs machines in them."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be reserved."""
        return Simulation(
            sentence=f"reserve {parameters.count} places for machines of size {parameters.size}",
            targets=(str(_id(parameters)),),
        )


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.group}/capacityReservations/{parameters.name}")


def _is_there(seen: Reservation, parameters: Params) -> bool:
    return seen.places >= parameters.count and seen.state.casefold() == "succeeded"


ACTION = Verb("capacity.reserve", Params, ReserveCapacity())
