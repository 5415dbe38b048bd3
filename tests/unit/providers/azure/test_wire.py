"""The way out over real sockets: what leaves, how often, and what is known when an answer does not come."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from drd.domain.errors import AmbiguousError, TransientError
from drd.domain.ids import ArmId
from drd.ports.capabilities import OpeningTerms, Provider, SentRequest
from drd.ports.groups import GROUPS
from drd.ports.machines import MACHINES
from drd.providers.azure import transport
from drd.providers.azure.provider import PROVIDER
from tests.fakes.stepping_clock import SteppingClock
from tests.unit.providers.azure.scripted import GROUP, MACHINE, TOKEN

pytestmark = pytest.mark.anyio

GROUP_BODY = {"id": GROUP, "location": "weu", "properties": {"provisioningState": "Succeeded"}, "value": []}


@dataclass(slots=True)
class Server:
    """A raw HTTP server on loopback that may drop a connection instead of answering."""

    requests: list[str] = field(default_factory=list)
    connections: int = 0
    drop: Callable[[str], bool] = lambda _line: False
    silent: Callable[[str], bool] = lambda _line: False
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        try:
            while line := await self._request(reader):
                if "/msi/token" in line:
                    await self._answer(writer, TOKEN)
                    continue
                self.requests.append(line)
                if self.drop(line):
                    break
                if self.silent(line):
                    await asyncio.sleep(3600)
                await self._answer(writer, GROUP_BODY)
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> str:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
        except asyncio.IncompleteReadError:
            return ""
        lines = head.split("\r\n")
        lengths = [int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")]
        await reader.readexactly(lengths[0] if lengths else 0)
        return lines[0].rpartition(" ")[0]

    async def _answer(self, writer: asyncio.StreamWriter, body: object) -> None:
        content = json.dumps(body).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"x-ms-ratelimit-remaining-subscription-reads: 1099\r\n"
            b"Content-Length: %d\r\n\r\n%s" % (len(content), content)
        )
        await writer.drain()


@asynccontextmanager
async def _listening(server: Server) -> AsyncGenerator[None, None]:
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        listening.close()


@dataclass(slots=True, kw_only=True)
class Bench:
    """A provider over sockets, its server, and its request log."""

    provider: Provider
    server: Server
    log: list[SentRequest]

    def create(self) -> Awaitable[object]:
        """Put a group: the shortest change there is."""
        groups = self.provider.capability(GROUPS)
        return groups.create(ArmId(GROUP), location="weu", tags={}, request_id="req-1")

    def changes(self) -> list[str]:
        """Give the changes that the server saw."""
        return [line for line in self.server.requests if not line.startswith("GET")]


async def _opened(port: int, log: list[SentRequest]) -> Provider:
    endpoint = f"http://127.0.0.1:{port}"
    settings = {"endpoint": endpoint, "token-endpoint": f"{endpoint}/msi/token", "identity-header": "canary-header"}
    return await PROVIDER.open(OpeningTerms(settings=settings, clock=SteppingClock(), watch=log.append))


@pytest.fixture
async def bench() -> AsyncGenerator[Bench, None]:
    """A fresh server and a provider that speaks to it."""
    server, log = Server(), list[SentRequest]()
    async with _listening(server):
        provider = await _opened(server.port, log)
        yield Bench(provider=provider, server=server, log=log)
        await provider.close()


async def test_a_put_whose_connection_is_dropped_is_sent_once(bench: Bench) -> None:
    """The HTTP library repeats PUT and DELETE by itself; whoever counts effects must not."""
    await bench.create()
    bench.server.drop = lambda line: line.startswith("PUT")

    with pytest.raises(AmbiguousError):
        await bench.create()

    assert len(bench.changes()) == 2


async def test_a_delete_whose_connection_is_dropped_is_sent_once(bench: Bench) -> None:
    """The same for DELETE."""
    bench.server.drop = lambda line: line.startswith("DELETE")

    with pytest.raises(AmbiguousError):
        await bench.provider.capability(GROUPS).delete(ArmId(GROUP), request_id="req-1")

    assert len(bench.changes()) == 1


async def test_every_change_gets_a_fresh_connection(bench: Bench) -> None:
    """One that was closed while idle would leave the change in doubt for nothing."""
    await bench.create()
    before = bench.server.connections
    for _ in range(3):
        await bench.create()

    assert bench.server.connections == before + 3


async def test_a_question_whose_connection_is_dropped_is_asked_again(bench: Bench) -> None:
    """Until it is answered."""
    bench.server.drop = lambda _line: len(bench.server.requests) == 1

    found = await bench.provider.capability(GROUPS).get(ArmId(GROUP))

    assert found is not None
    assert len(bench.server.requests) == 2


async def test_a_change_that_is_never_answered_is_in_doubt(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is host time, and silence proves nothing."""
    monkeypatch.setattr(transport, "CHANGE_SECONDS", 0.1)
    bench.server.silent = lambda line: line.startswith("POST")

    with pytest.raises(AmbiguousError):
        await bench.provider.capability(MACHINES).start(ArmId(MACHINE), request_id="req-1")

    assert len(bench.changes()) == 1


async def test_a_connection_that_is_refused_proves_that_nothing_was_sent() -> None:
    """For a change as for a question."""
    server = Server()
    async with _listening(server):
        pass
    token = Server()
    async with _listening(token):
        settings = {
            "endpoint": f"http://127.0.0.1:{server.port}",
            "token-endpoint": f"http://127.0.0.1:{token.port}/msi/token",
            "identity-header": "h",
        }
        provider = await PROVIDER.open(OpeningTerms(settings=settings, clock=SteppingClock()))

        with pytest.raises(TransientError) as change:
            await provider.capability(MACHINES).start(ArmId(MACHINE), request_id="req-1")
        await provider.close()

    assert change.value.code == "no-connection"


async def test_a_token_that_cannot_be_had_is_transient_and_nothing_is_asked() -> None:
    """With a hint for whoever looks after identities."""
    server, gone, log = Server(), Server(), list[SentRequest]()
    async with _listening(gone):
        pass
    async with _listening(server):
        settings = {
            "endpoint": f"http://127.0.0.1:{server.port}",
            "token-endpoint": f"http://127.0.0.1:{gone.port}/msi/token",
            "identity-header": "h",
        }
        provider = await PROVIDER.open(OpeningTerms(settings=settings, clock=SteppingClock(), watch=log.append))

        with pytest.raises(TransientError) as tokenless:
            await provider.capability(MACHINES).start(ArmId(MACHINE), request_id="req-1")
        await provider.close()
        await asyncio.sleep(0)

    assert tokenless.value.code == "token-unavailable"
    assert tokenless.value.hint
    assert server.requests == []
    assert len(log) == 1


async def test_the_request_log_holds_no_query_and_no_secret(bench: Bench) -> None:
    """Addresses may carry signatures; throttle headers are kept."""
    await bench.provider.capability(GROUPS).list("00000000-0000-0000-0000-000000000001", tag="a", value="canary-tag")
    await bench.create()
    await asyncio.sleep(0)

    text = repr(bench.log)
    assert "canary" not in text
    assert "Bearer" not in text
    listed, put = bench.log[-2:]
    assert (put.provider, put.method, put.status, put.request_id) == ("azure", "PUT", 200, "req-1")
    assert put.remaining == {"x-ms-ratelimit-remaining-subscription-reads": "1099"}
    assert listed.url.partition("?")[2].startswith("api-version=")


async def test_a_watcher_that_fails_harms_no_change(bench: Bench) -> None:
    """A fault in a metric must not put a failover in doubt; the event loop reports it."""
    reported: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reported.append(str(context["exception"])))

    def broken(_sent: SentRequest) -> None:
        raise ZeroDivisionError("in a metric")

    endpoint = f"http://127.0.0.1:{bench.server.port}"
    settings = {"endpoint": endpoint, "token-endpoint": f"{endpoint}/msi/token"}
    provider = await PROVIDER.open(OpeningTerms(settings=settings, clock=SteppingClock(), watch=broken))
    made = await provider.capability(GROUPS).create(ArmId(GROUP), location="weu", tags={}, request_id="req")
    await asyncio.sleep(0)
    await provider.close()

    assert made.state == "Succeeded"
    assert set(reported) == {"in a metric"}
