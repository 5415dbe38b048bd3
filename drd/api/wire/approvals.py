"""Questions that wait for a person."""

from typing import Literal

from drd.api.wire.shape import Instant, Shape
from drd.api.wire.wish import Wish
from drd.domain.plan import Mode


class ApprovalShape(Shape):
    """A question that waits. Its id is `RUN/STEP`; `plan_hash` is what the answer is bound to."""

    id: str
    run: str
    step: str
    title: dict[str, str]
    ask: dict[str, str]
    tenant: str
    service: str | None
    mode: Mode
    plan_hash: str
    by: tuple[str, ...]
    minimum: int
    not_the_starter: bool
    starter: str
    given: tuple[str, ...]
    asked_at: Instant | None
    expires_at: Instant | None


class AnswerBody(Wish):
    """A person's answer."""

    decision: Literal["approve", "deny"]
    reason: str = ""
