"""Azure's own clients against the sandbox, over HTTP on loopback and in process, both under a virtual clock."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import aiohttp
import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.pipeline.transport import AioHttpTransport, AsyncHttpTransport
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import CaseInsensitiveDict
from azure.mgmt.compute.aio import ComputeManagementClient
from azure.mgmt.desktopvirtualization.aio import DesktopVirtualizationMgmtClient
from azure.mgmt.dns.aio import DnsManagementClient
from azure.mgmt.network.aio import NetworkManagementClient
from azure.mgmt.resource.deployments.aio import DeploymentsMgmtClient
from azure.mgmt.resource.resources.aio import ResourceManagementClient

from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.front import Front
from drd.sandbox.server import HttpServer
from drd.sandbox.wire import Request

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Time:
    """World time that moves only when told to, and what the clients asked to sleep."""

    now: datetime = START
    slept: list[float] = field(default_factory=list)

    def tell(self) -> datetime:
        """Return world time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


class OverHttp(AioHttpTransport):
    """The clients' own transport, with its waiting done by the virtual clock."""

    def __init__(self, session: aiohttp.ClientSession, time: Time) -> None:
        super().__init__(session=session, session_owner=False)
        self.time = time

    async def sleep(self, duration: float) -> None:
        """Wait on the virtual clock."""
        await self.time.sleep(duration)


async def _nothing(*_parts: object, **_options: object) -> AsyncIterator[bytes]:
    """Stream nothing: the older clients make a stream of every answer, and never read it."""
    return
    yield b""


class InProcess(AsyncHttpTransport[Any, Any]):
    """Hands requests to the sandbox without a network."""

    def __init__(self, sandbox: Sandbox, time: Time) -> None:
        self.sandbox = sandbox
        self.time = time

    async def send(self, request: HttpRequest, **_options: Any) -> AsyncHttpResponseImpl:
        """Answer from the sandbox."""
        content = request.content if isinstance(request.content, bytes | str) else b""
        body = content.encode() if isinstance(content, str) else content
        headers = {name.lower(): value for name, value in request.headers.items()}
        found = await self.sandbox.handle(Request(method=request.method, url=request.url, headers=headers, body=body))
        response = AsyncHttpResponseImpl(
            request=request,
            internal_response=self,
            status_code=found.status,
            reason="",
            content_type=found.headers.get("content-type", ""),
            headers=CaseInsensitiveDict(found.headers),
            stream_download_generator=_nothing,
        )
        response._content = found.body
        return response

    async def sleep(self, duration: float) -> None:
        """Wait on the virtual clock."""
        await self.time.sleep(duration)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def __aexit__(self, *_failure: object) -> None:
        """Nothing to leave."""


class Bearer(AsyncHTTPPolicy[Any, Any]):
    """Sends a token of the sandbox's own, over plain HTTP."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    async def send(self, request: PipelineRequest[Any]) -> Any:
        """Add the token."""
        request.http_request.headers["Authorization"] = f"Bearer {self.token}"
        return await self.next.send(request)


class NoCredential:
    """The clients want one; the policy above never asks it."""

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """Never be asked."""
        raise AssertionError

    async def close(self) -> None:
        """Nothing to close."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_failure: object) -> None:
        """Nothing to leave."""


@dataclass(slots=True, kw_only=True)
class Azure:
    """The sandbox, its time and its front, and Azure's clients for it."""

    sandbox: Sandbox
    time: Time
    front: Front
    base_url: str
    compute: ComputeManagementClient
    network: NetworkManagementClient
    resources: ResourceManagementClient
    dns: DnsManagementClient
    desktops: DesktopVirtualizationMgmtClient
    deployments: DeploymentsMgmtClient

    def lose(self, region: str) -> None:
        """Lose a region now."""
        self.sandbox.world.regions.down(region, self.time.now)

    def effects(self, kind: str) -> list[dict[str, Any]]:
        """Return what the journal says was set in motion, of one kind."""
        return self.sandbox.world.journal.effects(kind)


@pytest.fixture
def time() -> Time:
    """World time, on a Friday morning."""
    return Time()


@pytest.fixture
def sandbox(time: Time) -> Sandbox:
    """The sample estate, with the recorded durations."""
    return build_sandbox(clock=CalledClock(tell=time.tell), spread=0, page_size=5)


@pytest.fixture(params=["over HTTP", "in process"])
async def azure(request: pytest.FixtureRequest, sandbox: Sandbox, time: Time) -> AsyncIterator[Azure]:
    """Azure's clients, on both ways to the sandbox."""
    server = HttpServer(sandbox.handle)
    await server.start()
    async with aiohttp.ClientSession() as session:
        token = sandbox.world.identities.token_for("sandbox-owner")
        over_http = request.param == "over HTTP"

        def client(kind: Any) -> Any:
            return kind(
                NoCredential(),
                SUBSCRIPTION,
                base_url=server.base_url,
                credential_scopes=["sandbox/.default"],
                authentication_policy=Bearer(token),
                transport=OverHttp(session, time) if over_http else InProcess(sandbox, time),
                retry_total=0,
                polling_interval=10,
            )

        found = Azure(
            sandbox=sandbox,
            time=time,
            front=Front(sandbox.world),
            base_url=server.base_url,
            compute=client(ComputeManagementClient),
            network=client(NetworkManagementClient),
            resources=client(ResourceManagementClient),
            dns=client(DnsManagementClient),
            desktops=client(DesktopVirtualizationMgmtClient),
            deployments=client(DeploymentsMgmtClient),
        )
        yield found
        for one in (found.compute, found.network, found.resources, found.dns, found.desktops, found.deployments):
            await one.close()
    await server.stop()
