"""Gives every request an id: log lines that are written while it is answered have it, and so has the answer."""

from secrets import token_hex

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drd.ports.in_hand import REQUEST

HEADER = "x-request-id"
_BYTES = 8


class Naming:
    """Middleware. The id is drd's own; what a caller sends under that name is not believed."""

    def __init__(self, app: ASGIApp) -> None:
        """Take what answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = token_hex(_BYTES)
        # Never taken back: whoever tells of what broke does so outside of here, and the task ends with its request.
        REQUEST.set(name)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        await self._app(scope, receive, sending)
