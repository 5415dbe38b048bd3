"""Tells of every request that was answered, by the template of its route: a path would be a series of its own."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drd.ports.vitals import AnsweredRequest

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNMATCHED, _OTHER = "unmatched", "other"


class Counting:
    """Middleware. What a caller makes up (a path, a method) never becomes a label."""

    def __init__(self, app: ASGIApp, answered: Callable[[AnsweredRequest], None], prefix: str = "") -> None:
        """Take what answers, who hears of it, and what stands before every template without being part of it."""
        self._app = app
        self._answered = answered
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. An answer that breaks before it began counts as 500."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        began, told = loop.time(), False

        def tell(status: int) -> None:
            nonlocal told
            told = True
            method = scope["method"] if scope["method"] in _METHODS else _OTHER
            seconds = loop.time() - began
            self._answered(AnsweredRequest(route=self._route(scope), method=method, status=status, seconds=seconds))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and not told:
                tell(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if not told:
                tell(HTTPStatus.INTERNAL_SERVER_ERROR)
            raise

    def _route(self, scope: Scope) -> str:
        template = getattr(scope.get("route"), "path", None)
        if not isinstance(template, str):
            return _UNMATCHED
        return template if template.startswith(self._prefix) else self._prefix + template
