"""Managed identity through Azure's own credential, faults on order, and the addresses that control the sandbox."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity.aio import ManagedIdentityCredential

from drd.sandbox.app import Sandbox
from drd.sandbox.server import HttpServer

pytestmark = pytest.mark.anyio

SECRET = "sandbox-identity"
API = "api-version=2025-04-01"


@pytest.fixture
async def base_url(sandbox: Sandbox) -> AsyncIterator[str]:
    """The sandbox over HTTP, without clients."""
    server = HttpServer(sandbox.handle)
    await server.start()
    yield server.base_url
    await server.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def credential(base_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], ManagedIdentityCredential]:
    """Azure's credential for an identity, told of the endpoint as App Service tells it."""

    def make(client_id: str, header: str = SECRET) -> ManagedIdentityCredential:
        monkeypatch.setenv("IDENTITY_ENDPOINT", f"{base_url}/msi/token")
        monkeypatch.setenv("IDENTITY_HEADER", header)
        return ManagedIdentityCredential(client_id=client_id)

    return make


async def test_the_credential_gets_a_token_and_the_journal_names_its_identity(
    base_url: str, credential: Any, session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    """Azure's own credential works unmodified against the token endpoint."""
    async with credential("00000000-0000-0000-0000-0000000000a2") as one:
        token = await one.get_token("https://management.azure.com/.default")
    headers = {"Authorization": f"Bearer {token.token}", "x-ms-client-request-id": "run-1-step-2"}
    answer = await session.get(f"{base_url}/subscriptions?{API}", headers=headers)

    assert answer.status == 200
    assert answer.headers["x-ms-client-request-id"] == "run-1-step-2"
    entry = sandbox.world.journal.entries[-1]
    assert (entry.identity, entry.client_request_id) == ("drd-failover", "run-1-step-2")


async def test_an_unknown_identity_and_a_wrong_header_get_no_token(credential: Any) -> None:
    """The endpoint refuses as Azure's does."""
    async with credential("11111111-0000-0000-0000-000000000000") as one:
        with pytest.raises(ClientAuthenticationError):
            await one.get_token("https://management.azure.com/.default")
    async with credential("drd-reaper", "guessed") as one:
        with pytest.raises(ClientAuthenticationError):
            await one.get_token("https://management.azure.com/.default")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer made-up"}, {"Authorization": "Basic x"}])
async def test_a_call_without_a_known_token_is_refused(
    base_url: str, session: aiohttp.ClientSession, header: dict[str, str]
) -> None:
    """401, in Azure's form."""
    answer = await session.get(f"{base_url}/subscriptions?{API}", headers=header)

    assert answer.status == 401
    assert set((await answer.json())["error"]) == {"code", "message"}


async def test_a_fault_before_accepting_leaves_nothing_and_strikes_once(
    azure: Any, session: aiohttp.ClientSession
) -> None:
    """The chosen call fails, the next one succeeds."""
    fault = {"method": "PUT", "path-contains": "rg-new", "status": 429, "code": "TooManyRequests", "retry-after": 7}
    await session.post(f"{azure.base_url}/_sandbox/faults", json=fault)
    groups = azure.resources.resource_groups

    with pytest.raises(HttpResponseError) as refusal:
        await groups.create_or_update("rg-new", {"location": "northeurope"})
    assert (refusal.value.status_code, refusal.value.error.code) == (429, "TooManyRequests")
    assert refusal.value.response.headers["retry-after"] == "7"
    assert azure.effects("group.create") == []
    await groups.create_or_update("rg-new", {"location": "northeurope"})
    assert len(azure.effects("group.create")) == 1


async def test_a_fault_after_accepting_spoils_the_answer_only(azure: Any, session: aiohttp.ClientSession) -> None:
    """The world has changed although the caller was told of an error: the case that doubles what is sent blindly."""
    fault = {
        "operation": "Microsoft.Compute/virtualMachines/deallocate/action",
        "status": 503,
        "code": "ServerBusy",
        "after-accepting": True,
    }
    await session.post(f"{azure.base_url}/_sandbox/faults", json=fault)

    with pytest.raises(HttpResponseError) as refusal:
        await azure.compute.virtual_machines.begin_deallocate("rg-databank", "vm-db-1")

    assert refusal.value.status_code == 503
    assert len(azure.effects("vm.deallocate")) == 1
    entry = azure.sandbox.world.journal.entries[-1]
    assert (entry.fault, entry.status, len(entry.effects)) == (True, 503, 1)


async def test_regions_time_and_state_are_controlled_over_http(
    base_url: str, session: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    """A region may be declared lost in the past."""
    body = {"region": "westeurope", "at": "2026-11-20T08:50:00+00:00"}
    answer = await session.post(f"{base_url}/_sandbox/region-down", json=body)
    assert (await answer.json())["now"] == "2026-11-20T09:00:00.000000Z"
    lost_at = sandbox.world.regions.lost_at("westeurope")
    assert lost_at is not None
    assert lost_at.isoformat() == "2026-11-20T08:50:00+00:00"

    state = await (await session.get(f"{base_url}/_sandbox/state")).json()
    assert list(state["regions-lost"]) == ["westeurope"]
    machines = list(sandbox.world.store.each("Microsoft.Compute/virtualMachines"))
    assert state["resources"]["Microsoft.Compute/virtualMachines"] == len(machines) >= 10
    await session.post(f"{base_url}/_sandbox/region-up", json={"region": "westeurope"})
    assert sandbox.world.regions.lost_at("westeurope") is None


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("region-down", {}),
        ("region-down", {"region": "westeurope", "at": "gisteren"}),
        ("region-down", {"region": "westeurope", "at": "2026-11-20T08:50:00"}),
        ("region-down", {"region": "westeurope", "mode": "on fire"}),
        ("faults", {"stauts": 500}),
    ],
)
async def test_a_wrong_control_request_is_refused_and_changes_nothing(
    base_url: str, session: aiohttp.ClientSession, sandbox: Sandbox, path: str, body: dict[str, Any]
) -> None:
    """400 with the reason."""
    answer = await session.post(f"{base_url}/_sandbox/{path}", json=body)

    assert answer.status == 400
    assert sandbox.world.regions.lost() == {}
    assert len(sandbox.world.faults) == 0


async def test_the_journal_is_served_from_any_number(base_url: str, session: aiohttp.ClientSession) -> None:
    """Control requests are no part of it."""
    await session.get(f"{base_url}/subscriptions?{API}")
    await session.get(f"{base_url}/subscriptions?{API}")

    entries = (await (await session.get(f"{base_url}/_sandbox/journal?since=1")).json())["entries"]
    assert [(one["number"], one["status"], one["path"]) for one in entries] == [(2, 401, "/subscriptions")]
