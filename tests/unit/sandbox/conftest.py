"""A sandbox in process, under a clock that moves when told to."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drd.sandbox.app import Sandbox
from drd.sandbox.assembly import build_sandbox
from drd.sandbox.clock import CalledClock
from drd.sandbox.front import Front
from drd.sandbox.wire import Request, Response

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@dataclass(slots=True)
class Bench:
    """A sandbox with the sample estate, and a caller with a token."""

    now: datetime = START
    sandbox: Sandbox | None = None
    token: str = ""

    def advance(self, **span: float) -> None:
        """Let world time pass."""
        self.now += timedelta(**span)

    @property
    def built(self) -> Sandbox:
        """Return the sandbox."""
        assert self.sandbox is not None
        return self.sandbox

    @property
    def front(self) -> Front:
        """Return the sandbox's front."""
        return Front(self.built.world)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Response:
        """Send a request; a path that does not start with `/subscriptions` or `/_sandbox` is relative to the groups."""
        whole = path if path.startswith(("/_", "/msi", "/metadata", "/subscriptions")) else f"{ROOT}/{path}"
        content = body if isinstance(body, bytes) else (json.dumps(body).encode() if body is not None else b"")
        sent = {"authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return self.built.answer(Request(method=method, url=f"http://sandbox{whole}", headers=sent, body=content))


ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"


@pytest.fixture
def bench() -> Bench:
    """A fresh estate with the recorded durations."""
    made = Bench()
    made.sandbox = build_sandbox(clock=CalledClock(tell=lambda: made.now), spread=0)
    made.token = made.sandbox.world.identities.token_for("sandbox-owner")
    return made
