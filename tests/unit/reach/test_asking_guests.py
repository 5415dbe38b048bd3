"""Reach over real sockets on loopback: straight, through a proxy, and over a callable."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from drd.domain.errors import InvalidError, PermanentError, RefusedError, TransientError
from drd.ports.reach import HttpAnswer
from drd.reach.opening import called_reach, open_reach
from drd.reach.rules import Target

pytestmark = pytest.mark.anyio

LIMIT = timedelta(seconds=1)
Serve = Callable[[bytes], bytes]


@asynccontextmanager
async def server(answer: Serve) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Answer each connection's first request head; give the port and the heads that came."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                heads.append(head)
                writer.write(answer(head))
                await writer.drain()
                if not head.startswith(b"CONNECT"):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1], heads
    finally:
        listening.close()


def http(status: str, body: bytes, *headers: str) -> bytes:
    """Write an answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_a_guest_is_asked_at_its_address_under_its_own_name() -> None:
    """Path and query arrive as written."""
    async with server(lambda _: http("200 OK", b"healthy")) as (port, heads):
        reach = open_reach("system", allow=["127.0.0.1:*"])

        answer = await reach.get(f"http://127.0.0.1:{port}/health?deep=1&x=%2F", limit=LIMIT)

    assert (answer.status, answer.body) == (200, b"healthy")
    assert heads[0].startswith(b"GET /health?deep=1&x=%2F HTTP/1.1\r\n")
    assert f"host: 127.0.0.1:{port}".encode() in heads[0].lower()


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    """Where it leads is not asked."""
    async with server(lambda _: http("302 Found", b"", "location: http://169.254.169.254/")) as (port, heads):
        answer = await open_reach("system", allow=["127.0.0.1"]).get(f"http://127.0.0.1:{port}/", limit=LIMIT)

    assert (answer.status, len(heads)) == (302, 1)


async def test_at_most_64_kib_of_an_answer_are_kept() -> None:
    """A guest cannot fill drd's memory."""
    async with server(lambda _: http("200 OK", b"x" * 1_000_000)) as (port, _):
        answer = await open_reach("system", allow=["127.0.0.1"]).get(f"http://127.0.0.1:{port}/", limit=LIMIT)

    assert len(answer.body) == 64 * 1024


async def test_a_guest_that_hangs_is_given_up_in_time() -> None:
    """The limit is the host's time."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(TransientError, match="no answer within"):
            await open_reach("system", allow=["127.0.0.1"]).get(url, limit=timedelta(milliseconds=50))


async def test_a_closed_port_is_a_guest_that_does_not_answer() -> None:
    """It may answer later."""
    reach, port = open_reach("system", allow=["127.0.0.1"]), free_port()

    with pytest.raises(TransientError):
        await reach.connect("127.0.0.1", port, limit=LIMIT)
    with pytest.raises(TransientError):
        await reach.get(f"http://127.0.0.1:{port}/", limit=LIMIT)


async def test_a_proxy_is_handed_the_name_and_connects() -> None:
    """It resolves; drd does not."""
    async with server(lambda _: b"HTTP/1.1 200 Connection established\r\n\r\n") as (port, heads):
        reach = open_reach(f"http://127.0.0.1:{port}", allow=["*.voorbeeld.example:1433"])

        await reach.connect("sql.voorbeeld.example", 1433, limit=LIMIT)

    assert heads[0].startswith(b"CONNECT sql.voorbeeld.example:1433 HTTP/1.1\r\n")


async def test_a_proxy_asks_over_http() -> None:
    """The answer is the guest's own."""
    async with server(lambda _: http("503 Service Unavailable", b"down")) as (port, heads):
        reach = open_reach(f"proxy://127.0.0.1:{port}", allow=["*.voorbeeld.example:80"])

        answer = await reach.get("http://www.voorbeeld.example/health", limit=LIMIT)

    assert (answer.status, answer.body) == (503, b"down")
    assert heads[0].startswith(b"GET http://www.voorbeeld.example")


@pytest.mark.parametrize("said", [b"HTTP/1.1 504 Gateway Timeout\r\n\r\n", b"nonsense\r\n\r\n", b"HTTP/1.1\r\n\r\n"])
async def test_a_proxy_that_does_not_connect_is_a_guest_that_does_not_answer(said: bytes) -> None:
    """For a port and for a page."""
    async with server(lambda _: said) as (port, _):
        reach = open_reach(f"http://127.0.0.1:{port}", allow=["*.voorbeeld.example:443"])
        with pytest.raises(TransientError):
            await reach.connect("www.voorbeeld.example", 443, limit=LIMIT)
        with pytest.raises(TransientError):
            await reach.get("https://www.voorbeeld.example/", limit=LIMIT)


async def test_a_proxy_tells_no_addresses() -> None:
    """The check says so, instead of asking somewhere else."""
    with pytest.raises(PermanentError, match="tells no addresses"):
        await open_reach("http://127.0.0.1:1", allow=["www.example"]).resolve("www.example", limit=LIMIT)


async def test_a_drill_without_a_way_to_its_copies_asks_nobody() -> None:
    """Never production instead."""
    reach = open_reach(None, allow=["www.example:443"])
    questions: list[Callable[[], Awaitable[object]]] = [
        lambda: reach.connect("www.example", 443, limit=LIMIT),
        lambda: reach.get("https://www.example/", limit=LIMIT),
        lambda: reach.resolve("www.example", limit=LIMIT),
    ]
    for ask in questions:
        with pytest.raises(RefusedError, match="no way"):
            await ask()


async def test_guests_in_the_same_process_are_asked_by_the_same_rules() -> None:
    """A rehearsal differs only in what connects."""

    def ask(host: str, port: int, target: Target | None) -> HttpAnswer | str:
        return HttpAnswer(status=200, body=target.path.encode()) if target else f"nobody at {host}:{port}"

    reach = called_reach(ask, lambda _: ("10.2.1.42", "10.2.1.41"), allow=["*.voorbeeld.example:443"])

    assert (await reach.get("https://a.voorbeeld.example/health", limit=LIMIT)).body == b"/health"
    assert await reach.resolve("a.voorbeeld.example", limit=LIMIT) == ("10.2.1.41", "10.2.1.42")
    with pytest.raises(TransientError, match="nobody at"):
        await reach.connect("a.voorbeeld.example", 443, limit=LIMIT)
    with pytest.raises(RefusedError):
        await reach.get("https://169.254.169.254/", limit=LIMIT)


@pytest.mark.parametrize("resolver", ["dns://name:53", "ftp://10.0.0.1", "nonsense", "http://", "http://h:99999999"])
def test_a_resolver_that_cannot_be_used_is_refused_at_start(resolver: str) -> None:
    """Not at the first check of a run."""
    with pytest.raises(InvalidError):
        open_reach(resolver, allow=[])


@pytest.mark.parametrize("line", ["*:443", "a b:1", "10.0.0.1/8:1", "host:0", "host:70000", "", "*.:1", "0x7f.1:80"])
def test_a_line_that_is_none_is_refused_at_start(line: str) -> None:
    """With what would be right."""
    with pytest.raises(InvalidError, match="HOST:PORT"):
        open_reach("system", allow=[line])


def test_a_file_of_authorities_that_is_none_is_refused_at_start(tmp_path: Path) -> None:
    """Whether it is missing or something else."""
    (tmp_path / "ca.pem").write_text("not a certificate", encoding="utf-8")
    for name in ("ca.pem", "missing.pem"):
        with pytest.raises(InvalidError, match="authorities"):
            open_reach("system", allow=[], authority=tmp_path / name)
