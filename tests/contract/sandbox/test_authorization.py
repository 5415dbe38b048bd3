"""Roles through Azure's own client: what the caller may, definitions and assignments, and what is refused without."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.authorization.aio import AuthorizationManagementClient

from drd.sandbox.app import Sandbox
from drd.sandbox.server import HttpServer
from drd.sandbox.wire import Request
from tests.contract.sandbox.conftest import ROOT, SUBSCRIPTION, Bearer, NoCredential, OverHttp, Time
from tests.contract.sandbox.examples import missing

pytestmark = pytest.mark.anyio

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
MACHINE = f"{ROOT}/rg-databank/providers/Microsoft.Compute/virtualMachines/vm-db-1"
FAILOVER = "00000000-0000-0000-0000-0000000000b2"
READER_ROLE = f"{SCOPE}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
NEW = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
async def client(sandbox: Sandbox, time: Time) -> AsyncIterator[Callable[[str], Any]]:
    """Azure's client, under an identity."""
    made: list[Any] = []
    server = HttpServer(sandbox.handle)
    await server.start()
    async with aiohttp.ClientSession() as session:

        def under(identity: str) -> Any:
            made.append(
                AuthorizationManagementClient(
                    NoCredential(),
                    SUBSCRIPTION,
                    base_url=server.base_url,
                    credential_scopes=["sandbox/.default"],
                    authentication_policy=Bearer(sandbox.world.identities.token_for(identity)),
                    transport=OverHttp(session, time),
                    retry_total=0,
                )
            )
            return made[-1]

        yield under
        for one in made:
            await one.close()
    await server.stop()


@pytest.fixture
def ask(sandbox: Sandbox) -> Callable[..., Any]:
    """A plain request under an identity."""

    def send(identity: str, method: str, path: str, body: bytes = b"") -> Any:
        token = sandbox.world.identities.token_for(identity)
        headers = {"authorization": f"Bearer {token}"}
        return sandbox.answer(Request(method=method, url=f"http://sandbox{path}", headers=headers, body=body))

    return send


async def test_an_identity_is_told_what_it_may_role_by_role(client: Any) -> None:
    """In a group and on a resource; the owner may everything."""
    operations = client("drd-standing").permissions
    in_group = [one async for one in operations.list_for_resource_group("rg-databank")]
    on_machine = [
        one
        async for one in operations.list_for_resource(
            "rg-databank", "Microsoft.Compute", "", "virtualMachines", "vm-db-1"
        )
    ]
    everything = [one async for one in client("sandbox-owner").permissions.list_for_resource_group("rg-databank")]

    held = {action for one in in_group for action in one.actions}
    assert len(in_group) == len(on_machine) == 4
    assert "Microsoft.Compute/virtualMachines/read" in held
    assert not any(action.endswith("unplannedFailover/action") for action in held)
    assert [one.actions for one in everything] == [["*"]]


@pytest.mark.parametrize("version", ["2022-04-01", "2015-07-01"])
def test_permissions_answer_both_versions(ask: Any, version: str) -> None:
    """The newer and the older."""
    path = f"{ROOT}/rg-databank/providers/Microsoft.Authorization/permissions?api-version={version}"

    assert ask("drd-standing", "GET", path).status == 200


async def test_definitions_can_be_read(client: Any, ask: Any) -> None:
    """Azure's own and the estate's, by id and by name, with every member of the specification's example."""
    operations = client("sandbox-owner").role_definitions
    names = {one.role_name async for one in operations.list(SCOPE)}
    [observer] = [one async for one in operations.list(SCOPE, filter="roleName eq 'drd observer'")]
    same = await operations.get(SCOPE, observer.name)

    assert {"Owner", "Reader", "drd observer", "drd failover"} <= names
    assert (same.role_name, same.role_type) == ("drd observer", "CustomRole")
    assert "Microsoft.RecoveryServices/vaults/read" in same.permissions[0].actions
    body = ask("sandbox-owner", "GET", f"{observer.id}?api-version=2022-04-01").json()
    assert missing(body, "authorization", "GetRoleDefinitionByName") == []
    with pytest.raises(HttpResponseError) as refusal:
        await operations.get(SCOPE, NEW)
    assert refusal.value.error.code == "RoleDefinitionDoesNotExist"


@pytest.mark.parametrize("text", ["principalId eq '{id}'", "assignedTo('{id}')", "atScope() and assignedTo('{id}')"])
async def test_assignments_are_found_by_who_holds_them(client: Any, text: str) -> None:
    """The filters that clients send."""
    operations = client("sandbox-owner").role_assignments
    found = [one async for one in operations.list_for_subscription(filter=text.format(id=FAILOVER))]

    assert {one.principal_id for one in found} == {FAILOVER}
    assert len(found) == 6
    assert {one.scope for one in found} == {SCOPE}


async def test_assignments_are_told_as_the_specification_s_example(client: Any, ask: Any) -> None:
    """Members of the list, one by id, and a filter that is none."""
    path = f"{SCOPE}/providers/Microsoft.Authorization/roleAssignments"
    body = ask("sandbox-owner", "GET", f"{path}?api-version=2022-04-01").json()
    one = await client("sandbox-owner").role_assignments.get(SCOPE, body["value"][1]["name"])

    assert missing(body, "authorization", "RoleAssignments_ListForScope") == []
    assert one.id == body["value"][1]["id"]
    wrong = ask("sandbox-owner", "GET", f"{path}?api-version=2022-04-01&$filter=nonsense")
    assert (wrong.status, wrong.json()["error"]["code"]) == (400, "BadRequestFormat")


async def test_a_role_that_is_given_counts_at_once_and_one_that_is_taken_back_no_longer(client: Any, ask: Any) -> None:
    """Only somebody with the right to write assignments may."""
    machine = f"{MACHINE}?api-version=2025-04-01"
    given = {"role_definition_id": READER_ROLE, "principal_id": "00000000-0000-0000-0000-0000000000b3"}
    with pytest.raises(HttpResponseError) as refusal:
        await client("drd-failover").role_assignments.create(f"{ROOT}/rg-databank", NEW, given)
    assert (refusal.value.status_code, refusal.value.error.code) == (403, "AuthorizationFailed")
    assert ask("drd-reaper", "GET", machine).status == 403

    operations = client("sandbox-owner").role_assignments
    made = await operations.create(f"{ROOT}/rg-databank", NEW, given)
    assert (made.scope, made.principal_type) == (f"{ROOT}/rg-databank", "ServicePrincipal")
    assert ask("drd-reaper", "GET", machine).status == 200
    with pytest.raises(HttpResponseError) as again:
        await operations.create(f"{ROOT}/rg-databank", NEW.replace("1", "2"), given)
    assert again.value.error.code == "RoleAssignmentExists"
    await operations.delete(f"{ROOT}/rg-databank", NEW)
    assert ask("drd-reaper", "GET", machine).status == 403


def test_without_the_right_nothing_is_told_of_what_is_there(ask: Any) -> None:
    """403 in Azure's words, for a machine that is not there as for one that is, also in a group that is not."""
    answers = [
        ask("drd-reaper", "GET", f"{place}/providers/Microsoft.Compute/virtualMachines/{name}?api-version=2025-04-01")
        for place, name in (
            (f"{ROOT}/rg-databank", "vm-db-1"),
            (f"{ROOT}/rg-databank", "none"),
            (f"{ROOT}/rg-none", "none"),
        )
    ]

    assert [(one.status, one.json()["error"]["code"]) for one in answers] == [(403, "AuthorizationFailed")] * 3
    assert answers[0].json()["error"]["message"] == (
        "The client '00000000-0000-0000-0000-0000000000a3' with object id '00000000-0000-0000-0000-0000000000b3' does "
        "not have authorization to perform action 'Microsoft.Compute/virtualMachines/read' over scope "
        f"'{MACHINE}' or the scope is invalid. If access was recently granted, please refresh your credentials."
    )


def test_a_list_and_an_action_are_checked_where_they_belong(ask: Any) -> None:
    """The scope of a list is its group's provider, that of an action its resource."""
    listed = ask("drd-reaper", "GET", f"{MACHINE.rpartition('/')[0]}?api-version=2025-04-01").json()["error"]["message"]
    started = ask("drd-reaper", "POST", f"{MACHINE}/start?api-version=2025-04-01").json()["error"]["message"]

    assert f"over scope '{ROOT}/rg-databank/providers/Microsoft.Compute'" in listed
    assert f"'Microsoft.Compute/virtualMachines/start/action' over scope '{MACHINE}'" in started


def test_an_interface_in_a_subnet_that_the_caller_may_not_join_is_refused(sandbox: Sandbox, ask: Any) -> None:
    """The linked right, in Azure's words, and nothing has begun."""
    roles = sandbox.world.roles
    for one in list(roles.held("drd-standing", f"{ROOT}/rg-recovery-weu".casefold())):
        roles.withdraw(one.id)
        roles.assign("drd-standing", one.role, f"{ROOT}/rg-netwerk-neu")
    subnet = f"{ROOT}/rg-netwerk/providers/Microsoft.Network/virtualNetworks/vnet-weu/subnets/snet-servers"
    address = {"name": "a", "properties": {"subnet": {"id": subnet}}}
    interface = json.dumps({"location": "northeurope", "properties": {"ipConfigurations": [address]}}).encode()
    path = f"{ROOT}/rg-netwerk-neu/providers/Microsoft.Network/networkInterfaces/nic-x?api-version=2025-05-01"
    answer = ask("drd-standing", "PUT", path, interface)

    assert (answer.status, answer.json()["error"]["code"]) == (403, "LinkedAuthorizationFailed")
    assert (
        "'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s)"
        in (answer.json()["error"]["message"])
    )
    assert sandbox.world.store.get(path.partition("?")[0]) is None
