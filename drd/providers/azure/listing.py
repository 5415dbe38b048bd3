"""A list that cannot be read is no empty list: absence would be concluded from it, and something sent again.

The SDK takes an answer without a list for an empty page. Whoever reads a list says so here, and every page of it is
looked at before the SDK does.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from azure.core.pipeline.policies import ContentDecodePolicy, SansIOHTTPPolicy

from drd.providers.azure.errors import Doing, unreadable

_READING: ContextVar[bool] = ContextVar("reading a list", default=False)


@contextmanager
def reading_a_list() -> Iterator[None]:
    """Hold every answer within to be a page of a list."""
    token = _READING.set(True)
    try:
        yield
    finally:
        _READING.reset(token)


class WholeLists(SansIOHTTPPolicy[Any, Any]):
    """Refuses a page without a list. Stands before the policy that decodes bodies, so that it sees what that made."""

    def on_response(self, _request: Any, response: Any) -> None:  # noqa: ANN401 - old and new responses of the SDK
        """Pass what is no page, or a whole one. Raises TransientError."""
        if not _READING.get() or response.http_response.status_code != HTTPStatus.OK:
            return
        body = response.context.get(ContentDecodePolicy.CONTEXT_NAME)
        if not isinstance(body, Mapping) or not isinstance(body.get("value"), list):
            raise unreadable("the answer holds no list", Doing(what="read a list", target=""))
