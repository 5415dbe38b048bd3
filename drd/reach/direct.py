"""Straight to the guest: names through the host's resolver or a DNS server, connections to addresses."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

import dns.asyncresolver
import dns.exception

from drd.ports.reach import HttpAnswer
from drd.reach.exchange import exchange
from drd.reach.guests import silent
from drd.reach.rules import Target, address_of

Lookup = Callable[[str], Awaitable[tuple[str, ...]]]

_LOOKUP_SECONDS = 10.0


class DirectConnector:
    """Resolves names itself, and connects to addresses only."""

    resolves_itself = False

    def __init__(self, lookup: Lookup, trust: ssl.SSLContext) -> None:
        """Take how names are looked up, and whose certificates count."""
        self._lookup = lookup
        self._trust = trust

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Give the addresses of a name; an address is its own."""
        return (host,) if address_of(host) is not None else await self._lookup(host)

    async def connect(self, host: str, port: int) -> None:
        """Open a connection to an address and close it."""
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError as error:
            raise silent(f"{host}:{port}", error.strerror or str(error)) from error
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def get(self, target: Target, address: str) -> HttpAnswer:
        """Ask with GET at this address."""
        return await exchange(target, address, trust=self._trust)


async def system_lookup(host: str) -> tuple[str, ...]:
    """Ask the host's own resolver. Raises TransientError."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise silent(host, error.strerror or str(error)) from error
    return tuple(dict.fromkeys(str(each[4][0]) for each in found))


def server_lookup(address: str, port: int) -> Lookup:
    """Make a lookup that asks one DNS server and nothing else."""
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [address]
    resolver.port = port

    async def lookup(host: str) -> tuple[str, ...]:
        try:
            found = await resolver.resolve_name(f"{host}.", lifetime=_LOOKUP_SECONDS)
        except dns.exception.DNSException as error:
            raise silent(host, str(error) or type(error).__name__) from error
        return tuple(dict.fromkeys(found.addresses()))

    return lookup
