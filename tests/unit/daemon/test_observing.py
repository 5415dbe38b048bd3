"""A scraper that is slow, hostile or many holds up nobody: not the other scrapers, and not a run."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from drd.daemon.listening import observation_server, open_port, stopped
from drd.daemon.observing import LargeResponse, Patience, Scrapes
from drd.metrics.exporter import Page

pytestmark = pytest.mark.anyio

LARGE = b"x" * 8_000_000
"""More than the kernel keeps for a connection on loopback."""
PATIENCE = Patience(most=4, young=0.1, longest=0.4)


class SlowPages:
    """Makes a page when it is let."""

    def __init__(self) -> None:
        """Hold the first page back."""
        self.made: list[str] = []
        self.at_once = 0
        self.most_at_once = 0
        self.go = asyncio.Event()

    def form(self, accept: str) -> str:
        """Know two forms."""
        return "new" if "new" in accept else "old"

    async def render(self, accept: str) -> Page:
        """Count, and wait."""
        self.made.append(accept)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.go.wait()
        self.at_once -= 1
        return Page(f"{accept} {len(self.made)}".encode(), accept)


async def test_whoever_asks_meanwhile_gets_the_page_that_is_being_made() -> None:
    """A hundred scrapers cost one page; one who leaves takes it away from nobody."""
    pages = SlowPages()
    scrapes = Scrapes(pages)
    asked = [asyncio.ensure_future(scrapes.page("old")) for _ in range(100)]
    await asyncio.sleep(0)
    asked.pop().cancel()
    pages.go.set()

    assert {page.body for page in await asyncio.gather(*asked) if page} == {b"old 1"}
    assert pages.made == ["old"]


async def test_pages_of_two_forms_are_made_one_after_the_other() -> None:
    """Two renderings side by side would take the event loop in turns, and both twice as long."""
    pages = SlowPages()
    scrapes = Scrapes(pages)
    asked = [asyncio.ensure_future(scrapes.page(accept)) for accept in ("old", "new", "old", "new")]
    await asyncio.sleep(0)
    pages.go.set()
    told = [page.body for page in await asyncio.gather(*asked) if page]

    assert pages.most_at_once == 1
    assert told == [b"old 1", b"new 2", b"old 1", b"new 2"]


async def test_a_page_is_never_older_than_its_question_and_the_making() -> None:
    """Nothing is kept: who asks after a page has ended gets a new one."""
    pages = SlowPages()
    pages.go.set()
    scrapes = Scrapes(pages)
    told = [await scrapes.page("old"), await scrapes.page("old")]

    assert [page.body for page in told if page] == [b"old 1", b"old 2"]


@contextlib.asynccontextmanager
async def _served(patience: Patience = PATIENCE) -> AsyncIterator[int]:
    async def large(_request: Request) -> Response:
        return LargeResponse(LARGE)

    async def small(_request: Request) -> Response:
        return PlainTextResponse("alive\n")

    server = observation_server(Starlette(routes=[Route("/metrics", large), Route("/alive", small)]), patience)
    port = open_port("127.0.0.1:0")
    task = asyncio.create_task(server.serve(sockets=[port]))
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        yield port.getsockname()[1]
    finally:
        await stopped(server, task)
        port.close()


async def _ended(reader: asyncio.StreamReader) -> bytes:
    """Read until the other side ends the connection, however it does."""
    heard = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := await reader.read(65536):
            heard += piece
    return heard


async def _alive(port: int) -> int:
    async with httpx2.AsyncClient() as client:
        return (await client.get(f"http://127.0.0.1:{port}/alive")).status_code


async def test_a_large_page_arrives_whole_and_the_connection_ends() -> None:
    """In pieces, with its length told; the next request takes a new connection."""
    async with _served() as port, httpx2.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics")

    assert answer.content == LARGE
    assert answer.headers["connection"] == "close"


async def test_who_says_nothing_or_reads_nothing_is_let_go_and_holds_up_nobody() -> None:
    """Half a request, and a page that is not taken: both end after a while, others are answered meanwhile."""
    async with _served() as port:
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", port))
        slow.sendall(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n")
        silent, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /metrics HTTP/1.1\r\nhost: x\r\n")
        answered = await _alive(port)
        heard = await asyncio.wait_for(_ended(silent), timeout=1.5)
        taken = await asyncio.get_running_loop().run_in_executor(None, _drained, slow)
        writer.close()

    assert answered == 200
    assert heard == b""
    assert 0 < taken < len(LARGE)


def _drained(connection: socket.socket) -> int:
    taken = 0
    with connection, contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(65536):
            taken += len(piece)
    return taken


async def test_a_crowd_of_connections_is_refused_and_makes_room_for_a_probe_in_time() -> None:
    """So many and no more; one that has been there for a while gives way to a new one."""
    async with _served(Patience(most=4, young=0.2, longest=30.0)) as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4)]
        refused, writer = await asyncio.open_connection("127.0.0.1", port)
        nothing = await asyncio.wait_for(_ended(refused), timeout=1.0)
        await asyncio.sleep(0.25)
        answered = await _alive(port)
        for _, each in (*idle, (refused, writer)):
            each.close()

    assert nothing == b""
    assert answered == 200


async def test_huge_headers_and_a_train_of_requests_are_not_listened_to() -> None:
    """The first are refused; of the second one is answered."""
    async with _served() as port:
        huge, one = await asyncio.open_connection("127.0.0.1", port)
        one.write(b"GET /alive HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 100_000)
        train, other = await asyncio.open_connection("127.0.0.1", port)
        other.write(b"GET /alive HTTP/1.1\r\nhost: x\r\n\r\n" * 50)
        refused = await asyncio.wait_for(_ended(huge), timeout=1.5)
        told = await asyncio.wait_for(_ended(train), timeout=1.5)
        one.close()
        other.close()

    assert refused.startswith(b"HTTP/1.1 400") or refused == b""
    assert told.count(b"HTTP/1.1 200") == 1
