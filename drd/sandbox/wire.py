"""Requests and responses as plain data, so that HTTP and in-process callers share one door."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

JsonObject = dict[str, Any]
"""A JSON object: the shape of every ARM body."""


# Without slots: what is read out of the address is kept, because a call asks for it dozens of times.
@dataclass(frozen=True, kw_only=True)
class Request:
    """One request: an absolute `url`, headers with names in lower case, and the raw body."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @cached_property
    def base(self) -> str:
        """Return scheme and authority, the start of every link in the answer."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{rest.partition('/')[0].partition('?')[0]}"

    @cached_property
    def path(self) -> str:
        """Return the decoded path without a trailing slash."""
        raw = self.raw_path
        return (unquote(raw).rstrip("/") or "/") if "%" in raw else raw

    @cached_property
    def raw_path(self) -> str:
        """Return the path as sent, for splitting before decoding."""
        rest = self.url.partition("://")[2].partition("#")[0].partition("?")[0]
        return "/" + rest.partition("/")[2].rstrip("/")

    @cached_property
    def query(self) -> dict[str, str]:
        """Return the query's names (in lower case, as ARM compares them) and values."""
        text = self.url.partition("#")[0].partition("?")[2]
        return {name.lower(): value for name, value in parse_qsl(text, keep_blank_values=True)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One answer, and how the server is to give it.

    `hang` keeps the caller waiting instead of answering, `reset` closes the connection without an answer, and
    `delay_seconds` of host time pass before anything is sent.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False
    reset: bool = False
    delay_seconds: float = 0.0

    def json(self) -> Any:  # noqa: ANN401 - a JSON value has no narrower type
        """Return the parsed body, or None when there is none."""
        return json.loads(self.body) if self.body else None


def answer(status: int, payload: object = None, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer; without a payload the body is empty, as Azure's 202s and 204s are."""
    if payload is None:
        return Response(status=status, headers=dict(headers or {}))
    body = json.dumps(payload, separators=(",", ":")).encode()
    return Response(
        status=status, headers={"content-type": "application/json; charset=utf-8", **(headers or {})}, body=body
    )
