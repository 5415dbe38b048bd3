"""Choices that look arbitrary and are the same in every run with the same seed."""

import hashlib
import uuid
from datetime import timedelta

_BYTES = 8
_POINT_NUMBERS = 10**15


def number(*parts: str, below: int) -> int:
    """A whole number from 0 to `below` - 1 that depends on `parts` only."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return int.from_bytes(digest[:_BYTES], "big") % below


def span(*parts: str, shortest: timedelta, longest: timedelta) -> timedelta:
    """A duration of whole seconds between `shortest` and `longest` that depends on `parts` only."""
    room = int((longest - shortest).total_seconds()) + 1
    return shortest + timedelta(seconds=number(*parts, below=room))


def name(*parts: str) -> str:
    """A UUID in text that depends on `parts` only: what the service calls a job, an operation or a point."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, "\x1f".join(parts)))


def point_number(*parts: str) -> str:
    """A number of sixteen digits in text: what Azure Backup calls a recovery point."""
    return str(_POINT_NUMBERS + number(*parts, below=_POINT_NUMBERS))
