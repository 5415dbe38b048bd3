"""Findings: what would make a recovery fail. Severities: critical, warning, info."""

from drd.api.wire.shape import Instant, Shape
from drd.api.wire.wish import Wish


class FindingShape(Shape):
    """One finding. `means` says what its code means; `irreversible`: nobody can take back what it is about."""

    code: str
    severity: str
    tenant: str
    service: str | None
    runbook: str | None
    subject: str
    title: dict[str, str]
    message: str
    hint: str
    means: str
    since: Instant | None
    irreversible: bool


class CheckBody(Wish):
    """Wish to look now: at everything, or at one runbook with its service."""

    runbook: str | None = None
    tenant: str | None = None
