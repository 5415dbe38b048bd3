"""The daemon's two servers: the API on a Unix socket, metrics and health on a TCP port."""

import asyncio
import contextlib
import grp
import os
import socket
from collections.abc import Generator
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from drd.api.peer import PeerProtocol
from drd.daemon.observing import PATIENCE, ObservationProtocol, Patience
from drd.domain.errors import ConflictError, InvalidError

_GRACE_SECONDS = 1
_BACKLOG = 16
"""Connections that are taken in one turn of the event loop: a flood of them must not hold up a run."""
_USUAL_BACKLOG = 2048
_HEADER_BYTES = 16 * 1024
_OWNER_ONLY = 0o600
_OWNER_AND_GROUP = 0o660


class Server(uvicorn.Server):
    """A server that leaves the process's signals alone: the daemon decides when it stops."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Capture none."""
        yield


def api_server(app: Any) -> Server:  # noqa: ANN401 - any ASGI application
    """Make the server of the API; it learns the caller's user id from the kernel."""
    return _server(app, http=PeerProtocol)


def observation_server(app: Any, patience: Patience = PATIENCE) -> Server:  # noqa: ANN401 - any ASGI application
    """Make the server of metrics and health, which anybody may ask who reaches its port."""
    return _server(app, http=partial(ObservationProtocol, patience=patience), lone=True)


def _server(app: Any, http: Any, *, lone: bool = False) -> Server:  # noqa: ANN401 - any ASGI application, any protocol
    # `lone`: one request a connection, and few connections in a turn of the event loop.
    config = uvicorn.Config(
        app,
        http=http,
        backlog=_BACKLOG if lone else _USUAL_BACKLOG,
        h11_max_incomplete_event_size=_HEADER_BYTES if lone else None,
        headers=[("connection", "close")] if lone else [],
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return Server(config)


def open_socket(path: Path, group: str | None) -> socket.socket:
    """Listen on a Unix socket; what a dead daemon left there is removed.

    Raises:
        ConflictError: another daemon listens there.
        InvalidError: the place cannot be used.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        _remove_dead(path)
        before = os.umask(0o177)
        try:
            listening.bind(str(path))
        finally:
            os.umask(before)
        if group is not None:
            os.chown(path, -1, grp.getgrnam(group).gr_gid)
        path.chmod(_OWNER_AND_GROUP if group else _OWNER_ONLY)
    except (OSError, KeyError) as error:
        listening.close()
        reason = f"there is no group {group!r}" if isinstance(error, KeyError) else error.strerror or str(error)
        hint = "choose a short path in a folder that this user may write (section socket)"
        raise InvalidError(f"the socket cannot be opened: {reason}", target=str(path), hint=hint) from error
    return listening


def _remove_dead(path: Path) -> None:
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
    raise ConflictError(
        "another daemon listens there", target=str(path), hint="stop it first, or choose another socket"
    )


def open_port(address: str) -> socket.socket:
    """Listen on `HOST:PORT`; port 0 takes a free one.

    Raises:
        ConflictError: the port is in use.
        InvalidError: the address cannot be used.
    """
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host.strip("[]"), int(port)))
    except OSError as error:
        listening.close()
        hint = "choose another one in the settings (listen.metrics)"
        if isinstance(error, PermissionError) or error.errno != _IN_USE:
            raise InvalidError(f"cannot listen: {error.strerror}", target=address, hint=hint) from error
        raise ConflictError("the port is in use", target=address, hint=hint) from error
    return listening


_IN_USE = 98


async def stopped(server: Server, task: "asyncio.Task[None]") -> None:
    """Stop a server and wait until it did."""
    server.should_exit = True
    await task
