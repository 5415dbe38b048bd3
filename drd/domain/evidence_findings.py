"""What follows from a run, as a record of evidence tells it: with who sees to it, and until when."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from drd.domain.canonical import Json
from drd.domain.evidence import UNKNOWN

DUE_WITHIN: Mapping[str, timedelta] = {"critical": timedelta(days=14), "warning": timedelta(days=60)}
"""A finding that nobody gave another day is to be done so long after the run: well before the next drill."""

OPEN = "open"
"""How a finding stands when it is written; people add what became of it."""


def findings_told(found: Iterable[tuple[str, str, str, str]], *, owner: str, ended_at: datetime) -> list[Json]:
    """Give findings, each of which is a code, a severity, a subject and a message."""
    return [
        {
            "code": code,
            "severity": severity,
            "subject": subject,
            "message": message,
            "owner": owner or UNKNOWN,
            "due": (ended_at + DUE_WITHIN[severity]).date().isoformat(),
            "status": OPEN,
            "re-test-run": UNKNOWN,
        }
        for code, severity, subject, message in found
    ]
