"""Probes on Azure: one deployment makes them, and the effective rules and routes of their interface are asked."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from drd.domain.errors import TransientError
from drd.domain.ids import ArmId
from drd.ports.capabilities import Operation, Status
from drd.ports.clock import Clock
from drd.ports.probes import Applied, ProbeWish
from drd.providers.azure.body import Body, bodies, text
from drd.providers.azure.by_id import version_of
from drd.providers.azure.clients import Clients
from drd.providers.azure.deployments import AzureDeployments, DeploymentWish
from drd.providers.azure.errors import retry_after
from drd.providers.azure.isolation import effective_ways, leading_out, named_route
from drd.providers.azure.reading import Reader
from drd.providers.azure.rest import Reply, Rest
from drd.providers.azure.sending import Sender

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_COMPUTE, _NETWORK = "2024-07-01", "2024-05-01"
_MACHINES, _INTERFACES = "Microsoft.Compute/virtualMachines", "Microsoft.Network/networkInterfaces"
_NOTHING = frozenset({"", "failed", "canceled"})
_PASSWORD_BYTES = 24
_SCRIPT_SECONDS = 900
_PARTS = ("publisher", "offer", "sku", "version")
_BETWEEN, _MOST = timedelta(seconds=5), 36
"""How long is waited between two questions about rules and routes, and how often it is asked."""


class AzureProbes:
    """Answers `drd.ports.probes.Probes`.

    Permissions: create: `Microsoft.Resources/deployments/write` and what it writes, with `Microsoft.Compute/`
    `virtualMachines/runCommands/write`. creation, follow: `Microsoft.Resources/deployments/read`.
    applied: `Microsoft.Network/networkInterfaces/effectiveNetworkSecurityGroups/action`,
    `.../effectiveRouteTable/action`, `Microsoft.Network/locations/operationResults/read`.
    """

    def __init__(self, *, clients: Clients, reader: Reader, sender: Sender, rest: Rest, clock: Clock) -> None:
        """Take the clients, what asks, what sends, what asks by address, and world time."""
        self._rest = rest
        self._clock = clock
        self._deployments = AzureDeployments(clients=clients, reader=reader, sender=sender, clock=clock)

    async def create(self, wish: ProbeWish) -> Operation:
        """PUT by name. Raises ConflictError while a deployment of the same name runs."""
        return await self._deployments.deploy(_deployment(wish))

    async def creation(self, deployment: ArmId) -> Operation | None:
        """Give what was sent under a deployment's name, to be followed; None when nothing was, or it has failed."""
        state = await self._deployments.state(deployment)
        return None if state in _NOTHING else self._deployments.adopted(deployment)

    async def follow(self, operation: Operation) -> Status:
        """Ask how the making stands."""
        return await self._deployments.follow(operation)

    async def applied(self, interface: ArmId, *, spaces: tuple[str, ...]) -> Applied:
        """Ask what applies to the interface of a machine that runs.

        Raises:
            TransientError: Azure does not come to an end with it.
        """
        groups = bodies(await self._worked_out(interface, "effectiveNetworkSecurityGroups"), "value")
        routes = bodies(await self._worked_out(interface, "effectiveRouteTable"), "value")
        active = [one for one in routes if text(one, "state").casefold() != "invalid"]
        return Applied(
            groups=tuple(text(one, "networkSecurityGroup", "id").rpartition("/")[2] for one in groups),
            ways=effective_ways(groups, spaces),
            routes=tuple(named_route(one) for one in active),
            leading_out=tuple(named_route(one) for one in active if leading_out(one)),
        )

    async def _worked_out(self, interface: ArmId, question: str) -> Body:
        """Ask, and ask the address of the answer until it stands there. It changes nothing, so it may be asked anew."""
        what, target, version = f"ask for {question}", str(interface), version_of(interface)
        reply = await self._rest.question(f"{interface}/{question}", {}, what=what, target=target, version=version)
        url = reply.headers.get("location", "")
        for _ in range(_MOST):
            if reply.status == HTTPStatus.OK:
                return reply.body
            if not url or reply.status >= HTTPStatus.MULTIPLE_CHOICES:
                break
            await self._clock.sleep(self._wait(reply))
            reply = await self._rest.ask(url, what=what, target=target)
        raise TransientError(
            f"Azure does not tell {question}", target=target, hint="does the machine of this interface run?"
        )

    def _wait(self, reply: Reply) -> timedelta:
        return retry_after(reply.headers, self._clock.now()) or _BETWEEN


def _deployment(wish: ProbeWish) -> DeploymentWish:
    parts = dict(zip(_PARTS, wish.image.split(":"), strict=True))
    return DeploymentWish(
        id=wish.deployment,
        template=_template(wish.tags),
        parameters={
            "name": wish.machine.name,
            "interface": wish.interface.name,
            "disk": wish.disk.name,
            "location": wish.location,
            "size": wish.size,
            "subnet": str(wish.subnet),
            "command": wish.command,
            "script": wish.script,
            **parts,
        },
        # Nobody signs in: the password is made here, sent, and forgotten.
        secrets={"password": f"{secrets.token_urlsafe(_PASSWORD_BYTES)}-aA1"},
        tags=wish.tags,
        request_id=wish.request_id,
    )


def _template(tags: Mapping[str, str]) -> Mapping[str, Any]:
    shown = ("name", "interface", "disk", "location", "size", "subnet", "command", "script", *_PARTS)
    common = {"location": "[parameters('location')]", "tags": dict(tags)}
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {**{name: {"type": "string"} for name in shown}, "password": {"type": "securestring"}},
        "variables": {
            "interfaceId": f"[resourceId('{_INTERFACES}', parameters('interface'))]",
            "machineId": f"[resourceId('{_MACHINES}', parameters('name'))]",
        },
        "resources": [
            {
                **common,
                "type": _INTERFACES,
                "apiVersion": _NETWORK,
                "name": "[parameters('interface')]",
                "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": _CONFIGURATION}]},
            },
            {
                **common,
                "type": _MACHINES,
                "apiVersion": _COMPUTE,
                "name": "[parameters('name')]",
                "dependsOn": ["[variables('interfaceId')]"],
                "properties": _MACHINE,
            },
            {
                **common,
                "type": f"{_MACHINES}/runCommands",
                "apiVersion": _COMPUTE,
                "name": "[concat(parameters('name'), '/', parameters('command'))]",
                "dependsOn": ["[variables('machineId')]"],
                "properties": {
                    "source": {"script": "[parameters('script')]"},
                    "asyncExecution": True,
                    "timeoutInSeconds": _SCRIPT_SECONDS,
                    "treatFailureAsDeploymentFailure": False,
                },
            },
        ],
    }


_CONFIGURATION: Mapping[str, Any] = {
    "subnet": {"id": "[parameters('subnet')]"},
    "privateIPAllocationMethod": "Dynamic",
}
_MACHINE: Mapping[str, Any] = {
    "hardwareProfile": {"vmSize": "[parameters('size')]"},
    "storageProfile": {
        "imageReference": {part: f"[parameters('{part}')]" for part in _PARTS},
        "osDisk": {
            "name": "[parameters('disk')]",
            "createOption": "FromImage",
            "deleteOption": "Delete",
            "managedDisk": {"storageAccountType": "StandardSSD_LRS"},
        },
    },
    "osProfile": {
        "computerName": "[parameters('name')]",
        "adminUsername": "drdlocal",
        "adminPassword": "[parameters('password')]",
    },
    "networkProfile": {
        "networkInterfaces": [
            {"id": "[variables('interfaceId')]", "properties": {"deleteOption": "Delete", "primary": True}}
        ]
    },
}
