"""Names come from the DNS server of the settings, and a guest must prove its name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from drd.daemon.clock import HostClock
from drd.domain.errors import TransientError
from drd.reach.direct import DirectConnector
from drd.reach.guests import GuestReach
from drd.reach.opening import _trust, open_reach
from drd.reach.rules import AllowList
from drd.sandbox.certificates import Authority

pytestmark = pytest.mark.anyio

LIMIT = timedelta(seconds=1)
NAME = "burgerzaken.voorbeeld.example"


class NameServer(asyncio.DatagramProtocol):
    """Knows one name."""

    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answer."""
        asked = dns.message.from_wire(data)
        answer = dns.message.make_response(asked)
        answer.flags |= dns.flags.RA
        name = asked.question[0].name
        if name.to_text() == f"{NAME}.":
            if asked.question[0].rdtype == dns.rdatatype.A:
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "10.2.1.42", "10.2.1.41"))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def name_server() -> AsyncIterator[int]:
    """Listen on loopback; give the port."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    try:
        yield transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def test_a_name_is_looked_up_at_the_server_of_the_settings() -> None:
    """In textual order, and nowhere else."""
    async with name_server() as port:
        reach = open_reach(f"dns://127.0.0.1:{port}", allow=["*.voorbeeld.example:443"])

        assert await reach.resolve(NAME, limit=LIMIT) == ("10.2.1.41", "10.2.1.42")
        with pytest.raises(TransientError):
            await reach.resolve("nobody.voorbeeld.example", limit=LIMIT)


@asynccontextmanager
async def secure_guest(authority: Authority, name: str) -> AsyncIterator[int]:
    """Serve one page over TLS under a name; give the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\nhealthy")
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=authority.context(name))
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def reach_with(authority: Path | None) -> GuestReach:
    """Give a reach to which every name is on loopback."""

    async def lookup(_: str) -> tuple[str, ...]:
        return ("127.0.0.1",)

    return GuestReach(AllowList([f"{NAME}:*", "127.0.0.1"]), DirectConnector(lookup, _trust(authority)))


async def test_a_guest_proves_its_name_with_a_certificate_of_the_settings_authority(tmp_path: Path) -> None:
    """Its address need not be in the certificate; another name, or an unknown authority, is no answer.

    Until when the certificate is valid is told, in host time: readiness warns before it ends.
    """
    authority, pem = Authority(HostClock().now), tmp_path / "ca.pem"
    pem.write_bytes(authority.pem())
    async with secure_guest(authority, NAME) as port:
        answer = await reach_with(pem).get(f"https://{NAME}:{port}/health", limit=LIMIT)
        with pytest.raises(TransientError, match="certificate"):
            await reach_with(None).get(f"https://{NAME}:{port}/health", limit=LIMIT)
    async with secure_guest(authority, "other.voorbeeld.example") as port:
        with pytest.raises(TransientError, match="certificate"):
            await reach_with(pem).get(f"https://{NAME}:{port}/health", limit=LIMIT)

    assert answer.body == b"healthy"
    assert answer.certificate_until is not None
    assert timedelta(days=29) < answer.certificate_until - HostClock().now() < timedelta(days=31)
