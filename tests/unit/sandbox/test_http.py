"""HTTP over a socket: what clients of all kinds send, and answers that misbehave on purpose."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from drd.sandbox.certificates import Authority
from drd.sandbox.clock import host_now
from drd.sandbox.server import HttpServer
from drd.sandbox.wire import Request, Response

pytestmark = pytest.mark.anyio

Talk = Callable[[bytes], Awaitable[bytes]]


async def tell(request: Request) -> Response:
    """Answer what was asked, or nothing where the path says so."""
    if request.path == "/reset":
        return Response(status=200, reset=True)
    if request.path == "/slow":
        return Response(status=200, delay_seconds=0.01, body=b"late")
    if request.path == "/gone":
        return Response(status=204)
    said = f"{request.method} {request.url.partition('://')[2].partition('/')[2]} ".encode() + request.body
    return Response(status=200, headers={"content-type": "text/plain"}, body=said)


@pytest.fixture
async def talk() -> AsyncIterator[Talk]:
    """Send bytes to a server, and return all that it says until it hangs up."""
    server = HttpServer(tell)
    await server.start()

    async def send(raw: bytes) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(raw)
        said = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return said

    yield send
    await server.stop()


def ask(line: str, *headers: str, body: bytes = b"") -> bytes:
    """Write a request that is the last of its connection."""
    return "\r\n".join([f"{line} HTTP/1.1", "host: x", "connection: close", *headers, "", ""]).encode() + body


async def test_requests_of_one_connection_are_answered_in_order(talk: Talk) -> None:
    """Also when they come at once."""
    first = b"GET /a?q=1 HTTP/1.1\r\nHost: x\r\n\r\n"

    said = await talk(first + ask("PUT /b", "content-length: 3", body=b"abc"))

    assert said.index(b"GET a?q=1") < said.index(b"PUT b abc")


async def test_a_body_in_chunks_is_put_together(talk: Talk) -> None:
    """As clients send that do not know its length beforehand."""
    said = await talk(ask("POST /c", "transfer-encoding: chunked", body=b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"))

    assert said.endswith(b"POST c abcde")


async def test_a_client_that_waits_for_leave_gets_it(talk: Talk) -> None:
    """Some send a large body only after 100 Continue."""
    said = await talk(ask("PUT /d", "expect: 100-continue", "content-length: 1", body=b"z"))

    assert said.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


async def test_head_and_204_have_no_body(talk: Talk) -> None:
    """The length that HEAD tells is that of the body that GET would have."""
    head, gone = await talk(ask("HEAD /e")), await talk(ask("GET /gone"))

    assert b"content-length: 7\r\n" in head.lower()
    assert head.endswith(b"\r\n\r\n")
    assert b"content-length" not in gone.lower()
    assert gone.endswith(b"\r\n\r\n")


async def test_a_connection_can_be_reset_without_an_answer(talk: Talk) -> None:
    """And the server goes on serving others."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        said = await talk(ask("GET /reset"))

    assert said == b""
    assert b"200 OK" in await talk(ask("GET /f"))


async def test_an_answer_can_be_late(talk: Talk) -> None:
    """It is whole all the same."""
    assert (await talk(ask("GET /slow"))).endswith(b"late")


@pytest.mark.parametrize("raw", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n"])
async def test_what_is_no_http_or_too_much_is_refused(talk: Talk, raw: bytes) -> None:
    """With a 4xx, and the connection ends or can be used no more."""
    said = await talk(raw)

    assert said.startswith(b"HTTP/1.")
    assert said.split()[1].startswith(b"4")


async def test_the_server_speaks_tls_with_a_certificate_of_its_own_authority() -> None:
    """A client that trusts the authority is answered."""
    authority = Authority(host_now)
    server = HttpServer(tell, tls=authority.context("127.0.0.1"))
    await server.start()
    trusting = ssl.create_default_context(cadata=authority.pem().decode())

    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=trusting)
    writer.write(ask("GET /t"))
    said = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    await server.stop()

    assert server.base_url.startswith("https://127.0.0.1:")
    assert said.endswith(b"GET t ")
