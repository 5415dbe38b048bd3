"""What is measured of the sandbox, each in a process of its own: `python -m benchmarks.sandbox_work WHAT [N]`.

The last line of its output is a JSON object.
"""

import asyncio
import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from azure.core.credentials import AccessToken
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.pipeline.transport import AsyncHttpTransport
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import CaseInsensitiveDict
from azure.mgmt.compute.aio import ComputeManagementClient

from drd.daemon.virtual_time import VirtualClock, VirtualTimeLoop
from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.estate.file import SAMPLE, parse_estate
from drd.sandbox.identities import OWNER_IDENTITY
from drd.sandbox.limits import UNLIMITED
from drd.sandbox.wire import Request

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
_MACHINE = "Microsoft.Compute/virtualMachines"
_MIB = 1024


class InProcess(AsyncHttpTransport[Any, Any]):
    """Hands requests to the sandbox without a network; waits in the loop's time."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.calls = 0

    async def send(self, request: HttpRequest, **_options: object) -> AsyncHttpResponseImpl:
        """Answer from the sandbox."""
        self.calls += 1
        content = request.content if isinstance(request.content, bytes | str) else b""
        body = content.encode() if isinstance(content, str) else content
        headers = {name.lower(): value for name, value in request.headers.items()}
        found = self.sandbox.answer(Request(method=request.method, url=request.url, headers=headers, body=body))
        response = AsyncHttpResponseImpl(
            request=request,
            internal_response=self,
            status_code=found.status,
            reason="",
            content_type=found.headers.get("content-type", ""),
            headers=CaseInsensitiveDict(found.headers),
            stream_download_generator=None,
        )
        response._content = found.body  # noqa: SLF001 - the SDK's own transports read a stream here
        return response

    async def sleep(self, duration: float) -> None:
        """Wait in the loop's time."""
        await asyncio.sleep(duration)

    async def open(self) -> None:
        """Nothing to open."""

    async def close(self) -> None:
        """Nothing to close."""

    async def __aexit__(self, *_failure: object) -> None:
        """Nothing to leave."""


class Bearer(AsyncHTTPPolicy[Any, Any]):
    """Sends a token over plain HTTP."""

    def __init__(self, token: str) -> None:
        super().__init__()
        self.token = token

    async def send(self, request: PipelineRequest[Any]) -> Any:  # noqa: ANN401 - as the SDK declares it
        """Add the token."""
        request.http_request.headers["Authorization"] = f"Bearer {self.token}"
        return await self.next.send(request)


class NoCredential:
    """Never asked."""

    async def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        """Never be asked."""
        raise AssertionError


def client_of(sandbox: Sandbox) -> tuple[ComputeManagementClient, InProcess]:
    """Return a client of Azure's own, and the transport that counts its calls."""
    transport = InProcess(sandbox)
    client = ComputeManagementClient(
        NoCredential(),
        SUBSCRIPTION,
        base_url="http://sandbox",
        credential_scopes=["sandbox/.default"],
        authentication_policy=Bearer(sandbox.world.identities.token_for(OWNER_IDENTITY)),
        transport=transport,
        retry_total=0,
    )
    return client, transport


def peak_mib() -> int:
    """Return the process's peak memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MIB


def calls(count: int) -> dict[str, Any]:
    """Read a machine through the SDK, again and again."""
    sandbox = build_sandbox(clock=CalledClock(tell=lambda: START), limits=UNLIMITED)
    client, _ = client_of(sandbox)

    async def read(times: int) -> None:
        for _ in range(times):
            await client.virtual_machines.get("rg-databank", "vm-db-1")

    asyncio.run(read(200))
    began = time.process_time()
    asyncio.run(read(count))
    through_sdk = (time.process_time() - began) / count
    token = sandbox.world.identities.token_for(OWNER_IDENTITY)
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-databank/providers/{_MACHINE}/vm-db-1"
    asked = f"http://sandbox{path}?api-version=2026-04-01"
    began = time.process_time()
    for _ in range(count):
        sandbox.answer(Request(method="GET", url=asked, headers={"authorization": f"Bearer {token}"}))
    return {"sdk-ms": through_sdk * 1000, "alone-ms": (time.process_time() - began) / count * 1000}


def operations(count: int) -> dict[str, Any]:
    """Deallocate as many machines at once, and poll each operation to its end under the virtual clock."""
    loop = VirtualTimeLoop()
    clock = VirtualClock(START)
    text = f"{SAMPLE.read_text(encoding='utf-8')}\ncopies: {{machines: {count}}}\n"

    async def run() -> dict[str, Any]:
        sandbox = build_sandbox(clock=CalledClock(tell=clock.now), limits=UNLIMITED, estate=parse_estate(text, "large"))
        client, transport = client_of(sandbox)
        machines = list(sandbox.world.store.each(_MACHINE))[:count]

        async def one(group: str, name: str) -> None:
            poller = await client.virtual_machines.begin_deallocate(group, name)
            await poller.result()

        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(one(each.group, each.name) for each in machines))
        seconds = time.perf_counter() - began
        ended = len(sandbox.world.journal.effects("vm.deallocate"))
        return {
            "seconds": seconds,
            "cpu-ms-per-call": (time.process_time() - cpu) / transport.calls * 1000,
            "calls": transport.calls,
            "operations": ended,
            "running": len(sandbox.world.operations.running()),
            "peak-mib": peak_mib(),
        }

    asyncio.set_event_loop(loop)
    return loop.run_until_complete(run())


def digests(count: int) -> dict[str, Any]:
    """Play the same mix of calls in fresh worlds of one seed, and count the different hashes of their journals."""
    found = {_played() for _ in range(count)}
    return {"worlds": count, "different": len(found), "entries": _played_entries()}


def size(_count: int) -> dict[str, Any]:
    """Build the largest world that is promised, and read lists of it."""
    text = f"{SAMPLE.read_text(encoding='utf-8')}\ncopies: {{subscriptions: 300, machines: 10000}}\n"
    began = time.perf_counter()
    sandbox = build_sandbox(clock=CalledClock(tell=lambda: START), limits=UNLIMITED, estate=parse_estate(text, "large"))
    built = time.perf_counter() - began
    world = sandbox.world
    token = world.identities.token_for(OWNER_IDENTITY)
    last = list(world.subscriptions)[-1]

    def list_ms(path: str) -> float:
        asked = Request(method="GET", url=f"http://sandbox{path}", headers={"authorization": f"Bearer {token}"})
        begun = time.process_time()
        for _ in range(20):
            if sandbox.answer(asked).status != HTTPStatus.OK:
                raise RuntimeError(path)
        return (time.process_time() - begun) / 20 * 1000

    return {
        "subscriptions": len(world.subscriptions),
        "machines": sum(1 for _ in world.store.each(_MACHINE)),
        "resources": sum(1 for _ in world.store.each()),
        "build-seconds": built,
        "peak-mib": peak_mib(),
        "machines-ms": list_ms(f"/subscriptions/{last}/providers/{_MACHINE}?api-version=2026-04-01"),
        "subscriptions-ms": list_ms("/subscriptions?api-version=2022-12-01"),
    }


def _play() -> Sandbox:
    now = [START]
    sandbox = build_sandbox(clock=CalledClock(tell=lambda: now[0]), seed=7)
    token = sandbox.world.identities.token_for(OWNER_IDENTITY)
    root = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
    machine = f"{root}/rg-databank/providers/{_MACHINE}/vm-db-1"
    disk = f"{root}/rg-databank/providers/Microsoft.Compute/disks"
    empty = {"location": "westeurope", "properties": {"diskSizeGB": 8, "creationData": {"createOption": "Empty"}}}

    def send(method: str, path: str, body: object = None) -> None:
        content = json.dumps(body).encode() if body is not None else b""
        headers = {"authorization": f"Bearer {token}"}
        sandbox.answer(Request(method=method, url=f"http://sandbox{path}", headers=headers, body=content))

    send("POST", "/_sandbox/faults", {"kind": "throttle", "probability": 0.3})
    send("POST", f"{machine}/deallocate?api-version=2026-04-01")
    for number in range(12):
        now[0] += timedelta(seconds=7)
        send("GET", f"{machine}?api-version=2026-04-01")
        send("PUT", f"{disk}/extra-{number}?api-version=2026-03-02", empty)
    send("POST", "/_sandbox/region-down", {"region": "westeurope"})
    now[0] += timedelta(minutes=3)
    send("GET", f"{machine}/instanceView?api-version=2026-04-01")
    send("POST", "/_sandbox/region-up", {"region": "westeurope"})
    send("POST", f"{machine}/start?api-version=2026-04-01")
    now[0] += timedelta(minutes=3)
    send("GET", f"/subscriptions/{SUBSCRIPTION}/resources?api-version=2021-04-01")
    return sandbox


def _played() -> str:
    sandbox = _play()
    state = repr([(one.id, one.etag, one.created_at) for one in sandbox.world.store.each()])
    return sandbox.world.journal.digest() + hashlib.sha256(state.encode()).hexdigest()


def _played_entries() -> int:
    return len(_play().world.journal.entries)


_WORK: dict[str, Callable[[int], dict[str, Any]]] = {
    "calls": calls,
    "operations": operations,
    "digests": digests,
    "size": size,
}

if __name__ == "__main__":
    print(json.dumps(_WORK[sys.argv[1]](int(sys.argv[2]))))
