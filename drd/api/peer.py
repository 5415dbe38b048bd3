"""The caller's user id, as the kernel vouches for it on a Unix socket (SO_PEERCRED)."""

import asyncio
import socket
import struct
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

UID_PREFIX = "uid:"
_CREDENTIALS = struct.Struct("3i")


class PeerProtocol(H11Protocol):
    """Serves HTTP and hands on the peer's user id as the client's name, where no header can forge it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn narrows it too
        """Take a connection and ask the kernel who is there."""
        super().connection_made(transport)
        self.client = (f"{UID_PREFIX}{_uid(transport)}", 0)


def _uid(transport: asyncio.Transport) -> int:
    connection = cast("socket.socket", transport.get_extra_info("socket"))
    credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    uid: int = _CREDENTIALS.unpack(credentials)[1]
    return uid
