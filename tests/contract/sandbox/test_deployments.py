"""Azure's own client against deployments: what they make, in which order, under whose rights, and how they fail."""

import json
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError

from drd.sandbox.faults import make
from drd.sandbox.wire import Request
from tests.contract.sandbox.conftest import ROOT, Azure
from tests.contract.sandbox.examples import missing

pytestmark = pytest.mark.anyio

GROUP, NAME = "rg-werkplek-neu", "vm-proef-1"
SUBNET = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/virtualNetworks/vnet-werkplek-neu/subnets/snet-servers"
DEPLOYMENTS = f"{ROOT}/{GROUP}/providers/Microsoft.Resources/deployments"
IMAGE = f"{ROOT}/{GROUP}/providers/Microsoft.Compute/galleries/galwerkplek/images/werkplek"
POOL = "hp-kantoor-neu"


def interface(name: str = "[concat(parameters('name'), '-nic')]", **members: Any) -> dict[str, Any]:
    """Give a network interface of a template."""
    configuration = {"subnet": {"id": "[parameters('subnet')]"}, "privateIPAllocationMethod": "Dynamic"}
    return {
        "type": "Microsoft.Network/networkInterfaces",
        "apiVersion": "2024-05-01",
        "name": name,
        "location": "[resourceGroup().location]",
        "properties": {"ipConfigurations": [{"name": "ipconfig1", "properties": configuration}]},
        **members,
    }


def machine() -> dict[str, Any]:
    """Give a machine of an image."""
    held = "[resourceId('Microsoft.Network/networkInterfaces', variables('interface'))]"
    return {
        "type": "Microsoft.Compute/virtualMachines",
        "apiVersion": "2024-07-01",
        "name": "[parameters('name')]",
        "location": "northeurope",
        "dependsOn": ["[variables('interface')]"],
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_D2s_v5"},
            "storageProfile": {
                "imageReference": {"id": IMAGE},
                "osDisk": {"createOption": "FromImage", "deleteOption": "Delete"},
            },
            "osProfile": {
                "computerName": "[parameters('name')]",
                "adminUsername": "beheer1",
                "adminPassword": "[parameters('password')]",
            },
            "networkProfile": {"networkInterfaces": [{"id": held, "properties": {"deleteOption": "Delete"}}]},
        },
    }


def agent(token: str) -> dict[str, Any]:
    """Give the extension that brings the machine into a pool."""
    return {
        "type": "Microsoft.Compute/virtualMachines/extensions",
        "apiVersion": "2024-07-01",
        "name": "[format('{0}/{1}', parameters('name'), 'Agent')]",
        "location": "northeurope",
        "dependsOn": ["[resourceId('Microsoft.Compute/virtualMachines', parameters('name'))]"],
        "properties": {
            "publisher": "Microsoft.Powershell",
            "type": "DSC",
            "typeHandlerVersion": "2.83",
            "settings": {"configurationFunction": "Configuration.ps1\\AddSessionHost"},
            "protectedSettings": {"Items": {"RegistrationInfoToken": token}},
        },
    }


def deployment(*resources: dict[str, Any], **members: Any) -> Any:
    """Give the body of a deployment."""
    return {
        "properties": {
            "mode": "Incremental",
            "template": {
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0",
                "parameters": {
                    "name": {"type": "string", "defaultValue": NAME},
                    "subnet": {"type": "string"},
                    "password": {"type": "securestring"},
                },
                "variables": {"interface": "[concat(parameters('name'), '-nic')]"},
                "resources": list(resources),
            },
            "parameters": {"subnet": {"value": SUBNET}, "password": {"value": "Geheim-2026!"}},
            **members,
        }
    }


def raw(azure: Azure, method: str, path: str, body: dict[str, Any] | None = None, who: str = "sandbox-owner") -> Any:
    """Ask without a client, and give the body as it is on the wire."""
    request = Request(
        method=method,
        url=f"{azure.base_url}{path}?api-version=2025-04-01",
        headers={"authorization": f"Bearer {azure.sandbox.world.identities.token_for(who)}"},
        body=json.dumps(body).encode() if body else b"",
    )
    return azure.sandbox.answer(request).json()


def client_of(azure: Azure) -> Any:
    """Give the client's part for deployments; bodies are given as they are on the wire."""
    return azure.deployments.deployments


async def token_of(azure: Azure) -> str:
    """Open the pool, and give its token."""
    until = (azure.time.now + timedelta(hours=8)).isoformat()
    body: Any = {"properties": {"registrationInfo": {"expirationTime": until, "registrationTokenOperation": "Update"}}}
    await azure.desktops.host_pools.update(GROUP, POOL, body)
    return str((await azure.desktops.host_pools.retrieve_registration_token(GROUP, POOL)).token)


async def deployed(azure: Azure, body: Any, name: str = "proef") -> Any:
    """Deploy, and wait for the end."""
    poller = await client_of(azure).begin_create_or_update(GROUP, name, body)
    return await poller.result()


async def test_resources_are_made_in_their_order_and_a_session_host_appears(azure: Azure) -> None:
    """Interface, machine, agent: each when what it needs stands; afterwards the pool has a host."""
    token = await token_of(azure)
    done = await deployed(azure, deployment(agent(token), machine(), interface()))
    seen = [entry.path for entry in azure.sandbox.world.journal.entries if entry.method == "PUT" and NAME in entry.path]
    await azure.time.sleep(400)
    hosts: Any = [each async for each in azure.desktops.session_hosts.list(GROUP, POOL)]

    assert done.properties.provisioning_state == "Succeeded"
    assert [path.rpartition("/")[2] for path in seen] == [f"{NAME}-nic", NAME, "Agent"]
    assert len(done.properties.output_resources) == 3
    assert [(each.name, each.status) for each in hosts] == [(f"{POOL}/{NAME}", "Available")]
    assert str(hosts[0].resource_id).endswith(f"/virtualMachines/{NAME}")


def join() -> dict[str, Any]:
    """Give the extension that joins the machine to the directory."""
    made = agent("")
    made["name"] = "[format('{0}/{1}', parameters('name'), 'Join')]"
    made["properties"] = {
        "publisher": "Microsoft.Compute",
        "type": "JsonADDomainExtension",
        "typeHandlerVersion": "1.3",
        "settings": {"Name": "voorbeeld.example", "User": "join@voorbeeld.example", "Restart": "true", "Options": "3"},
        "protectedSettings": {"Password": "[parameters('password')]"},
    }
    return made


@pytest.mark.parametrize("directory", [True, False])
async def test_a_machine_joins_a_domain_only_while_a_directory_answers(azure: Azure, directory: bool) -> None:
    """And then its name in the pool ends with the domain's."""
    token = await token_of(azure)
    if not directory:
        for name in ("vm-id-1", "vm-id-2"):
            await (await azure.compute.virtual_machines.begin_deallocate("rg-identiteit", name)).result()
    last = agent(token)
    last["dependsOn"] = ["Join"]
    poller = await client_of(azure).begin_create_or_update(
        GROUP, "proef", deployment(interface(), machine(), join(), last)
    )
    if directory:
        await poller.result()
        names = [each.name async for each in azure.desktops.session_hosts.list(GROUP, POOL)]
        assert names == [f"{POOL}/{NAME}.voorbeeld.example"]
        return
    with pytest.raises(HttpResponseError) as failed:
        await poller.result()
    assert "joining Domain 'voorbeeld.example'" in str(failed.value)


async def test_secrets_are_never_told_again(azure: Azure) -> None:
    """Neither by the deployment, nor by its operations, nor by the machine."""
    await deployed(azure, deployment(machine(), interface()))
    told = [
        raw(azure, "GET", f"{DEPLOYMENTS}/proef"),
        raw(azure, "GET", f"{DEPLOYMENTS}/proef/operations"),
        raw(azure, "GET", f"{ROOT}/{GROUP}/providers/Microsoft.Compute/virtualMachines/{NAME}"),
    ]

    assert told[0]["properties"]["parameters"]["password"] == {"type": "SecureString"}
    assert told[0]["properties"]["parameters"]["name"] == {"type": "String", "value": NAME}
    assert [each for each in told if "Geheim" in json.dumps(each)] == []


async def test_a_token_that_is_nobodys_fails_the_extension_and_with_it_the_deployment(azure: Azure) -> None:
    """`DeploymentFailed` says which resource, and why."""
    poller = await client_of(azure).begin_create_or_update(
        GROUP, "proef", deployment(agent("not-a-token"), machine(), interface())
    )
    with pytest.raises(HttpResponseError) as failed:
        await poller.result()
    found = await client_of(azure).get(GROUP, "proef")

    assert failed.value.error is not None
    assert failed.value.error.code == "DeploymentFailed"
    assert found.properties is not None
    assert found.properties.provisioning_state == "Failed"
    (detail,) = found.properties.error.details
    assert detail.code == "VMExtensionProvisioningError"
    assert "INVALID_REGISTRATION_TOKEN" in detail.message
    assert detail.target.endswith("/extensions/Agent")


async def test_what_the_caller_may_not_do_its_deployment_may_not(azure: Azure) -> None:
    """Each resource is written under the caller's rights."""
    body = deployment(
        {
            "type": "Microsoft.Network/virtualNetworks",
            "apiVersion": "2024-05-01",
            "name": "vnet-proef",
            "location": "northeurope",
            "properties": {"addressSpace": {"addressPrefixes": ["10.50.0.0/16"]}},
        }
    )
    raw(azure, "PUT", f"{DEPLOYMENTS}/proef", body, "drd-failover")
    await azure.time.sleep(30)
    found = raw(azure, "GET", f"{DEPLOYMENTS}/proef")["properties"]

    assert found["provisioningState"] == "Failed"
    assert [each["code"] for each in found["error"]["details"]] == ["AuthorizationFailed"]


async def test_a_deployment_waits_when_azure_asks_it_to(azure: Azure) -> None:
    """A 429 ends nothing: the engine tries again."""
    azure.sandbox.world.faults.add(make("throttle", resource=f"{NAME}-nic", method="PUT", count=2))

    done = await deployed(azure, deployment(interface()))

    assert done.properties.provisioning_state == "Succeeded"


async def test_one_that_runs_is_not_replaced_and_can_be_cancelled(azure: Azure) -> None:
    """409 while it runs; what was started goes on, nothing more is started."""
    client = client_of(azure)
    await client.begin_create_or_update(GROUP, "proef", deployment(machine(), interface()), polling=False)
    await azure.time.sleep(3)
    with pytest.raises(HttpResponseError) as refused:
        await client.begin_create_or_update(GROUP, "proef", deployment(interface()), polling=False)
    await client.cancel(GROUP, "proef")
    await azure.time.sleep(300)
    found = await client.get(GROUP, "proef")
    with pytest.raises(HttpResponseError) as over:
        await client.cancel(GROUP, "proef")

    assert refused.value.error is not None
    assert refused.value.error.code == "DeploymentActive"
    assert over.value.status_code == 409
    assert found.properties is not None
    assert found.properties.provisioning_state == "Canceled"
    assert [each.name async for each in azure.compute.virtual_machines.list(GROUP)] == []
    assert await client.check_existence(GROUP, "proef")
    poller = await client.begin_delete(GROUP, "proef")
    await poller.result()
    assert [each.name async for each in client.list_by_resource_group(GROUP)] == []


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (deployment(interface(copy={"name": "x", "count": 2})), "member 'copy' is not supported"),
        (deployment(interface("[uniqueString(parameters('name'))]")), "'uniqueString' is not supported"),
        (deployment(interface("[concat(parameters('name')]")), "ends too early"),
        (deployment(interface("[parameters('naam')]")), "parameter 'naam' is not found"),
        (deployment(interface(dependsOn=["nic-2"])), "'nic-2' is not defined"),
        (deployment(interface("a", dependsOn=["b"]), interface("b", dependsOn=["a"])), "Circular dependency"),
        (deployment(interface("a"), interface("A")), "defined multiple times"),
        (deployment(interface("a/b")), "incorrect segment lengths"),
        (deployment(interface(), parameters={}), "'subnet' is not provided"),
        (deployment(interface(), parameters={"extra": {"value": 1}}), "parameters 'extra' are not valid"),
        (deployment(interface(), templateLink={"uri": "https://example.com"}), "templateLink is not supported"),
    ],
)
async def test_a_template_that_cannot_be_read_is_refused_by_name(azure: Azure, body: Any, says: str) -> None:
    """Nothing is guessed, and nothing is made."""
    with pytest.raises(HttpResponseError, match=says) as refused:
        await client_of(azure).begin_create_or_update(GROUP, "proef", body, polling=False)

    assert refused.value.error is not None
    assert refused.value.error.code == "InvalidTemplate"
    assert raw(azure, "GET", f"{DEPLOYMENTS}/proef")["error"]["code"] == "DeploymentNotFound"


async def test_complete_mode_and_what_if_are_not_modelled(azure: Azure) -> None:
    """They say so."""
    with pytest.raises(HttpResponseError, match="Incremental"):
        await deployed(azure, deployment(interface(), mode="Complete"))
    with pytest.raises(HttpResponseError, match="what-if"):
        await client_of(azure).begin_what_if(GROUP, "proef", deployment(interface()))


async def test_every_answer_holds_what_the_specification_shows(azure: Azure) -> None:
    """As it is on the wire, member by member."""
    body = deployment(interface())
    validated = raw(azure, "POST", f"{DEPLOYMENTS}/proef/validate", body)
    accepted = raw(azure, "PUT", f"{DEPLOYMENTS}/proef", body)
    await azure.time.sleep(60)
    answers = {
        "Deployments_Validate": validated,
        "Deployments_CreateOrUpdate": accepted,
        "Deployments_Get": raw(azure, "GET", f"{DEPLOYMENTS}/proef"),
    }

    assert {name: missing(body, "deployments", name) for name, body in answers.items()} == {
        name: [] for name in answers
    }
    poller = await client_of(azure).begin_validate(GROUP, "proef-2", body)
    result = await poller.result()
    assert result.properties is not None
    assert result.properties.validated_resources
    (operation,) = [each async for each in azure.deployments.deployment_operations.list(GROUP, "proef")]
    assert operation.properties is not None
    assert operation.properties.provisioning_state == "Succeeded"
    assert operation.properties.target_resource is not None
    assert operation.properties.target_resource.resource_name == f"{NAME}-nic"
