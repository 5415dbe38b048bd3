"""A provider opened against its stand-in, in the same process and over HTTP: the provider cannot tell which."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drd.domain.ids import ArmId
from drd.ports.capabilities import OpeningTerms, Operation, Provider, SentRequest, Status
from drd.providers.azure.permissions import PERMISSIONS
from drd.providers.azure.provider import PROVIDER as AZURE
from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.faults import Fault
from drd.sandbox.server import HttpServer
from drd.sandbox.wire import Request
from tests.fakes.stepping_clock import SteppingClock

ROOT = Path(__file__).parents[3]
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
IN_PROCESS = "http://127.0.0.1:1"
POLLS = 400


@dataclass(slots=True, kw_only=True)
class Stage:
    """A provider, the estate that it sees, and the time of both."""

    provider: Provider
    sandbox: Sandbox
    clock: SteppingClock
    reopen: Callable[[], Awaitable[Provider]]
    sent: list[SentRequest] = field(default_factory=list)

    def id(self, group: str, kind: str = "", name: str = "") -> ArmId:
        """Give an ARM id in the estate."""
        path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{group}"
        return ArmId.parse(path + (f"/providers/{kind}/{name}" if kind else ""))

    @property
    def backup_vault(self) -> ArmId:
        """Give the vault with the backups, in the home region."""
        return self.id("rg-recovery-weu", "Microsoft.RecoveryServices/vaults", "rsv-weu")

    @property
    def replication_vault(self) -> ArmId:
        """Give the vault of Site Recovery, in the recovery region."""
        return self.id("rg-recovery-neu", "Microsoft.RecoveryServices/vaults", "rsv-neu")

    def lose(self, region: str) -> None:
        """Lose a region now."""
        self.sandbox.world.regions.down(region, self.clock.now(), "unavailable")

    def fault(self, **wanted: Any) -> None:
        """Order a fault."""
        fault = Fault(status=500, code="InternalServerError", message="ordered")
        self.sandbox.world.faults.add(replace(fault, **wanted))

    def effects(self, kind: str) -> list[Mapping[str, Any]]:
        """Give what the estate's journal says was really done."""
        return [
            effect for entry in self.sandbox.world.journal.entries for effect in entry.effects if effect["kind"] == kind
        ]

    async def finish(
        self, follow: Callable[[Operation], Awaitable[Status]], operation: Operation, *, step: float = 10.0
    ) -> Status:
        """Follow an operation to its end, as the engine does."""
        for _ in range(POLLS):
            status = await follow(operation)
            if status.finished:
                return status
            await self.clock.sleep(timedelta(seconds=status.wait_seconds or step))
        pytest.fail(f"{operation.kind} on {operation.target} does not end")


def _settings(endpoint: str) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "token-endpoint": f"{endpoint}/msi/token",
        "identity-header": "sandbox-identity",
        "identity": {"kind": "managed-identity", "client-id": "sandbox-owner"},
    }


async def _azure(*, over_http: bool) -> AsyncGenerator[Stage, None]:
    clock = SteppingClock()
    sandbox = build_sandbox(clock=CalledClock(tell=clock.now), spread=0, page_size=3)
    server = HttpServer(sandbox.handle)
    sent: list[SentRequest] = []

    async def wire(
        method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        lowered = {name.lower(): value for name, value in headers.items()}
        response = sandbox.answer(Request(method=method, url=url, headers=lowered, body=body))
        if response.hang:
            raise TimeoutError("the sandbox was told to say nothing")
        if response.reset:
            raise ConnectionResetError("the sandbox was told to break the connection")
        return response.status, response.headers, response.body

    if over_http:
        await server.start()
    terms = OpeningTerms(
        settings=_settings(server.base_url if over_http else IN_PROCESS),
        clock=clock,
        wire=None if over_http else wire,
        watch=sent.append,
    )
    opened: list[Provider] = []

    async def reopen() -> Provider:
        opened.append(await AZURE.open(terms))
        return opened[-1]

    try:
        yield Stage(provider=await reopen(), sandbox=sandbox, clock=clock, reopen=reopen, sent=sent)
    finally:
        for provider in opened:
            await provider.close()
        await server.stop()
    needed = {operation.casefold() for operations in PERMISSIONS.values() for operation in operations}
    used = {entry.operation for entry in sandbox.world.journal.entries} - {"token", "fault", ""}
    assert {operation for operation in used if operation.casefold() not in needed} == set()


HARNESSES: Mapping[str, Callable[[], AsyncGenerator[Stage, None]]] = {
    "azure-in-process": lambda: _azure(over_http=False),
    "azure-over-http": lambda: _azure(over_http=True),
}
"""Each provider with each way of reaching its stand-in; the part before the first dash is the provider's folder."""
