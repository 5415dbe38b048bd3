"""A TCP link of loopback that can be cut: what a daemon says to its database or to Azure passes here, or does not."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum

_CHUNK = 65536
_CHANGES = (b"PUT ", b"POST ", b"PATCH ", b"DELETE ")
_START_SECONDS = 5.0


class Condition(Enum):
    """How the link is."""

    WHOLE = "whole"
    SILENT = "silent"
    """Nothing passes and nobody is told: what is sent is lost."""
    REFUSED = "refused"
    """Connections are reset, new ones too."""


class Link:
    """A port that leads to another one.

    Attributes:
        port: where to connect.
        changes: host instants at which a connection began with a change in HTTP. Changes have connections of their own.
    """

    def __init__(self, target: int) -> None:
        """Lead to this port of loopback. Nothing listens before `open_link`."""
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._condition = Condition.WHOLE
        self._writers: set[asyncio.StreamWriter] = set()
        self._ready = threading.Event()
        self._over: asyncio.Event | None = None
        self.port = 0
        self.changes: list[datetime] = []

    def be(self, condition: Condition) -> None:
        """Change how it is; connections that stood before do not survive."""
        asyncio.run_coroutine_threadsafe(self._be(condition), self._loop).result(_START_SECONDS)

    def run(self) -> None:
        """Pass bytes on until `end`; for a thread of its own."""
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._serve())

    def wait(self) -> None:
        """Wait until it listens."""
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("the link does not listen")

    def end(self) -> None:
        """Close everything."""
        if self._over is not None:
            self._loop.call_soon_threadsafe(self._over.set)

    async def _serve(self) -> None:
        self._over = asyncio.Event()
        server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._over.wait()
        server.close()
        self._drop()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    async def _be(self, condition: Condition) -> None:
        before, self._condition = self._condition, condition
        if condition is Condition.REFUSED or before is not Condition.WHOLE:
            self._drop()

    def _drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            if self._condition is Condition.REFUSED:
                writer.transport.abort()
                return
            await self._connected(reader, writer)
        except OSError:
            return
        finally:
            self._writers.discard(writer)
            writer.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers.add(back)
        ways = {
            asyncio.ensure_future(self._pass(reader, back, first=True)),
            asyncio.ensure_future(self._pass(there, writer, first=False)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers.discard(back)
            back.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, first: bool) -> None:
        while data := await reader.read(_CHUNK):
            if self._condition is Condition.SILENT:
                continue
            if first and data.startswith(_CHANGES):
                self.changes.append(datetime.now(UTC))
            first = False
            writer.write(data)
            await writer.drain()
        # The answer may still be on its way when the asker has closed its side: bytes first, end after.
        await writer.drain()


@contextlib.contextmanager
def open_link(target: int) -> Iterator[Link]:
    """Open a link to a port of loopback; close it at the end."""
    made = Link(target)
    thread = threading.Thread(target=made.run, name="link", daemon=True)
    thread.start()
    made.wait()
    try:
        yield made
    finally:
        made.end()
        thread.join(_START_SECONDS)
