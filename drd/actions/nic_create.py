"""nic.create: makes a network interface for a machine that is built from restored disks.

```yaml
- id: nic
  uses: nic.create
  with: {resource-group: "${{ steps.group.id }}", name: vm-bv-app-1-nic, subnet: "${{ inputs.subnet }}"}
```
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from drd.actions import (
    EVERY_MODE,
    Resource,
    ResourceGroup,
    ResourceName,
    Values,
    followed,
    network_of,
    only_own,
    proven_isolated,
)
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
from drd.ports.networks import NETWORKS, InterfaceWish


class Params(Values):
    """Where the interface stands."""

    resource_group: ResourceGroup
    """The group that will hold it."""
    name: ResourceName
    """Its name."""
    subnet: Resource
    """The subnet; in a drill its network must be proven isolated."""
    address: Annotated[str, Field(pattern=r"^\d{1,3}(\.\d{1,3}){3}$")] | None = None
    """A fixed private address; Azure chooses one where none is given."""


class CreateInterface:
    """Put by name."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.Network/networkInterfaces/read",
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Network/locations/operations/read",
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/publicIPAddresses/read",
    )
    outputs: Mapping[str, OutputType] = {"id": OutputType.ARM_ID, "address": OutputType.TEXT}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the interface."""
        return (Creation(id=_id(parameters)),)

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's interface is there. Raises RefusedError for somebody else's of the same name."""
        seen = await context.provider.capability(NETWORKS).interface(_id(parameters))
        if seen is None:
            return Absent()
        if seen.tags.get("drd-run") != context.tags.get("drd-run") or seen.subnet != parameters.subnet:
            raise RefusedError(
                "an interface of this name exists and is not this step's",
                target=str(seen.id),
                hint="choose another name",
            )
        return Absent() if seen.state.casefold() == "failed" else Present()

    async def act(self, parameters: Params, context: StepContext) -> Underway | Present:
        """Put the interface in its network's region; in a drill only after reading that the network is isolated."""
        only_own(context, _id(parameters))
        networks, network = context.provider.capability(NETWORKS), network_of(parameters.subnet)
        drill = context.mode is Mode.DRILL
        facts = await proven_isolated(context, network) if drill else await networks.facts(network)
        operation = await networks.create_interface(
            InterfaceWish(
                id=_id(parameters),
                location=facts.location,
                subnet=parameters.subnet,
                tags=context.tags,
                request_id=context.request_id,
                address=parameters.address or "",
            )
        )
        return Underway(operation=operation) if operation is not None else Present()

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the making."""
        return await followed(context.provider.capability(NETWORKS).follow, operation)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read the interface and its address back."""
        seen = await context.provider.capability(NETWORKS).interface(_id(parameters))
        if seen is None or not seen.addresses or seen.state.casefold() not in {"succeeded", "failed"}:
            return Pending(note="the interface is not there yet")
        if seen.state.casefold() == "failed" or parameters.address not in {None, *seen.addresses}:
            raise OperationFailedError(
                f"the interface is not as wanted: {seen.state}, {', '.join(seen.addresses)}",
                target=str(seen.id),
                hint="see whether the address is free, then retry the step",
            )
        return Present(outputs={"id": str(seen.id), "address": seen.addresses[0]})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be made."""
        address = parameters.address or "an address that Azure chooses"
        return Simulation(sentence=f"make a network interface with {address}", targets=(str(_id(parameters)),))


def _id(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Network/networkInterfaces/{parameters.name}")


ACTION = Verb("nic.create", Params, CreateInterface())
