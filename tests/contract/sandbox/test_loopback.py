"""The whole sandbox on loopback: the fronts as a client's proxies, and the process that serves it all."""

import asyncio
import json
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from drd.sandbox.loopback import Listening, LoopbackSandbox, UnusableFileError
from drd.sandbox.snapshot import snapshot_text

pytestmark = pytest.mark.anyio

NAME = "burgerzaken.voorbeeld.example"


@pytest.fixture
async def loopback() -> AsyncIterator[LoopbackSandbox]:
    """The sandbox on free ports."""
    started = LoopbackSandbox(Listening(speed=10))
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A plain HTTP client."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def trusting(session: aiohttp.ClientSession, loopback: LoopbackSandbox) -> ssl.SSLContext:
    """Return a client's context that trusts the sandbox's authority and nobody else."""
    pem = await (await session.get(str(loopback.facts()["ca-url"]))).text()
    return ssl.create_default_context(cadata=pem)


async def test_https_through_the_front_reaches_the_guest_with_a_certificate_for_its_name(
    loopback: LoopbackSandbox, session: aiohttp.ClientSession
) -> None:
    """The client checks name and authority as it would in production."""
    context = await trusting(session, loopback)
    proxy = str(loopback.facts()["front-url"])

    answer = await session.get(f"https://{NAME}/health", proxy=proxy, ssl=context)

    assert answer.status == 200
    assert (await answer.json())["machine"] == "vm-bz-app-1"


async def test_a_client_that_resolves_first_may_connect_to_the_address(
    loopback: LoopbackSandbox, session: aiohttp.ClientSession
) -> None:
    """The certificate follows the name that the client asks for, not the address in CONNECT."""
    context = await trusting(session, loopback)
    proxy = str(loopback.facts()["front-url"])
    found = await (await session.get(f"{proxy}/resolve?name={NAME}")).json(content_type=None)
    assert [one["data"] for one in found["Answer"]] == ["10.1.1.41", "10.1.1.42"]

    answer = await session.get("https://10.1.1.42/health", proxy=proxy, ssl=context, server_hostname=NAME)

    assert (await answer.json())["machine"] == "vm-bz-app-2"


async def test_plain_http_goes_through_the_proxy_too(loopback: LoopbackSandbox, session: aiohttp.ClientSession) -> None:
    """An absolute target is asked without a tunnel, aliases are followed."""
    answer = await session.get(
        "http://www-burgerzaken.voorbeeld.example/health", proxy=str(loopback.facts()["front-url"])
    )

    assert (await answer.json())["service"] == "burgerzaken"


async def connect(url: str, target: str) -> str:
    """Send a CONNECT and return the status line."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head.decode()


async def test_a_tcp_port_opens_and_a_closed_one_is_refused_with_its_reason(loopback: LoopbackSandbox) -> None:
    """502 when a machine refuses, 504 when nobody is there."""
    front = str(loopback.facts()["front-url"])

    assert " 200 " in await connect(front, "databank.voorbeeld.example:1433")
    assert "refuses port 22" in await connect(front, "databank.voorbeeld.example:22")
    assert "504" in await connect(front, "10.1.1.99:1433")
    assert "502" in await connect(front, "nergens.voorbeeld.example:443")


async def test_production_is_out_of_reach_of_the_drill_front(loopback: LoopbackSandbox) -> None:
    """Without a copy the drill front answers nothing, also not for production's own address."""
    drill = str(loopback.facts()["drill-front-url"])

    assert "504" in await connect(drill, f"{NAME}:443")
    assert "504" in await connect(drill, "10.1.1.41:443")


async def test_nonsense_on_the_front_ends_its_own_connection_only(loopback: LoopbackSandbox) -> None:
    """The front goes on serving."""
    front = str(loopback.facts()["front-url"])
    host, port = front.removeprefix("http://").split(":")
    _reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"\x16\x03\x01\r\n\r\n")
    await writer.drain()
    writer.close()
    await writer.wait_closed()

    assert " 200 " in await connect(front, "databank.voorbeeld.example:1433")


async def test_a_port_in_use_is_an_error_and_nothing_stays_open() -> None:
    """All ports or none."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        loopback = LoopbackSandbox(Listening(drill_front_port=held.getsockname()[1]))
        with pytest.raises(OSError, match="in use"):
            await loopback.start()

    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection("127.0.0.1", int(str(loopback.facts()["front-url"]).rpartition(":")[2]))


async def test_world_time_is_known_from_epoch_and_speed(
    loopback: LoopbackSandbox, session: aiohttp.ClientSession
) -> None:
    """Another process that knows the two computes the same time."""
    facts = loopback.facts()
    epoch = datetime.fromisoformat(facts["clock"]["epoch"])
    before = datetime.now(UTC)  # noqa: TID251 - the other process reads its own clock
    told = datetime.fromisoformat((await (await session.get(f"{facts['base-url']}/_sandbox/time")).json())["now"])
    after = datetime.now(UTC)  # noqa: TID251 - same

    assert epoch + (before - epoch) * 10 <= told <= epoch + (after - epoch) * 10


async def test_the_process_tells_its_facts_in_one_line_and_ends_on_sigterm() -> None:
    """What `drd sandbox start --json` prints, and a clean exit."""
    program = (
        "import asyncio; from drd.sandbox.loopback import Listening, run_until_stopped; "
        "asyncio.run(run_until_stopped(Listening(speed=60)))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    facts = json.loads(await process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    rest, _ = await process.communicate()

    assert process.returncode == 0
    assert rest == b""
    assert facts["clock"]["speed"] == 60
    assert set(facts) == {
        "base-url", "token-endpoint", "identity-header", "front-url", "drill-front-url", "ca-url", "clock",
        "control-url",
    }  # fmt: skip


async def test_stopping_closes_what_is_open() -> None:
    """A client in a tunnel does not hold the sandbox up."""
    loopback = LoopbackSandbox(Listening())
    await loopback.start()
    host, port = str(loopback.facts()["front-url"]).removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"CONNECT databank.voorbeeld.example:1433 HTTP/1.1\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")

    async with asyncio.timeout(5):
        await loopback.stop()
        assert await reader.read() == b""
    writer.close()
    await loopback.stop()


async def test_a_world_goes_on_from_its_snapshot_and_speaks_tls(tmp_path: Path) -> None:
    """With the token that a caller holds; the control addresses stay plain."""
    first = LoopbackSandbox(Listening(speed=60))
    token = first.sandbox.world.identities.token_for("sandbox-owner")
    first.sandbox.world.clock.advance(timedelta(hours=5))
    file = tmp_path / "world.jsonl"
    file.write_text(snapshot_text(first.sandbox.world), encoding="ascii")

    second = LoopbackSandbox(Listening(restore=file, tls=True))
    await second.start()
    facts = second.facts()
    trusting = ssl.create_default_context(cadata=second.sandbox.world.authority.pem().decode())
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session:
        url = f"{facts['base-url']}/subscriptions?api-version=2022-12-01"
        async with session.get(url, ssl=trusting) as answer:
            assert answer.status == 200
        async with session.get(f"{facts['control-url']}/_sandbox/time") as answer:
            assert (await answer.json())["speed"] == 60
    await second.stop()

    assert second.sandbox.world.now() > first.sandbox.world.now() - timedelta(hours=1)
    assert facts["base-url"].startswith("https://")


def test_a_file_that_cannot_be_used_starts_nothing(tmp_path: Path) -> None:
    """An estate with a mistake, told with its place, and a snapshot that is none."""
    (tmp_path / "estate.yaml").write_text("drd: estate/v1\ngroups: {a: westeurope}\n", encoding="utf-8")
    (tmp_path / "world.jsonl").write_text("{}\n", encoding="utf-8")

    with pytest.raises(UnusableFileError, match=r"estate\.yaml:1:1: the key \"subscription\" is missing"):
        LoopbackSandbox(Listening(estate=tmp_path / "estate.yaml"))
    with pytest.raises(UnusableFileError, match="not a snapshot of this version"):
        LoopbackSandbox(Listening(restore=tmp_path / "world.jsonl"))
