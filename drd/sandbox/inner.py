"""Requests that Azure sends to itself: a deployment creates its resources through the same door as anybody else.

A provider knows no other provider's handlers. It asks here, under the identity of whoever set it in motion and at an
instant of the world, and gets what a caller would get.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drd.sandbox.wire import Request, Response


class Door(Protocol):
    """Answers one request at an instant, under an identity that needs no token."""

    def __call__(self, request: Request, *, identity: str, at: datetime) -> Response:
        """Return the answer; a refusal is an answer too."""
        ...


@dataclass(slots=True)
class Inner:
    """The way back into the sandbox that holds the world; the sandbox sets it when it opens."""

    door: Door | None = None

    def ask(self, request: Request, *, identity: str, at: datetime) -> Response:
        """Return the answer to a request that Azure sends to itself.

        Raises:
            RuntimeError: no sandbox holds the world.
        """
        if self.door is None:
            message = "a world without a sandbox answers nobody: build one over it first"
            raise RuntimeError(message)
        return self.door(request, identity=identity, at=at)
