"""network.probe: proves from inside that a drill's network is closed, before anything that was restored boots there.

It makes a small machine with nothing on it, in a group of the run's own, asks which rules and routes really apply to
it, and lets it try to reach what must not be reached. Whatever is open fails the step. The machine goes with its group.

```yaml
- id: probe
  uses: network.probe
  modes: [drill]
  with:
    resource-group: "${{ steps.group.id }}"
    subnet: "${{ inputs.subnet }}"
    reach: [burgerzaken.voorbeeld.example:443, 10.1.1.31:1433]
```
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from drd.actions import (
    Resource,
    ResourceGroup,
    ResourceName,
    Values,
    network_of,
    only_own,
    only_this_runs,
    proven_isolated,
    several,
    wrong,
)
from drd.domain.call import Call
from drd.domain.cost import PROBE_SIZE
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
from drd.ports.machines import MACHINES, ScriptResult
from drd.ports.probes import PROBES, Applied, ProbeWish, disk_of, interface_of

COMMAND = "drd-probe"
_IMAGE = "Canonical:ubuntu-24_04-lts:server:latest"
_AZURE = "management.azure.com:443"
_PATIENCE_SECONDS = 5
_BETWEEN = timedelta(seconds=15)
_WHO = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?:[1-9][0-9]{0,4}")
_REACHED, _CLOSED, _ENDED = "reached ", "closed ", "probed"
_GOES_ON = frozenset({"", "pending", "running", "unknown"})


def _whom(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - anything may stand in a runbook
    given = several(value)
    for each in given:
        if not _WHO.fullmatch(each):
            raise wrong(f'"{each}" is no HOST:PORT', "such as sql.voorbeeld.example:1433")
    return given


_HOST_AND_PORT = {"type": "string", "pattern": _WHO.pattern}
Whom = Annotated[
    tuple[str, ...],
    PlainValidator(_whom),
    WithJsonSchema({"anyOf": [_HOST_AND_PORT, {"type": "array", "minItems": 1, "items": _HOST_AND_PORT}]}),
]


class Params(Values):
    """Where the probe stands, and what it tries."""

    resource_group: ResourceGroup
    """The group that will hold it; in a drill one of the run's own."""
    subnet: Resource
    """The subnet in which restored machines will stand."""
    reach: Whom = (_AZURE,)
    """Who must not be reached from there, each as HOST:PORT; left out, Azure's own management on the internet."""
    name: ResourceName = "drd-probe"
    """What its machine is called."""
    size: Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,64}$")] = PROBE_SIZE
    """Azure's name of its size."""
    image: Annotated[str, Field(pattern=r"^[\w.-]+(?::[\w.-]+){3}$")] = _IMAGE
    """What it is made of: PUBLISHER:OFFER:SKU:VERSION, a Linux of the marketplace that brings Azure's agent."""


class ProbeNetwork:
    """Put by name: one deployment, called after the run and the machine."""

    doubt = Doubt.PUT_BY_NAME
    modes: frozenset[Mode] = frozenset({Mode.DRILL})
    permissions: tuple[str, ...] = (
        "Microsoft.Resources/deployments/read",
        "Microsoft.Resources/deployments/write",
        "Microsoft.Compute/virtualMachines/read",
        "Microsoft.Compute/virtualMachines/write",
        "Microsoft.Compute/virtualMachines/instanceView/read",
        "Microsoft.Compute/virtualMachines/runCommands/read",
        "Microsoft.Compute/virtualMachines/runCommands/write",
        "Microsoft.Compute/disks/write",
        "Microsoft.Network/locations/operationResults/read",
        "Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action",
        "Microsoft.Network/networkInterfaces/effectiveRouteTable/action",
        "Microsoft.Network/networkInterfaces/write",
        "Microsoft.Network/networkInterfaces/join/action",
        "Microsoft.Network/networkSecurityGroups/read",
        "Microsoft.Network/publicIPAddresses/read",
        "Microsoft.Network/routeTables/read",
        "Microsoft.Network/virtualNetworks/read",
        "Microsoft.Network/virtualNetworks/subnets/join/action",
        "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/read",
    )
    outputs: Mapping[str, OutputType] = {
        "probe": OutputType.ARM_ID,
        "network": OutputType.ARM_ID,
        "tried": OutputType.TEXTS,
        "rules": OutputType.TEXTS,
        "routes": OutputType.TEXTS,
    }

    def creates(self, parameters: Params, context: StepContext) -> tuple[Creation, ...]:
        """Name the machine, its interface and its disk."""
        machine = _machine(parameters)
        return (Creation(id=machine), Creation(id=interface_of(machine)), Creation(id=disk_of(machine)))

    def targets(self, parameters: Params, context: StepContext) -> tuple[ArmId, ...]:
        """Change nothing that exists."""
        return ()

    async def look(self, parameters: Params, context: StepContext) -> Sighting:
        """See whether this run's deployment was sent. Raises RefusedError for somebody else's machine."""
        sent = await context.provider.capability(PROBES).creation(_deployment(parameters, context))
        if sent is not None:
            return Underway(operation=sent)
        machine = await context.provider.capability(MACHINES).get(_machine(parameters))
        if machine is not None:
            only_this_runs(context, "machine", machine.id, machine.tags)
        return Absent()

    async def act(self, parameters: Params, context: StepContext) -> Underway:
        """Send the one deployment; not into a network that is open as it is read."""
        machine = _machine(parameters)
        only_own(context, machine)
        facts = await proven_isolated(context, network_of(parameters.subnet))
        wish = ProbeWish(
            machine=machine,
            deployment=_deployment(parameters, context),
            subnet=parameters.subnet,
            image=parameters.image,
            size=parameters.size,
            location=facts.location,
            command=COMMAND,
            script=_script(parameters.reach),
            tags=context.tags,
            request_id=context.request_id,
        )
        return Underway(operation=await context.provider.capability(PROBES).create(wish))

    async def poll(self, parameters: Params, context: StepContext, operation: Operation) -> Pending | Present:
        """Follow the deployment."""
        status = await context.provider.capability(PROBES).follow(operation)
        return Present() if status.finished else Pending(wait=_BETWEEN)

    async def verify(self, parameters: Params, context: StepContext, outputs: Outputs) -> Pending | Present:
        """Ask the probe what it reached, Azure what applies to it, and the network once more.

        Raises:
            RefusedError: something is open: nothing that was restored may boot there.
            OperationFailedError: the probe could not try, so that nothing is proven.
        """
        machine = _machine(parameters)
        said = await context.provider.capability(MACHINES).script(machine, name=COMMAND)
        if said is None or said.state.casefold() in _GOES_ON:
            return Pending(wait=_BETWEEN, note="the probe has not ended")
        _check_tried(said, parameters, machine)
        facts = await proven_isolated(context, network_of(parameters.subnet))
        applied = await context.provider.capability(PROBES).applied(interface_of(machine), spaces=facts.address_spaces)
        _check_applied(applied, machine)
        return Present(
            outputs={
                "probe": str(machine),
                "network": str(facts.id),
                "tried": list(parameters.reach),
                "rules": list(applied.groups),
                "routes": list(applied.routes),
            }
        )

    def undo(self, parameters: Params, outputs: Outputs) -> Call | None:
        """Leave it to whoever removes its group."""
        return None

    def simulate(self, parameters: Params, context: StepContext | None) -> Simulation:
        """Say what would be tried."""
        network = network_of(parameters.subnet)
        return Simulation(
            sentence=f"prove from inside that {network.name} is closed: {', '.join(parameters.reach)}",
            targets=(str(_machine(parameters)),),
        )


def _machine(parameters: Params) -> ArmId:
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Compute/virtualMachines/{parameters.name}")


def _deployment(parameters: Params, context: StepContext) -> ArmId:
    name = f"drd-{context.run}-{parameters.name}"[:64]
    return ArmId.parse(f"{parameters.resource_group}/providers/Microsoft.Resources/deployments/{name}")


def _script(whom: tuple[str, ...]) -> str:
    tries = []
    for each in whom:
        host, _, port = each.rpartition(":")
        tries.append(
            f'timeout {_PATIENCE_SECONDS} bash -c "</dev/tcp/{host}/{port}" 2>/dev/null'
            f' && echo "{_REACHED}{each}" || echo "{_CLOSED}{each}"'
        )
    return "\n".join((*tries, f"echo {_ENDED}"))


def _check_tried(said: ScriptResult, parameters: Params, machine: ArmId) -> None:
    lines = said.output.splitlines()
    reached = [each for each in parameters.reach if f"{_REACHED}{each}" in lines]
    if reached:
        raise _open(f"a machine in it reached {', '.join(reached)}", machine)
    untold = [each for each in parameters.reach if f"{_CLOSED}{each}" not in lines]
    if untold or _ENDED not in lines or said.state.casefold() != "succeeded" or said.exit_code != 0:
        raise OperationFailedError(
            f"the probe ended {said.state} and does not say for sure whom it reached: "
            f"{(said.error or said.output)[-300:]}",
            target=str(machine),
            hint="see whether its image has bash and Azure's agent, then start the drill again",
            code="not-probed",
        )


def _check_applied(applied: Applied, machine: ArmId) -> None:
    if applied.ways:
        groups = ", ".join(applied.groups) or "no security group"
        raise _open(f"the rules that really apply do not close it {' and '.join(applied.ways)} ({groups})", machine)
    if applied.leading_out:
        raise _open(f"routes that really apply lead out of it: {'; '.join(applied.leading_out)}", machine)


def _open(why: str, machine: ArmId) -> RefusedError:
    return RefusedError(
        f"the network is not isolated: {why}",
        target=str(machine),
        hint="close what is named, or choose another network for drills",
        code="network-not-isolated",
    )


ACTION = Verb("network.probe", Params, ProbeNetwork())
