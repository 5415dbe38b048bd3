"""desktop.host: makes a virtual PC of an image, in one deployment, and waits until its pool says Available.

The pool must be open for registration. Its token goes from Azure into the deployment's body; drd writes it nowhere.

```yaml
- id: host
  uses: desktop.host
  for-each: {virtual-pcs: {pool: kantoor}}
  parallel: 40
  with:
    name: "${{ each.id }}"
    pool: "${{ inputs.pool }}"
    resource-group: "${{ inputs.group }}"
    subnet: "${{ inputs.subnet }}"
    image: "${{ inputs.image }}"
    size: Standard_D2s_v5
```
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import Field

from drd.actions import (
    EVERY_MODE,
    Resource,
    ResourceGroup,
    Values,
    network_of,
    only_own,
    only_this_runs,
    proven_isolated,
)
from drd.domain.call import Call
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
from drd.ports.desktops import AVAILABLE, DESKTOPS, SessionHostWish
from drd.ports.machines import MACHINES
from drd.ports.networks import NETWORKS

_BETWEEN = timedelta(seconds=30)
"""A host takes ten minutes and there are many of them: asking more often only uses up what Azure answers."""
_NAME_SPACE = "Microsoft.Compute/virtualMachines"


class Params(Values):
    """What the virtual PC is, and where it stands."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,13}[A-Za-z0-9]$")]
    """Its name, and its machine's: at most 15 letters, digits and dashes."""
    pool: Resource
    """The host pool that it joins."""
    resource_group: ResourceGroup
    """The group that will hold its machine, interface and disk."""
    subnet: Resource
    """The subnet; in a drill its network must be proven isolated."""
    image: Resource
    """The image that it is made of, or one version of it."""
    size: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")]
    """Azure's name of the size."""


class CreateSessionHost:
    """Put by name: one deployment, called after the run and the host."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = EVERY_MODE
    permissions: tuple[str, ...] = (
        "Microsoft.DesktopVirtualization/hostpools/retrieveRegistrationToken/action",
        "Microsoft.DesktopVirtualization/hostpools/sessionhosts/read",
        "Microsoft.Resources/deployments/read",
        "Microsoft.Resources/deployments/write",
        "Microsoft.Compute/galleries/images/read",
        "Microsoft.Compute/galleries/images/versions/read",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Compute/virtualMachines/extensions/write",
        "Microsoft.Compute/disks/write",
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/networkInterfaces/join/action",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.Network/networkSecurityGroups/read",
    )
    outputs: Mapping[str, OutputType] = {"machine": OutputType.ARM_ID, "host": OutputType.ARM_ID}

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the machine, what it holds, and its entry in the pool."""
        group = parameters.resource_group
        return (
            Creation(id=_machine(parameters)),
            Creation(id=ArmId.parse(f"{group}/providers/Microsoft.Network/networkInterfaces/{parameters.name}-nic")),
            Creation(id=ArmId.parse(f"{group}/providers/Microsoft.Compute/disks/{parameters.name}-os")),
            Creation(id=ArmId.parse(f"{parameters.pool}/sessionHosts/{parameters.name}")),
        )

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Name the pool, which gets a host."""
        return (parameters.pool,)

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's deployment was sent. Raises RefusedError for somebody else's machine."""
        sent = await context.provider.capability(DESKTOPS).creation(_deployment(parameters, context))
        if sent is not None:
            return Underway(operation=sent)
        machine = await context.provider.capability(MACHINES).get(_machine(parameters))
        if machine is not None:
            hint = "give virtual PCs of the recovery region a resource group of their own"
            only_this_runs(context, "machine", machine.id, machine.tags, hint=hint)
        return Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the one deployment; in a drill only into what the run made, on a network that is read to be isolated."""
        only_own(context, _machine(parameters))
        network = network_of(parameters.subnet)
        drill = context.mode is Mode.DRILL
        networks = context.provider.capability(NETWORKS)
        facts = await proven_isolated(context, network) if drill else await networks.facts(network)
        operation = await context.provider.capability(DESKTOPS).create_host(
            SessionHostWish(
                machine=_machine(parameters),
                deployment=_deployment(parameters, context),
                pool=parameters.pool,
                subnet=parameters.subnet,
                image=parameters.image,
                size=parameters.size,
                location=facts.location,
                tags=context.tags,
                request_id=context.request_id,
            )
        )
        return Underway(operation=operation)

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the deployment."""
        status = await context.provider.capability(DESKTOPS).follow(operation)
        return Present() if status.finished else Pending(wait=_BETWEEN)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Read that the pool calls the host Available: then people can work on it."""
        host = await context.provider.capability(DESKTOPS).host(parameters.pool, parameters.name)
        if host is None:
            return Pending(wait=_BETWEEN, note=f"{parameters.name} has not registered yet")
        if host.status != AVAILABLE:
            checks = f" ({', '.join(host.failed_checks)})" if host.failed_checks else ""
            return Pending(wait=_BETWEEN, note=f"{parameters.name} is {host.status}{checks}")
        return Present(outputs={"machine": str(_machine(parameters)), "host": str(host.id)})

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it: a drill's goes with its group, and another one has people on it."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be made."""
        return Simulation(
            sentence=f"make virtual PC {parameters.name} ({parameters.size}) in {parameters.pool.name}",
            targets=(str(_machine(parameters)),),
        )


def _machine(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/{_NAME_SPACE}/{parameters.name}")


def _deployment(parameters: Params, context: StepContext) -> ArmId:
    name = f"drd-{context.run}-{parameters.name}"[:64]
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Resources/deployments/{name}")


ACTION = Verb("desktop.host", Params, CreateSessionHost())
