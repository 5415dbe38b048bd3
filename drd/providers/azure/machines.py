"""Azure Compute: machines, disks, and scripts in machines."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from azure.mgmt.compute.aio import ComputeManagementClient

from drd.domain.errors import OperationFailedError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.ports.machines import Disk, Machine, MachineWish, ScannerWish, ScriptResult
from drd.providers.azure.body import Body, arm_id, bodies, branch, plain, tags, text, value, whole
from drd.providers.azure.clients import Clients
from drd.providers.azure.instant import real_instant
from drd.providers.azure.listing import reading_a_list
from drd.providers.azure.operations import Operations, Sent, at_work, is_done_at_once, recorded
from drd.providers.azure.reading import Reader
from drd.providers.azure.sending import Sender

KIND = "arm"
SCRIPT_SECONDS = 1800
_POWER = "powerstate/"
_CHANGING = frozenset({"starting", "stopping", "deallocating"})
_EXPECTED = "expected"
_SCRIPT = "script"

_Begin = Callable[[ComputeManagementClient, Mapping[str, Any]], Awaitable[object]]


class AzureMachines:
    """Answers `drd.ports.machines.Machines`.

    Permissions, under `Microsoft.Compute/`:
        get: `virtualMachines/read` and `virtualMachines/instanceView/read`. disks: `disks/read`.
        create: `virtualMachines/write`, `disks/write` on its disks, and
        `Microsoft.Network/networkInterfaces/join/action` on its interface. create_scanner: the same, and
        `galleries/images/read` and `galleries/images/versions/read` on its image.
        start: `virtualMachines/start/action`. deallocate: `virtualMachines/deallocate/action`.
        delete: `virtualMachines/delete`.
        run_script: `virtualMachines/runCommands/write` and `.../read`. script: `virtualMachines/runCommands/read`.
        follow: `locations/operations/read`.
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

    async def get(self, machine: ArmId) -> Machine | None:
        """Read a machine with its power and agent; None when there is none."""
        client = self._clients.compute(machine.subscription).virtual_machines
        found = await self._reader.find(
            lambda: client.get(machine.resource_group, machine.name, expand="instanceView"),
            what="read the machine",
            target=str(machine),
        )
        return None if found is None else _machine(plain(found), machine)

    async def create(self, wish: MachineWish) -> Operation | None:
        """PUT by name: sending it again with the same wish changes nothing."""
        return await self._create(wish.id, _machine_body(wish), request_id=wish.request_id)

    async def create_scanner(self, wish: ScannerWish) -> Operation | None:
        """PUT by name: sending it again with the same wish changes nothing."""
        return await self._create(wish.id, _scanner_body(wish), request_id=wish.request_id)

    async def _create(self, machine: ArmId, made_of: Mapping[str, Any], *, request_id: str) -> Operation | None:
        body: Any = made_of
        return await self._send(
            machine,
            lambda client, options: client.virtual_machines.begin_create_or_update(
                machine.resource_group, machine.name, body, polling=False, **options
            ),
            what="create the machine",
            request_id=request_id,
            expected="present",
        )

    async def start(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Start a machine."""
        return await self._send(
            machine,
            lambda client, options: client.virtual_machines.begin_start(
                machine.resource_group, machine.name, polling=False, **options
            ),
            what="start the machine",
            request_id=request_id,
            expected="running",
        )

    async def deallocate(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Stop a machine and give its cores back."""
        return await self._send(
            machine,
            lambda client, options: client.virtual_machines.begin_deallocate(
                machine.resource_group, machine.name, polling=False, **options
            ),
            what="deallocate the machine",
            request_id=request_id,
            expected="deallocated",
        )

    async def delete(self, machine: ArmId, *, request_id: str) -> Operation | None:
        """Delete a machine."""
        return await self._send(
            machine,
            lambda client, options: client.virtual_machines.begin_delete(
                machine.resource_group, machine.name, polling=False, **options
            ),
            what="delete the machine",
            request_id=request_id,
            expected="absent",
        )

    async def disks(self, resource_group: ArmId) -> tuple[Disk, ...]:
        """Give the disks of a resource group; none when there is no such group."""
        client = self._clients.compute(resource_group.subscription).disks
        name = resource_group.resource_group
        found = await self._reader.find(
            lambda: _collected(client.list_by_resource_group(name)),
            what="list the disks",
            target=str(resource_group),
        )
        disks = (_disk(plain(one)) for one in found or [])
        return tuple(disk for disk in disks if disk is not None)

    async def run_script(
        self, machine: ArmId, *, name: str, script: str, location: str, request_id: str
    ) -> Operation | None:
        """PUT a managed run command by name; sending it again with the same name does not run it twice.

        Azure runs a changed command anew, so one that is there already is left alone, whatever it holds.
        """
        if await self.script(machine, name=name) is not None:
            return None
        body: Any = {
            "location": location,
            "properties": {
                "source": {"script": script},
                "asyncExecution": True,
                "timeoutInSeconds": SCRIPT_SECONDS,
                "treatFailureAsDeploymentFailure": False,
            },
        }
        return await self._send(
            machine,
            lambda client, options: client.virtual_machine_run_commands.begin_create_or_update(
                machine.resource_group, machine.name, name, body, polling=False, **options
            ),
            what=f"run the script {name}",
            request_id=request_id,
            expected=_SCRIPT,
            details={_SCRIPT: name},
        )

    async def script(self, machine: ArmId, *, name: str) -> ScriptResult | None:
        """Read a managed run command; None when there is none of this name."""
        client = self._clients.compute(machine.subscription).virtual_machine_run_commands
        found = await self._reader.find(
            lambda: client.get_by_virtual_machine(machine.resource_group, machine.name, name, expand="instanceView"),
            what=f"read the script {name}",
            target=str(machine),
        )
        return None if found is None else _script(plain(found))

    async def follow(self, operation: Operation) -> Status:
        """Ask how an operation stands; where no address knows it, the machine itself is read.

        Raises:
            OperationFailedError: it ended badly, or what it worked on is in state Failed.
        """
        told = await self._operations.follow(operation)
        return told.status if told is not None else await self._seen(operation)

    async def _send(
        self,
        machine: ArmId,
        begin: _Begin,
        *,
        what: str,
        request_id: str,
        expected: str,
        details: Mapping[str, str] | None = None,
    ) -> Operation | None:
        client, now = self._clients.compute(machine.subscription), self._clock.now()
        answered = await self._sender.send(
            lambda options: begin(client, options), what=what, target=str(machine), request_id=request_id
        )
        if is_done_at_once(answered):
            return None
        record = {_EXPECTED: expected, **(details or {})}
        sent = Sent(kind=KIND, target=str(machine), what=what, request_id=request_id, details=record)
        return recorded(sent, answered, now)

    async def _seen(self, operation: Operation) -> Status:
        """Answer from the world: Azure may accept without naming an address, or forget an operation."""
        target, expected = ArmId(operation.target), operation.details.get(_EXPECTED, "present")
        if expected == _SCRIPT:
            known = await self.script(target, name=operation.details[_SCRIPT])
            return Status(finished=known is not None, started_at=operation.started_at)
        machine = await self.get(target)
        if machine is None:
            return Status(finished=expected == "absent", started_at=operation.started_at)
        if machine.state.casefold() == "failed":
            raise OperationFailedError(
                f"could not {operation.details.get('what', 'change the machine')}: its state is Failed",
                target=operation.target,
                hint="the machine's page and its activity log tell more",
            )
        settled = machine.state.casefold() == "succeeded"
        reached = {"present": settled, "absent": False}.get(expected, machine.power == expected and settled)
        working = at_work(machine.state) or machine.power in _CHANGING
        return Status(finished=reached, started_at=operation.started_at, known=working)


async def _collected(pages: Any) -> list[Any]:  # noqa: ANN401 - the SDK's pager has no public type
    with reading_a_list():
        return [one async for one in pages]


def _machine(body: Body, asked: ArmId) -> Machine:
    properties = branch(body, "properties")
    storage = branch(properties, "storageProfile")
    disks = (branch(storage, "osDisk"), *bodies(storage, "dataDisks"))
    disk_ids = (arm_id(disk, "managedDisk", "id") for disk in disks)
    interfaces = (arm_id(one, "id") for one in bodies(properties, "networkProfile", "networkInterfaces"))
    view = branch(properties, "instanceView")
    return Machine(
        id=arm_id(body, "id") or asked,
        location=text(body, "location"),
        state=text(properties, "provisioningState"),
        power=_power(view),
        agent_ready=_agent_ready(view),
        interfaces=tuple(one for one in interfaces if one is not None),
        disks=tuple(one for one in disk_ids if one is not None),
        tags=tags(body),
        created_at=real_instant(value(properties, "timeCreated")),
    )


def _power(view: Body) -> str | None:
    codes = (text(status, "code") for status in bodies(view, "statuses"))
    return next((code[len(_POWER) :].casefold() for code in codes if code.casefold().startswith(_POWER)), None)


def _agent_ready(view: Body) -> bool | None:
    statuses = bodies(view, "vmAgent", "statuses")
    return text(statuses[0], "displayStatus").casefold() == "ready" if statuses else None


def _disk(body: Body) -> Disk | None:
    disk = arm_id(body, "id")
    if disk is None:
        return None
    properties = branch(body, "properties")
    return Disk(
        id=disk,
        location=text(body, "location"),
        os_type=text(properties, "osType"),
        attached_to=arm_id(body, "managedBy"),
        created_at=real_instant(value(properties, "timeCreated")),
        generation=text(properties, "hyperVGeneration"),
        tags=tags(body),
    )


def _machine_body(wish: MachineWish) -> dict[str, Any]:
    """Build a machine on disks that exist: attached, without an OS profile, deleted together with the machine."""
    data = [
        {"lun": lun, "createOption": "Attach", "managedDisk": {"id": str(disk.id)}, "deleteOption": "Delete"}
        for lun, disk in enumerate(wish.data_disks)
    ]
    os_disk = {
        "createOption": "Attach",
        "osType": wish.os_disk.os_type,
        "managedDisk": {"id": str(wish.os_disk.id)},
        "deleteOption": "Delete",
    }
    reserved = {"capacityReservation": {"capacityReservationGroup": {"id": str(wish.reservation)}}}
    return {
        "location": wish.location,
        "tags": dict(wish.tags),
        "properties": {
            **(reserved if wish.reservation is not None else {}),
            "hardwareProfile": {"vmSize": wish.size},
            "storageProfile": {"osDisk": os_disk, "dataDisks": data},
            "networkProfile": {
                "networkInterfaces": [{"id": str(wish.interface), "properties": {"deleteOption": "Delete"}}]
            },
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
        },
    }


def _scanner_body(wish: ScannerWish) -> dict[str, Any]:
    """Build a machine of a specialised image, which has no OS profile; the other disks are detached when it goes."""
    data = [
        {
            "lun": lun,
            "createOption": "Attach",
            "caching": "ReadOnly",
            "managedDisk": {"id": str(disk.id)},
            "deleteOption": "Detach",
        }
        for lun, disk in enumerate(wish.disks)
    ]
    return {
        "location": wish.location,
        "tags": dict(wish.tags),
        "properties": {
            "hardwareProfile": {"vmSize": wish.size},
            "storageProfile": {
                "imageReference": {"id": str(wish.image)},
                "osDisk": {"createOption": "FromImage", "deleteOption": "Delete"},
                "dataDisks": data,
            },
            "networkProfile": {
                "networkInterfaces": [{"id": str(wish.interface), "properties": {"deleteOption": "Delete"}}]
            },
            "diagnosticsProfile": {"bootDiagnostics": {"enabled": True}},
        },
    }


def _script(body: Body) -> ScriptResult:
    view = branch(body, "properties", "instanceView")
    return ScriptResult(
        state=text(view, "executionState") or "Pending",
        exit_code=whole(view, "exitCode"),
        output=text(view, "output"),
        error=text(view, "error"),
        started_at=real_instant(value(view, "startTime")),
        ended_at=real_instant(value(view, "endTime")),
    )
