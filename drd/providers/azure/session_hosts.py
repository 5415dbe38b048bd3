"""What a session host is made of: one template with its interface, its machine, its sign-in and its agent."""

import secrets
from collections.abc import Mapping
from typing import Any

from drd.ports.desktops import SessionHostWish
from drd.providers.azure.deployments import DeploymentWish

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"
_COMPUTE, _NETWORK = "2024-07-01", "2024-05-01"
_MACHINES, _INTERFACES = "Microsoft.Compute/virtualMachines", "Microsoft.Network/networkInterfaces"
_AGENT = "https://wvdportalstorageblob.blob.core.windows.net/galleryartifacts/Configuration_1.0.02790.438.zip"
_PASSWORD_BYTES = 24


def deployment_of(wish: SessionHostWish, token: str) -> DeploymentWish:
    """Return the deployment that makes a host: the token and a password that nobody knows are its secrets."""
    return DeploymentWish(
        id=wish.deployment,
        template=_template(wish),
        parameters={
            "name": wish.machine.name,
            "location": wish.location,
            "size": wish.size,
            "image": str(wish.image),
            "subnet": str(wish.subnet),
            "pool": wish.pool.name,
        },
        # Nobody signs in as the local administrator: the password is made here, sent, and forgotten.
        secrets={"token": token, "password": f"{secrets.token_urlsafe(_PASSWORD_BYTES)}-aA1"},
        tags=wish.tags,
        request_id=wish.request_id,
    )


def _template(wish: SessionHostWish) -> Mapping[str, Any]:
    named = {name: {"type": "string"} for name in ("name", "location", "size", "image", "subnet", "pool")}
    hidden = {name: {"type": "securestring"} for name in ("token", "password")}
    return {
        "$schema": _SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {**named, **hidden},
        "variables": {
            "interface": "[concat(parameters('name'), '-nic')]",
            "interfaceId": f"[resourceId('{_INTERFACES}', variables('interface'))]",
            "machineId": f"[resourceId('{_MACHINES}', parameters('name'))]",
        },
        "resources": [
            _interface(wish.tags),
            _machine(wish.tags),
            _extension(wish.tags, "SignIn", "[variables('machineId')]", _SIGN_IN),
            _extension(
                wish.tags,
                "Agent",
                f"[resourceId('{_MACHINES}/extensions', parameters('name'), 'SignIn')]",
                _AGENT_PROPERTIES,
            ),
        ],
    }


_SIGN_IN: Mapping[str, Any] = {
    "publisher": "Microsoft.Azure.ActiveDirectory",
    "type": "AADLoginForWindows",
    "typeHandlerVersion": "2.0",
    "autoUpgradeMinorVersion": True,
}
_AGENT_PROPERTIES: Mapping[str, Any] = {
    "publisher": "Microsoft.Powershell",
    "type": "DSC",
    "typeHandlerVersion": "2.83",
    "autoUpgradeMinorVersion": True,
    "settings": {
        "modulesUrl": _AGENT,
        "configurationFunction": "Configuration.ps1\\AddSessionHost",
        "properties": {
            "hostPoolName": "[parameters('pool')]",
            "aadJoin": True,
            "registrationInfoTokenCredential": {
                "UserName": "PLACEHOLDER_DO_NOT_USE",
                "Password": "PrivateSettingsRef:RegistrationInfoToken",
            },
        },
    },
    "protectedSettings": {"Items": {"RegistrationInfoToken": "[parameters('token')]"}},
}


def _interface(tags: Mapping[str, str]) -> Mapping[str, Any]:
    configuration = {"subnet": {"id": "[parameters('subnet')]"}, "privateIPAllocationMethod": "Dynamic"}
    return {
        "type": _INTERFACES,
        "apiVersion": _NETWORK,
        "name": "[variables('interface')]",
        "location": "[parameters('location')]",
        "tags": dict(tags),
        "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": configuration}]},
    }


def _machine(tags: Mapping[str, str]) -> Mapping[str, Any]:
    return {
        "type": _MACHINES,
        "apiVersion": _COMPUTE,
        "name": "[parameters('name')]",
        "location": "[parameters('location')]",
        "tags": dict(tags),
        "identity": {"type": "SystemAssigned"},
        "dependsOn": ["[variables('interfaceId')]"],
        "properties": {
            "hardwareProfile": {"vmSize": "[parameters('size')]"},
            "storageProfile": {
                "imageReference": {"id": "[parameters('image')]"},
                "osDisk": {
                    "name": "[concat(parameters('name'), '-os')]",
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
        },
    }


def _extension(tags: Mapping[str, str], name: str, after: str, properties: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "type": f"{_MACHINES}/extensions",
        "apiVersion": _COMPUTE,
        "name": f"[concat(parameters('name'), '/{name}')]",
        "location": "[parameters('location')]",
        "tags": dict(tags),
        "dependsOn": [after],
        "properties": dict(properties),
    }
