"""Records of evidence, and the lines of a file that holds them."""

from typing import Any

from drd.api.wire.shape import Instant, Shape
from drd.domain.evidence import EvidenceKind


class EvidenceCardShape(Shape):
    """A record in a list.

    Attributes:
        sequence: its number in the chain.
        key: what it is about: `run/ID`, `verification/ID`, `exercise/TENANT/ID`, `addition/RECORD/ID`.
        outcome: the state that it tells; `unknown` where it tells none.
        intact: whether its hash is that of what is stored.
    """

    sequence: int
    id: str
    key: str
    kind: EvidenceKind
    tenant: str
    service: str | None
    outcome: str
    recorded_at: Instant
    hash: str
    intact: bool


class EvidenceShape(Shape):
    """A record, whole, with what people added to it later.

    `hash` is the SHA-256 of its place in the chain, see docs/evidence.md.
    """

    installation: str
    sequence: int
    previous: str
    hash: str
    intact: bool
    record: dict[str, Any]
    additions: tuple["EvidenceShape", ...] = ()


class ChainHeadShape(Shape):
    """Where the chain ends."""

    installation: str
    sequence: int
    hash: str


class EvidenceLinesShape(Shape):
    """A piece of an export: lines without their ends, up to the record `last`; and where the chain ends."""

    lines: tuple[str, ...]
    last: int
    head: ChainHeadShape
