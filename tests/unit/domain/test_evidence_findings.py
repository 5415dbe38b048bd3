"""Findings of a record: someone sees to each, until a day."""

from drd.domain.evidence_findings import DUE_WITHIN, findings_told
from tests.fakes.virtual_clock import EPOCH


def test_every_finding_has_a_day_by_its_severity() -> None:
    """What is critical sooner; who has no owner has none, and it is open."""
    told = findings_told([("a", "critical", "x", "m"), ("b", "warning", "y", "n")], owner="", ended_at=EPOCH)

    assert [(each["due"], each["status"], each["owner"]) for each in told if isinstance(each, dict)] == [
        ("2026-12-06", "open", "unknown"), ("2027-01-21", "open", "unknown"),
    ]  # fmt: skip
    assert DUE_WITHIN["critical"] < DUE_WITHIN["warning"]
