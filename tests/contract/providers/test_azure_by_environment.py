"""azure-identity finds the token endpoint in the process's own environment, as on a host with a managed identity."""

import pytest

from drd.ports.capabilities import OpeningTerms
from drd.ports.vaults import VAULTS
from drd.providers.azure.provider import PROVIDER
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.server import HttpServer
from tests.contract.providers.stage import SUBSCRIPTION
from tests.fakes.stepping_clock import SteppingClock

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["managed-identity", "default"])
async def test_the_official_credential_signs_in_by_itself(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings name only the endpoint and the identity."""
    clock = SteppingClock()
    sandbox = build_sandbox(clock=CalledClock(tell=clock.now), spread=0)
    server = HttpServer(sandbox.handle)
    await server.start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"{server.base_url}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "sandbox-identity")
    identity = {"kind": kind, "client-id": "00000000-0000-0000-0000-0000000000a2"}
    provider = await PROVIDER.open(
        OpeningTerms(settings={"endpoint": server.base_url, "identity": identity}, clock=clock)
    )
    try:
        vaults = await provider.capability(VAULTS).list(SUBSCRIPTION)
    finally:
        await provider.close()
        await server.stop()

    assert vaults
    assert {entry.identity for entry in sandbox.world.journal.entries} == {"drd-failover"}
